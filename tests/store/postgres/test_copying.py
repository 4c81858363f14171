"""A store moves from a file into a database, whole and unchanged, or not at all."""

from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from psycopg import sql

from bot.domain.audit import Action, Stage
from bot.domain.checkpoint import Checkpoint
from bot.domain.confirmation import Confirmation, ConfirmationState
from bot.domain.errors import StoreUnavailable
from bot.ports import TrailQuery
from bot.store.driver import sqlite3
from bot.store.postgres import copying
from bot.store.postgres.copying import copy_store
from bot.store.postgres.store import PostgresStore
from bot.store.postgres.verification import verify_database
from bot.store.rotation import rotate
from bot.store.sqlite import SqliteStore
from bot.store.verification import Verdict
from tests.store.contract.reading import numbers, oldest_first
from tests.store.postgres.conftest import Connection
from tests.store.rotating import append
from tests.store.samples import NOON, a_confirmation, a_lock, a_screen, a_snapshot, an_entry, answered
from tests.store.tampering import edit_a_body, entries_in, put

COPY_TABLES = [table.name for table in copying._TABLES]


@pytest.fixture
async def file(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """A store with something in each of its tables."""
    store = await SqliteStore.open(tmp_path / "vi.db")
    questions = [replace(a_confirmation(), phrase=f"größe {number} \0") for number in range(3)]
    for question in questions:
        await store.open_confirmation(question, [an_entry(Stage.REQUESTED)])
    started = an_entry(Stage.STARTED)
    await store.advance(answered(questions[1]), expected=ConfirmationState.OPEN, entries=[started])
    for at in (NOON, NOON - timedelta(hours=1)):
        snapshot = a_snapshot(at=at)
        await store.keep_snapshot(snapshot)
        for stage in (Stage.STARTED, Stage.SUCCEEDED):
            await store.record(an_entry(stage, operation=snapshot.operation_id, action=Action.BACKUP))
    await store.lock(a_lock("wf-2"), an_entry(action=Action.LOCK))
    await store.lock(replace(a_lock("wf-1"), name="NUL \0"), an_entry(action=Action.LOCK))
    await store.keep_screen(a_screen())
    await store.keep_checkpoint(Checkpoint("org-1", await store.head(), NOON, "key", "signature"))
    yield store
    await store.close()


async def everything(store: SqliteStore | PostgresStore) -> dict[str, object]:
    questions = await store.confirmations(list(ConfirmationState))
    return {
        "trail": await oldest_first(store),
        "questions": questions,
        "by operation": [await _of_first_item(store, each) for each in questions],
        "snapshots": await store.find_snapshots("", 99),
        "locks": [replace(each, name=each.name.replace("\0", "\ufffd")) for each in await store.locks()],
        "screen": await store.screen(a_screen().id),
        "checkpoint": await store.last_checkpoint(),
        "open": await store.open_operations(),
        "head": await store.head(),
        "found": await numbers(store, TrailQuery(text="resnet backup", limit=99)),
    }


async def _of_first_item(store: SqliteStore | PostgresStore, question: Confirmation) -> Confirmation | None:
    return await store.confirmation_of(question.items[0].operation_id)


async def test_everything_is_there_afterwards_and_goes_on(file: SqliteStore, tmp_path: Path, url: str) -> None:
    before = await everything(file)
    await file.close()
    told: list[tuple[int, int]] = []
    copied = copy_store(tmp_path / "vi.db", url, progress=lambda *how_far: told.append(how_far))
    assert told[-1][0] == told[-1][1]
    assert copied.head == before["head"]
    assert list(copied.rows) == COPY_TABLES
    assert [name for name, rows in copied.rows.items() if not rows] == ["audit_base"]
    store = await PostgresStore.open(url)
    assert await everything(store) == before
    receipt = await store.record(an_entry())
    assert receipt.seq == copied.head.seq + 1
    await store.close()
    assert verify_database(url).verdict is Verdict.SOUND


async def test_a_trail_that_began_after_another_one_keeps_its_base(tmp_path: Path, url: str) -> None:
    path = tmp_path / "vi.db"
    old = await append(path, 3)
    rotate(path, lambda _base, _archive: an_entry(action=Action.ROTATE))
    copy_store(path, url)
    found = verify_database(url, noted=[old[-1]])
    assert (found.verdict, found.base, found.entries) == (Verdict.SOUND, old[-1], 1)


async def test_progress_is_told_now_and_then(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "STEP", 4)
    await append(tmp_path / "vi.db", 5)
    told: list[tuple[int, int]] = []
    copy_store(tmp_path / "vi.db", url, progress=lambda *how_far: told.append(how_far))
    assert told == [(5, 5), (8, 20), (12, 20), (20, 20)]


def rows_in(owner: Connection) -> int:
    return sum(len(owner.execute(sql.SQL("TABLE {}").format(sql.Identifier(name))).fetchall()) for name in COPY_TABLES)


async def refused(path: Path, url: str, says: str) -> None:
    with pytest.raises(StoreUnavailable) as refusal:
        copy_store(path, url)
    assert says in f"{refusal.value.sentence} {refusal.value.advice}"


async def test_a_file_that_a_bot_uses_is_refused(file: SqliteStore, tmp_path: Path, url: str) -> None:
    assert (await file.head()).seq
    await refused(tmp_path / "vi.db", url, "Another process of the bot is using the database")


async def test_a_file_that_does_not_verify_is_refused(tmp_path: Path, url: str, owner: Connection) -> None:
    path = tmp_path / "vi.db"
    await append(path, 3)
    put(path, edit_a_body(entries_in(path)))
    await refused(path, url, "does not verify")
    assert rows_in(owner) == 0


async def test_a_file_that_is_not_there_is_refused_and_none_is_made(tmp_path: Path, url: str) -> None:
    await refused(tmp_path / "none.db", url, "There is no file")
    assert list(tmp_path.iterdir()) == []


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path, url: str) -> None:
    (tmp_path / "vi.db").write_bytes(b"something else, at some length. " * 100)
    await refused(tmp_path / "vi.db", url, "The database")


