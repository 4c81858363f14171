"""Which files a store opens, which it refuses, and what it says then."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlite_utils import Database, hookimpl
from sqlite_utils.plugins import pm

from bot.domain.audit import chain_faults
from bot.domain.errors import StoreUnavailable
from bot.ports import TrailQuery
from bot.store import open_store
from bot.store.connection import OpenDatabase
from bot.store.driver import sqlite3
from bot.store.sqlite import SqliteStore
from bot.store.trail import read_trail
from bot.store.verification import Verdict, verify_file
from tests.store.files import (
    Unprivileged,
    change,
    content,
    in_another_process,
    names_in,
    rights_in,
    set_rights,
    write,
)
from tests.store.samples import an_entry


@pytest.mark.parametrize("form", ["{path}", "sqlite:///{path}"])
async def test_a_path_and_a_url_name_the_same_file(path: Path, form: str) -> None:
    store = await open_store(form.format(path=path))
    await store.record(an_entry())
    await store.close()
    assert [each.seq for each in read_trail(path, TrailQuery())] == [1]


async def test_a_url_with_three_slashes_is_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = await open_store("sqlite:///kept here.db")
    await store.close()
    assert verify_file(tmp_path / "kept here.db").verdict is Verdict.SOUND


async def test_a_path_may_hold_what_a_url_would_read_as_its_own(tmp_path: Path) -> None:
    odd = tmp_path / "100% ours? #1.db"
    store = await open_store(str(odd))
    await store.close()
    assert odd.exists()


@pytest.mark.parametrize("url", [":memory:", "sqlite:///:memory:"])
async def test_memory_leaves_no_file(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = await open_store(url)
    await store.record(an_entry())
    await store.close()
    assert names_in(tmp_path) == set()


@pytest.mark.parametrize(
    "url", ["postgresql:hunter2", "mysql:hunter2", "file:hunter2.db", "sqlite:hunter2", "sqlite://hunter2"]
)
async def test_another_kind_of_url_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="A store is a path, sqlite:///path or postgresql://") as refused:
        await open_store(url)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("url", ["", "sqlite:///"])
async def test_no_path_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="needs a path"):
        await open_store(url)


async def test_a_store_goes_on_where_it_ended(path: Path) -> None:
    for _ in range(3):
        store = await SqliteStore.open(path)
        await store.record(an_entry())
        await store.close()
    entries = read_trail(path, TrailQuery())
    assert [each.seq for each in entries] == [3, 2, 1]
    assert list(chain_faults(reversed(entries))) == []


async def test_the_search_index_is_found_again_after_the_file_was_rewritten(on_disk: SqliteStore, path: Path) -> None:
    await on_disk.record(an_entry())
    for statement in ("ANALYZE", "VACUUM"):
        change(path, statement)
        await on_disk.record(an_entry())
    assert [each.seq for each in await on_disk.trail(TrailQuery(text="resnet"))] == [3, 2, 1]


async def test_closing_leaves_everything_in_one_file_and_may_be_repeated(path: Path) -> None:
    store = await SqliteStore.open(path)
    receipt = await store.record(an_entry())
    await store.close()
    await store.close()
    assert names_in(path.parent) == {"vi.db", "vi.db.lock"}
    assert verify_file(path).head == receipt
    with pytest.raises(StoreUnavailable, match="is closed"):
        await store.head()


async def test_closing_moves_everything_into_the_file_though_a_reader_stays(path: Path) -> None:
    store = await SqliteStore.open(path)
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("SELECT 1 FROM audit_event").fetchall()
        await store.record(an_entry())
        await store.close()
        assert content(Path(f"{path}-wal")) == b""


async def test_the_files_are_for_their_owner_alone(path: Path) -> None:
    store = await SqliteStore.open(path)
    await store.record(an_entry())
    assert rights_in(path.parent) == {0o600}
    await store.close()


async def test_the_disk_is_waited_for_at_each_commit(on_disk: SqliteStore) -> None:
    def settings(connection: sqlite3.Connection) -> list[object]:
        connection.set_authorizer(None)  # a test looks where the bot may not
        names = ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
        return [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

    full = 2
    assert await on_disk._writer.run(settings) == ["wal", full, 1, 1]


async def test_no_plugin_of_sqlite_utils_touches_the_connection(path: Path) -> None:
    touched: list[sqlite3.Connection] = []

    class Plugin:
        @hookimpl
        def prepare_connection(self, conn: sqlite3.Connection) -> None:
            touched.append(conn)

    plugin = Plugin()
    pm.register(plugin)
    try:
        store = await SqliteStore.open(path)
        await store.close()
    finally:
        pm.unregister(plugin)
    assert touched == []


async def test_a_second_store_on_the_file_is_refused_by_whatever_name_it_goes(on_disk: SqliteStore, path: Path) -> None:
    link = path.with_name("link.db")
    link.symlink_to(path)
    for name in (path, link):
        with pytest.raises(StoreUnavailable, match="Another process of the bot is using") as refused:
            await SqliteStore.open(name)
        assert "Stop that one first" in refused.value.advice
    assert (await on_disk.record(an_entry())).seq == 1


async def test_another_process_is_refused_until_this_one_has_closed(path: Path) -> None:
    script = (
        "import asyncio, sys; from pathlib import Path; from bot.store.sqlite import SqliteStore\n"
        "async def main():\n"
        "    store = await SqliteStore.open(Path(sys.argv[1])); await store.close()\n"
        "asyncio.run(main())"
    )
    store = await SqliteStore.open(path)
    refused = in_another_process(script, str(path))
    assert "Another process of the bot is using" in refused.stderr
    await store.close()
    assert in_another_process(script, str(path)).returncode == 0


async def test_a_store_that_could_not_open_lets_go_of_the_file(path: Path) -> None:
    change(path, "CREATE TABLE notes (text TEXT)")
    with pytest.raises(StoreUnavailable):
        await SqliteStore.open(path)
    change(path, "DROP TABLE notes")
    store = await SqliteStore.open(path)
    await store.close()


async def test_a_store_that_cannot_read_lets_go_of_the_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(_path: Path) -> Iterator[OpenDatabase]:
        raise sqlite3.OperationalError("unable to open database file")

    with monkeypatch.context() as patch:
        patch.setattr("bot.store.sqlite.reading", unreadable)
        with pytest.raises(StoreUnavailable):
            await SqliteStore.open(path)
    store = await SqliteStore.open(path)
    await store.close()


TAMPERED_SCHEMA = {
    "trigger audit_event_no_delete is missing": ["DROP TRIGGER audit_event_no_delete"],
    "index audit_event_op is missing": ["DROP INDEX audit_event_op"],
    "table open_operation is missing": ["DROP TABLE open_operation"],
    "table notes does not belong here": ["CREATE TABLE notes (text TEXT)"],
    "trigger quiet does not belong here": [
        "CREATE TRIGGER quiet BEFORE INSERT ON audit_event BEGIN SELECT RAISE(IGNORE); END"
    ],
    "trigger audit_event_no_update was changed": [
        "DROP TRIGGER audit_event_no_update",
        "CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event BEGIN SELECT 1; END",
    ],
    "index audit_event_op was changed": [
        "DROP INDEX audit_event_op",
        "CREATE INDEX audit_event_op ON audit_event (actor)",
    ],
    "table audit_event was changed": ["ALTER TABLE audit_event ADD COLUMN note TEXT"],
    # A file that says that no migration was made would be migrated: over what stands there.
    "table audit_event does not belong here": ["DELETE FROM _sqlite_migrations"],
    "table _sqlite_migrations is missing": ["DROP TABLE _sqlite_migrations"],
}


@pytest.mark.parametrize(("fault", "statements"), TAMPERED_SCHEMA.items())
async def test_a_schema_that_was_changed_is_refused_and_verified_as_tampered(
    path: Path, fault: str, statements: list[str]
) -> None:
    store = await SqliteStore.open(path)
    await store.close()
    change(path, *statements)
    with pytest.raises(StoreUnavailable, match="not what this version of the bot expects") as refused:
        await SqliteStore.open(path)
    assert fault in refused.value.sentence
    found = verify_file(path)
    assert found.verdict is Verdict.TAMPERED
    assert fault in found.faults


async def test_a_table_made_before_the_migrations_ran_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        Database(connection, execute_plugins=False).table("audit_event").insert({"seq": 1, "body": "{}", "hash": ""})
    with pytest.raises(StoreUnavailable, match="table audit_event does not belong here"):
        await SqliteStore.open(path)


async def test_a_foreign_database_is_refused_as_it_was(path: Path) -> None:
    change(path, "CREATE TABLE orders (id INTEGER)")
    before = content(path)
    with pytest.raises(StoreUnavailable, match="table orders does not belong here"):
        await SqliteStore.open(path)
    assert content(path) == before


async def test_statistics_that_analyze_made_are_no_fault(path: Path) -> None:
    store = await SqliteStore.open(path)
    await store.record(an_entry())
    await store.close()
    change(path, "ANALYZE")
    store = await SqliteStore.open(path)
    await store.close()
    assert verify_file(path).verdict is Verdict.SOUND


async def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    write(path, b"no database, but longer than the header of one: " * 40)
    with pytest.raises(StoreUnavailable, match="its file is not a database") as refused:
        await SqliteStore.open(path)
    assert isinstance(refused.value.__cause__, sqlite3.DatabaseError)


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="No such file or directory") as refused:
        await SqliteStore.open(tmp_path / "missing" / "vi.db")
    assert "missing/vi.db" in refused.value.sentence
    assert "Check that its folder exists" in refused.value.advice


async def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match=f"The database {tmp_path} cannot be used"):
        await SqliteStore.open(tmp_path)


async def test_a_folder_that_may_only_be_read_is_refused(elsewhere: Path) -> None:
    set_rights(elsewhere, 0o555)
    with Unprivileged(), pytest.raises(StoreUnavailable, match="Permission denied"):
        await SqliteStore.open(elsewhere / "vi.db")


async def test_a_file_that_may_only_be_read_is_refused_at_once(elsewhere: Path) -> None:
    path = elsewhere / "vi.db"
    with Unprivileged():
        store = await SqliteStore.open(path)
        await store.close()
        set_rights(path, 0o444)
        with pytest.raises(StoreUnavailable, match="its file may not be written"):
            await SqliteStore.open(path)
