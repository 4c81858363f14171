"""Reading the trail in a file, one entry at a time, while the bot may be writing it."""

import os
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain.audit import EMPTY, Stage, chain_faults
from bot.domain.errors import StoreUnavailable
from bot.store.driver import sqlite3
from bot.store.reading import read_entries, read_entry, trail_in
from bot.store.sqlite import SqliteStore
from tests.store.files import change, names_in
from tests.store.samples import an_entry


async def test_entries_are_read_in_order(on_disk: SqliteStore, path: Path) -> None:
    receipts = [await on_disk.record(an_entry(Stage.NOTE)) for _ in range(5)]
    entries = list(read_entries(path))
    assert [each.receipt for each in entries] == receipts
    assert list(chain_faults(entries, after=EMPTY)) == []
    assert [each.seq for each in read_entries(path, first=2, last=4)] == [2, 3, 4]
    assert list(read_entries(path, first=6)) == []


async def test_one_entry_is_found_by_its_number(on_disk: SqliteStore, path: Path) -> None:
    receipt = await on_disk.record(an_entry())
    found = read_entry(path, 1)
    assert found is not None
    assert found.receipt == receipt
    assert read_entry(path, 2) is None


async def test_what_is_written_meanwhile_is_not_read(on_disk: SqliteStore, path: Path) -> None:
    for _ in range(2):
        await on_disk.record(an_entry())
    with closing(read_entries(path)) as entries:
        first = next(entries)
        await on_disk.record(an_entry())
        assert [first.seq, *(each.seq for each in entries)] == [1, 2]


async def test_all_that_is_asked_on_one_connection_is_of_one_state(on_disk: SqliteStore, path: Path) -> None:
    await on_disk.record(an_entry())
    with trail_in(path) as connection:
        before = connection.execute("SELECT max(seq) FROM audit_event").fetchone()
        await on_disk.record(an_entry())
        assert connection.execute("SELECT max(seq) FROM audit_event").fetchone() == before == (1,)


async def test_whoever_stops_early_leaves_no_state_held(on_disk: SqliteStore, path: Path) -> None:
    for _ in range(2):
        await on_disk.record(an_entry())
    with closing(read_entries(path)) as entries:
        next(entries)
        assert _checkpointed(path) is False
    assert _checkpointed(path) is True


def _checkpointed(path: Path) -> bool:
    """Whether the write-ahead log can be emptied: no reader holds an old state."""
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as connection:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy


async def test_progress_is_told_now_and_then_and_at_the_end(
    on_disk: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.reading.REPORT_EVERY", 2)
    for _ in range(5):
        await on_disk.record(an_entry())
    told: list[tuple[int, int]] = []
    list(read_entries(path, first=2, progress=lambda done, total: told.append((done, total))))
    assert told == [(2, 4), (4, 4), (4, 4)]
    told.clear()
    list(read_entries(path, first=9, progress=lambda done, total: told.append((done, total))))
    assert told == [(0, 0)]


def test_values_that_do_not_belong_there_are_read_as_text(path: Path) -> None:
    change(path, "CREATE TABLE audit_event (seq, body, hash)", "INSERT INTO audit_event VALUES (1, x'7b7d', NULL)")
    (entry,) = read_entries(path)
    assert (entry.body, entry.hash) == ("{}", "")


def test_a_file_that_is_not_there_or_holds_no_trail_is_said_so(path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="its file cannot be opened"):
        read_entry(path, 1)
    change(path, "CREATE TABLE orders (id)")
    with pytest.raises(StoreUnavailable, match="holds no trail of this bot"):
        list(read_entries(path))


async def test_a_copy_in_a_folder_that_may_not_be_written_is_read_and_leaves_nothing_beside_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await SqliteStore.open(path)
    receipt = await store.record(an_entry())
    await store.close()
    before = names_in(path.parent)
    monkeypatch.setattr(os, "access", lambda folder, mode: (folder, mode) != (path.parent, os.W_OK))
    assert [each.receipt for each in read_entries(path)] == [receipt]
    assert names_in(path.parent) == before


async def test_a_store_that_the_bot_is_writing_is_read_whole_where_its_folder_may_not_be_written(
    on_disk: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = await on_disk.record(an_entry())
    monkeypatch.setattr(os, "access", lambda folder, mode: (folder, mode) != (path.parent, os.W_OK))
    assert [each.receipt for each in read_entries(path)] == [receipt]
