"""What nobody can change: not the bot's own connection, and no other program that leaves the schema alone."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from bot.domain.audit import GENESIS, Action, Outcome, Stage, hash_of
from bot.domain.checkpoint import Checkpoint
from bot.domain.errors import BackupDiffers, StoreUnavailable
from bot.ports import TrailQuery
from bot.store.driver import sqlite3
from bot.store.sqlite import SqliteStore
from tests.store.files import change
from tests.store.samples import NOON, a_confirmation, a_screen, a_snapshot, an_entry, answered

NOT_FOR_THE_BOT = [
    "DELETE FROM audit_event",
    "DELETE FROM snapshot",
    "DELETE FROM checkpoint",
    "DELETE FROM backup_check",
    "DELETE FROM audit_late",
    "UPDATE checkpoint SET hash = ''",
    "UPDATE backup_check SET equal = 1",
    "UPDATE audit_base SET seq = 0",
    "UPDATE lock SET reason = ''",
    "DELETE FROM open_operation",
    "DELETE FROM sqlite_master",
    "UPDATE audit_event SET body = ''",
    "UPDATE snapshot SET document = ''",
    "UPDATE open_operation SET seq = 0",
    "UPDATE sqlite_master SET sql = '' WHERE name = 'audit_event_no_delete'",
    "DROP TABLE audit_event",
    "DROP TRIGGER audit_event_no_delete",
    "DROP INDEX audit_event_op",
    "ALTER TABLE audit_event RENAME TO old",
    "ALTER TABLE audit_event ADD COLUMN note TEXT",
    "CREATE TABLE notes (text TEXT)",
    "CREATE TRIGGER quiet BEFORE INSERT ON audit_event BEGIN SELECT RAISE(IGNORE); END",
    "CREATE TEMP TRIGGER quiet BEFORE INSERT ON audit_event BEGIN SELECT RAISE(IGNORE); END",
    "CREATE VIEW audit AS SELECT 1",
    "ATTACH ':memory:' AS other",
    "PRAGMA writable_schema = ON",
    "PRAGMA synchronous = OFF",
    "PRAGMA recursive_triggers = OFF",
    "REINDEX",
    "ANALYZE",
]


@pytest.mark.parametrize("statement", NOT_FOR_THE_BOT)
async def test_the_bots_own_connection_may_not(on_disk: SqliteStore, statement: str) -> None:
    await on_disk.record(an_entry())
    with pytest.raises(StoreUnavailable) as refused:
        await on_disk._writer.run(lambda connection: connection.execute(statement))
    assert isinstance(refused.value.__cause__, sqlite3.DatabaseError)
    assert (await on_disk.record(an_entry())).seq == 2


async def test_the_bots_own_connection_may_drop_screens(on_disk: SqliteStore) -> None:
    screen = a_screen()
    await on_disk.keep_screen(screen)
    await on_disk._writer.run(lambda connection: connection.execute("DELETE FROM screen"))
    assert await on_disk.screen(screen.id) is None


async def test_the_reading_connection_may_not_write(on_disk: SqliteStore) -> None:
    with pytest.raises(StoreUnavailable, match="may not be written"):
        await on_disk._reader.run(lambda connection: connection.execute("DELETE FROM screen"))


def inserted(seq: int, *, named: int, verb: str = "INSERT") -> str:
    """An entry that names itself and the beginning of the trail as the entry before it."""
    body = f'{{"action":"a","id":"i","op":"o","prev":"{GENESIS}","seq":{named},"stage":"note","ts":"t"}}'
    return f"{verb} INTO audit_event (seq, body, hash) VALUES ({seq}, '{body}', '{hash_of(body)}')"


REFUSED_FOR_ALL = {
    "UPDATE audit_event SET body = body": "append-only",
    "DELETE FROM audit_event": "append-only",
    "UPDATE snapshot SET document = document": "append-only",
    "DELETE FROM snapshot": "append-only",
    "INSERT OR REPLACE INTO snapshot SELECT * FROM snapshot": "append-only",
    "UPDATE checkpoint SET hash = hash": "append-only",
    "DELETE FROM checkpoint": "append-only",
    "INSERT OR REPLACE INTO checkpoint SELECT * FROM checkpoint": "append-only",
    "UPDATE backup_check SET equal = 1": "append-only",
    "DELETE FROM backup_check": "append-only",
    "INSERT OR REPLACE INTO backup_check SELECT id, operation_id, checked_at, 1 FROM backup_check": "append-only",
    "UPDATE audit_late SET ts = ts": "append-only",
    "DELETE FROM audit_late": "append-only",
    "INSERT OR REPLACE INTO audit_late SELECT * FROM audit_late": "append-only",
    "INSERT INTO audit_base (seq, hash) SELECT seq, hash FROM audit_event": "one base, before its first entry",
    "DELETE FROM question": "kept until it is over",
    "UPDATE question SET state = 'open'": "answered once",
    "UPDATE question SET state = 'awaiting'": "answered once",
    "UPDATE question SET state = 'unheard of'": "answered once",
    "UPDATE question SET id = 'another'": "answered once",
    "UPDATE question SET document = 'no JSON'": "CHECK constraint",
    "UPDATE question SET document = json_set(document, '$.state', 'open')": "CHECK constraint",
    "UPDATE question SET document = json_remove(document, '$.id')": "CHECK constraint",
    inserted(3, named=3): "must follow the newest one",  # does not name the hash before it
    inserted(4, named=4): "must follow the newest one",  # leaves a gap
    inserted(1, named=1): "must follow the newest one",  # a second first one
    inserted(1, named=1, verb="INSERT OR REPLACE"): "must follow the newest one",
    "INSERT INTO audit_event (body, hash) SELECT body, hash FROM audit_event": "must follow the newest one",
}


@pytest.mark.parametrize(("statement", "reason"), REFUSED_FOR_ALL.items())
async def test_any_program_is_refused(on_disk: SqliteStore, path: Path, statement: str, reason: str) -> None:
    await on_disk.keep_snapshot(a_snapshot())
    await on_disk.record(an_entry(Stage.FAILED, action=Action.BACKUP, outcome=Outcome(BackupDiffers.code)))
    await on_disk.keep_checkpoint(Checkpoint("org-1", await on_disk.head(), NOON))
    asked_before = NOON - timedelta(seconds=1)
    await on_disk.open_confirmation(answered(a_confirmation()), [an_entry(Stage.REQUESTED, at=asked_before)])
    with pytest.raises(sqlite3.IntegrityError, match=reason):
        change(path, statement)
    assert (await on_disk.record(an_entry())).seq == 3


@pytest.mark.usefixtures("on_disk")
def test_an_entry_that_calls_itself_another_number_is_refused(path: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="must follow the newest one"):
        change(path, inserted(1, named=2))
    change(path, inserted(1, named=1))


async def test_the_search_index_is_the_one_that_sqlite_utils_and_datasette_find(
    on_disk: SqliteStore, path: Path
) -> None:
    await on_disk.record(an_entry())
    with closing(sqlite3.connect(path)) as connection:
        table = Database(connection, execute_plugins=False).table("audit_event")
        assert table.detect_fts() == "audit_search"
        assert [row["seq"] for row in table.search("resnet")] == [1]


async def test_a_search_leaves_no_old_state_of_the_file_pinned(on_disk: SqliteStore, path: Path) -> None:
    for _ in range(3):
        await on_disk.record(an_entry())
        await on_disk.trail(TrailQuery(limit=1))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    assert busy == 0
