"""Questions in SQLite: each moves on once from each of its states."""

import json
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

import msgspec

from bot.domain.audit import AuditEntry, OperationId, Receipt, timestamp
from bot.domain.confirmation import SETTLED, Confirmation, ConfirmationId, ConfirmationState, Post
from bot.domain.people import PersonId
from bot.domain.redaction import redact
from bot.domain.text import storable
from bot.store import trail
from bot.store.driver import sqlite3


def add(connection: sqlite3.Connection, confirmation: Confirmation) -> None:
    """Keep a question."""
    connection.execute(
        "INSERT INTO question (id, state, person_id, opened_at, document) VALUES (?, ?, ?, ?, ?)",
        (
            confirmation.id,
            confirmation.state,
            confirmation.person_id,
            timestamp(confirmation.opened_at),
            document_of(confirmation),
        ),
    )


def find(connection: sqlite3.Connection, confirmation_id: ConfirmationId) -> Confirmation | None:
    """One question, or None."""
    query = "SELECT document FROM question WHERE id = ?"
    row = connection.execute(query, (storable(confirmation_id),)).fetchone()
    return confirmation_in(row[0]) if row else None


def of_operation(connection: sqlite3.Connection, operation_id: OperationId) -> Confirmation | None:
    """The question that this operation was asked in, or None."""
    query = "SELECT document FROM question JOIN question_item ON question_id = question.id WHERE operation_id = ?"
    row = connection.execute(query, (storable(operation_id),)).fetchone()
    return confirmation_in(row[0]) if row else None


def in_states(
    connection: sqlite3.Connection,
    states: Collection[ConfirmationState],
    person_id: PersonId | None,
    since: datetime | None,
) -> list[Confirmation]:
    """The questions in these states, put to this person or to anybody, opened at `since` or later; oldest first."""
    rows = connection.execute(
        """
        SELECT document FROM question
        WHERE state IN (SELECT value FROM json_each(:states)) AND opened_at >= :since
            AND person_id = coalesce(:person, person_id)
        ORDER BY opened_at, rowid
        """,
        {
            "states": msgspec.json.encode(sorted(states)).decode(),
            "person": person_id and storable(person_id),
            "since": timestamp(since) if since else "",
        },
    )
    return [confirmation_in(document) for (document,) in rows]


def advance(
    connection: sqlite3.Connection,
    confirmation: Confirmation,
    expected: ConfirmationState,
    entries: Sequence[AuditEntry],
) -> tuple[Receipt, ...] | None:
    """Move a question on if it is in the state `expected`, and append the entries that say so.

    Posts that were kept since the question was read stay with it.
    """
    kept = find(connection, confirmation.id)
    if kept is None or kept.state is not expected:
        return None
    posts = tuple(dict.fromkeys((*kept.posts, *confirmation.posts)))
    _replace(connection, replace(confirmation, posts=posts))
    return tuple(trail.append(connection, each) for each in entries)


def add_posts(
    connection: sqlite3.Connection, confirmation_id: ConfirmationId, posts: Sequence[Post]
) -> Confirmation | None:
    """Add where a question is shown; the question as it is now, or None."""
    kept = find(connection, confirmation_id)
    if kept is not None:
        kept = replace(kept, posts=(*kept.posts, *posts))
        _replace(connection, kept)
    return kept


def drop_settled(connection: sqlite3.Connection, before: datetime, limit: int) -> int:
    """Forget settled questions that were opened before this time and none of whose operations is open in the trail.

    How many it were; at most `limit`, so that nobody who writes waits for it.
    """
    dropped = connection.execute(
        """
        DELETE FROM question WHERE id IN (
            SELECT id FROM question
            WHERE state IN (SELECT value FROM json_each(:settled)) AND opened_at < :before AND NOT EXISTS (
                SELECT 1 FROM json_each(document, '$.items') JOIN open_operation ON op = value ->> 'operation_id'
            )
            LIMIT :limit
        ) RETURNING document
        """,
        {"settled": msgspec.json.encode(sorted(SETTLED)).decode(), "before": timestamp(before), "limit": limit},
    ).fetchall()
    items = [(item.operation_id,) for (document,) in dropped for item in confirmation_in(document).items]
    connection.executemany("DELETE FROM question_item WHERE operation_id = ?", items)
    return len(dropped)


def _replace(connection: sqlite3.Connection, confirmation: Confirmation) -> None:
    connection.execute(
        "UPDATE question SET state = ?, document = ? WHERE id = ?",
        (confirmation.state, document_of(confirmation), confirmation.id),
    )


def document_of(confirmation: Confirmation) -> str:
    """A question as the text that is kept of it."""
    # Not by msgspec, which writes no lone surrogates: names may hold them, and are kept with a mark in their place.
    content, _places = redact(msgspec.to_builtins(confirmation))  # somebody may have pasted a secret into the reason
    return storable(json.dumps(content, ensure_ascii=False))


def confirmation_in(document: str) -> Confirmation:
    """The question that this text was kept of."""
    return msgspec.json.decode(document, type=Confirmation)