@pytest.mark.parametrize("what", ["entry", "screen", "lease"])
async def test_a_database_that_is_in_use_is_refused(tmp_path: Path, url: str, store: PostgresStore, what: str) -> None:
    await append(tmp_path / "vi.db", 1)
    if what == "entry":
        await store.record(an_entry())
    elif what == "screen":
        await store.keep_screen(a_screen())
    else:
        await store.take_lease("duties", "first", 60)
    await refused(tmp_path / "vi.db", url, "is not empty")


async def test_a_database_without_tables_is_refused(tmp_path: Path, url: str, owner: Connection) -> None:
    await append(tmp_path / "vi.db", 1)
    owner.execute("DELETE FROM schema_version")
    await refused(tmp_path / "vi.db", url, "`vi-bot store migrate`")


async def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    await append(tmp_path / "vi.db", 1)
    await refused(tmp_path / "vi.db", "postgresql://vi_bot:hunter2@/vi?host=/nowhere", "its server cannot be reached")


@pytest.mark.parametrize("table", ["question", "audit_event", "checkpoint"])
async def test_a_copy_that_breaks_off_leaves_nothing(
    file: SqliteStore, tmp_path: Path, url: str, owner: Connection, table: str
) -> None:
    await file.close()
    owner.execute(f"ALTER TABLE {table} ADD CHECK (false)".encode())
    await refused(tmp_path / "vi.db", url, "refused what it was given")
    assert rows_in(owner) == 0


async def test_a_copy_that_differs_is_not_kept(file: SqliteStore, tmp_path: Path, url: str, owner: Connection) -> None:
    await file.close()
    owner.execute(
        """
        CREATE FUNCTION falsify() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN NEW.reason = ''another''; RETURN NEW; END'
        """
    )
    owner.execute("CREATE TRIGGER falsify BEFORE INSERT ON lock FOR EACH ROW EXECUTE FUNCTION falsify()")
    await refused(tmp_path / "vi.db", url, "The copy differs from the file in its table lock")
    assert rows_in(owner) == 0


async def test_a_copy_that_does_not_verify_is_not_kept(
    file: SqliteStore, tmp_path: Path, url: str, owner: Connection
) -> None:
    await file.close()
    owner.execute("ALTER TABLE audit_event DISABLE TRIGGER audit_event_append_only")
    await refused(tmp_path / "vi.db", url, "The copy does not verify: trigger audit_event_append_only")
    assert rows_in(owner) == 0


async def test_an_entry_of_a_later_version_is_copied_without_words(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch, owner: Connection
) -> None:
    await append(tmp_path / "vi.db", 1)
    monkeypatch.setattr(copying, "words_if_read", lambda _entry: None)
    monkeypatch.setattr("bot.store.postgres.checks.words_if_read", lambda _entry: None)
    copy_store(tmp_path / "vi.db", url)
    assert owner.execute("SELECT words = '' FROM audit_event").fetchone() == (True,)


async def test_every_table_of_the_file_is_copied_or_made_anew(tmp_path: Path) -> None:
    await append(tmp_path / "vi.db", 1)
    with closing(sqlite3.connect(tmp_path / "vi.db")) as connection:
        found = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    beside = {name for name in found if name.startswith(("audit_search", "_sqlite", "sqlite_"))}
    assert found - beside == {*COPY_TABLES, "open_operation", "audit_late"}
