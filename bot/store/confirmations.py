"""Confirmations in SQLite: asked once, answered once."""

from datetime import datetime
from typing import Any

from bot.domain.audit import AuditEntry, Receipt, timestamp
from bot.domain.confirmation import Confirmation, ConfirmationId, ConfirmationState
from bot.domain.people import PersonId
from bot.domain.text import storable
from bot.domain.workflow import WorkflowVersion
from bot.ports import Claim
from bot.store import trail
from bot.store.driver import sqlite3

_COLUMNS = """
    id, operation_id, person_id, team, workflow_id, workflow_name, project_id, etag, generation,
    updated_at, phrase, opened_at, expires_at, state, claimed_by, claimed_at
"""


def add(connection: sqlite3.Connection, confirmation: Confirmation) -> None:
    """Keep a question."""
    connection.execute(
        f"INSERT INTO confirmation ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - a constant
        (
            confirmation.id,
            confirmation.operation_id,
            confirmation.person_id,
            confirmation.team,
            confirmation.workflow_id,
            storable(confirmation.workflow_name),
            confirmation.project_id,
            confirmation.version.etag,
            confirmation.version.generation,
            timestamp(confirmation.version.updated_at),
            storable(confirmation.phrase),
            timestamp(confirmation.opened_at),
            timestamp(confirmation.expires_at),
            confirmation.state,
            confirmation.claimed_by,
            confirmation.claimed_at and timestamp(confirmation.claimed_at),
        ),
    )


def find(connection: sqlite3.Connection, confirmation_id: ConfirmationId) -> Confirmation | None:
    """One question, or None."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM confirmation WHERE id = ?",  # noqa: S608 - a constant
        (storable(confirmation_id),),
    ).fetchone()
    return _confirmation(row) if row else None


def to_expire(connection: sqlite3.Connection, at: datetime) -> list[Confirmation]:
    """The questions that are open although their time is over, oldest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM confirmation WHERE state = 'open' AND expires_at <= ? ORDER BY expires_at, rowid",  # noqa: S608 - a constant
        (timestamp(at),),
    )
    return [_confirmation(row) for row in rows]


def _confirmation(row: tuple[Any, ...]) -> Confirmation:
    *asked, etag, generation, updated_at, phrase, opened_at, expires_at, state, claimed_by, claimed_at = row
    found_id, operation_id, person_id, team, workflow_id, workflow_name, project_id = asked
    return Confirmation(
        found_id,
        operation_id,
        person_id,
        team,
        workflow_id,
        workflow_name,
        project_id,
        WorkflowVersion(etag, generation, datetime.fromisoformat(updated_at)),
        phrase,
        datetime.fromisoformat(opened_at),
        datetime.fromisoformat(expires_at),
        ConfirmationState(state),
        claimed_by,
        claimed_at and datetime.fromisoformat(claimed_at),
    )


def claim(
    connection: sqlite3.Connection,
    confirmation_id: ConfirmationId,
    *,
    by: PersonId,
    at: datetime,
    started: AuditEntry,
) -> Claim:
    """Answer a question if it is open and has not expired, and append `started` with the answer."""
    answered = connection.execute(
        """
        UPDATE confirmation SET state = 'claimed', claimed_by = ?, claimed_at = ?
        WHERE id = ? AND state = 'open' AND expires_at > ?
        """,
        (by, timestamp(at), storable(confirmation_id), timestamp(at)),
    )
    receipt = trail.append(connection, started) if answered.rowcount else None
    return Claim(find(connection, confirmation_id), receipt)


def close(
    connection: sqlite3.Connection, confirmation_id: ConfirmationId, state: ConfirmationState, entry: AuditEntry
) -> Receipt | None:
    """End a question that nobody answered, and append the entry that says so; None where it is no longer open."""
    closed = connection.execute(
        "UPDATE confirmation SET state = ? WHERE id = ? AND state = 'open'", (state, storable(confirmation_id))
    )
    return trail.append(connection, entry) if closed.rowcount else None
