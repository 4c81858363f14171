"""What a superuser can do to the trail in a database, leaving no trace but in the chain."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString

from bot.domain.audit import SealedEntry
from bot.store.postgres.words import words_if_read
from tests.store.postgres.conftest import Connection
from tests.store.tampering import Entries


def entries_in(owner: Connection) -> Entries:
    return [SealedEntry(*row) for row in owner.execute("SELECT seq, body, hash FROM audit_event ORDER BY seq")]


@contextmanager
def no_triggers(owner: Connection) -> Iterator[Connection]:
    """A moment in which no trigger fires, and no foreign key counts."""
    owner.execute("SET session_replication_role = replica")
    try:
        yield owner
    finally:
        owner.execute("RESET session_replication_role")


def change(owner: Connection, *statements: LiteralString) -> None:
    with no_triggers(owner):
        for statement in statements:
            owner.execute(statement)


def put(owner: Connection, entries: Entries, *, checkpoints_too: bool = True) -> None:
    """Put these entries in place of all, and make what stands beside them fit."""
    change(owner, "DELETE FROM audit_event")
    with no_triggers(owner), owner.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO audit_event (seq, body, hash, words) VALUES (%s, %s, %s, %s::tsvector)",
            [(each.seq, each.body, each.hash, words_if_read(each) or "") for each in entries],
        )
    change(
        owner,
        "DELETE FROM open_operation WHERE seq NOT IN (SELECT seq FROM audit_event)",
        "DELETE FROM backup_check WHERE operation_id NOT IN (SELECT op FROM audit_event WHERE stage = 'succeeded')",
    )
    if checkpoints_too:
        change(owner, "DELETE FROM checkpoint")
