"""A copy of the database file: made while the bot runs, sound or not there, and good to go on with."""

import asyncio
import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain.audit import Receipt, Stage
from bot.domain.errors import StoreUnavailable
from bot.ports import TrailQuery
from bot.store import backup
from bot.store.backup import back_up_file
from bot.store.driver import sqlite3
from bot.store.sqlite import SqliteStore
from bot.store.verification import Verdict, verify_file
from tests.store.files import content, names_in, remove, set_rights, write
from tests.store.samples import a_confirmation, a_snapshot, an_entry
from tests.store.tampering import edit_a_body, entries_in, put


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copies" / "vi-1.db"


@pytest.fixture(autouse=True)
def _folder(copy: Path) -> None:
    copy.parent.mkdir()


async def test_a_copy_has_all_that_was_acknowledged_though_the_bot_runs(
    on_disk: SqliteStore, path: Path, copy: Path
) -> None:
    receipts = [await on_disk.record(an_entry()) for _ in range(20)]
    assert back_up_file(path, copy) == receipts[-1]
    found = verify_file(copy, noted=receipts)
    assert (found.verdict, found.entries, found.head) == (Verdict.SOUND, 20, receipts[-1])
    assert (await on_disk.record(an_entry())).seq == 21


async def test_a_copy_made_while_entries_are_written_is_one_state_of_the_file(
    on_disk: SqliteStore, path: Path, copy: Path
) -> None:
    writing = asyncio.gather(*(on_disk.record(an_entry()) for _ in range(300)))
    head = await asyncio.to_thread(back_up_file, path, copy)
    receipts = await writing
    assert verify_file(copy, noted=[each for each in receipts if each.seq <= head.seq]).head == head


async def test_a_copy_is_one_file_for_its_owner_alone(on_disk: SqliteStore, path: Path, copy: Path) -> None:
    await on_disk.record(an_entry())
    back_up_file(path, copy)
    assert names_in(copy.parent) == {copy.name}
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


async def test_a_copy_is_on_the_disk_before_it_has_its_name(
    on_disk: SqliteStore, path: Path, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await on_disk.record(an_entry())
    synced: list[tuple[str, bool]] = []
    real = os.fsync

    def watched(handle: int) -> None:
        synced.append((Path(f"/proc/self/fd/{handle}").readlink().name, copy.exists()))
        real(handle)

    monkeypatch.setattr(os, "fsync", watched)
    back_up_file(path, copy)
    (unfinished, named_then), folder = synced
    assert unfinished.startswith(copy.name)
    assert not named_then
    assert folder == (copy.parent.name, True)


async def test_a_copy_in_the_place_of_the_file_brings_everything_back_and_goes_on(path: Path, copy: Path) -> None:
    store = await SqliteStore.open(path)
    confirmation, snapshot = a_confirmation(), a_snapshot()
    await store.open_confirmation(confirmation, [an_entry(Stage.REQUESTED)])
    await store.keep_snapshot(snapshot)
    await store.record(an_entry(Stage.STARTED, operation="open"))
    head = back_up_file(path, copy)
    await store.record(an_entry())
    await store.close()
    remove(path)  # with its log, closing took care of that
    copy.rename(path)
    store = await SqliteStore.open(path)
    assert await store.head() == head
    assert await store.confirmation(confirmation.id) == confirmation
    assert await store.snapshots_of(snapshot.workflow_id) == [snapshot]
    assert [each.seq for each in await store.open_operations()] == [2]
    assert [each.seq for each in await store.trail(TrailQuery(text="resnet"))] == [2, 1]
    assert (await store.record(an_entry())).seq == 3
    await store.close()
    assert verify_file(path, noted=[head]).verdict is Verdict.SOUND


async def test_a_copy_of_a_closed_file_and_of_one_that_may_only_be_read_can_be_made(
    path: Path, copy: Path, kept: list[Receipt]
) -> None:
    set_rights(path, 0o400)
    assert back_up_file(path, copy) == kept[-1]


@pytest.mark.parametrize("make", [lambda there: write(there, b"mine"), Path.mkdir, lambda there: there.symlink_to("x")])
def test_what_is_there_already_is_left_as_it_is(
    path: Path, copy: Path, kept: list[Receipt], make: Callable[[Path], None]
) -> None:
    assert kept
    make(copy)
    before = copy.lstat()
    with pytest.raises(StoreUnavailable, match="There is something at") as refused:
        back_up_file(path, copy)
    assert "Name a file that is not there" in refused.value.advice
    assert copy.lstat() == before
    assert names_in(copy.parent) == {copy.name}


@pytest.mark.usefixtures("kept")
def test_a_copy_that_does_not_verify_is_none(path: Path, copy: Path) -> None:
    put(path, edit_a_body(entries_in(path)))
    with pytest.raises(StoreUnavailable, match="does not verify: entry #3 was changed"):
        back_up_file(path, copy)
    assert names_in(copy.parent) == set()


@pytest.mark.usefixtures("kept")
def test_a_file_whose_pages_are_gone_is_not_copied(path: Path, copy: Path) -> None:
    whole = content(path)
    write(path, whole[: len(whole) // 2])
    with pytest.raises(StoreUnavailable):
        back_up_file(path, copy)
    assert names_in(copy.parent) == set()


def test_a_file_that_is_not_there_cannot_be_copied(path: Path, copy: Path) -> None:
    with pytest.raises(StoreUnavailable, match=r"The database .* its file cannot be opened"):
        back_up_file(path, copy)
    assert names_in(copy.parent) == set()


@pytest.mark.usefixtures("kept")
def test_a_folder_that_is_not_there_is_named(path: Path, copy: Path) -> None:
    with pytest.raises(StoreUnavailable, match="No such file or directory"):
        back_up_file(path, copy.parent / "missing" / "vi.db")


@pytest.mark.usefixtures("kept")
def test_a_copy_that_breaks_off_leaves_nothing(path: Path, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_file: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "_sync", broken)
    with pytest.raises(StoreUnavailable, match="No space left on device"):
        back_up_file(path, copy)
    assert names_in(copy.parent) == set()


@pytest.mark.usefixtures("kept")
def test_progress_is_told(path: Path, copy: Path) -> None:
    told: list[tuple[int, int]] = []
    back_up_file(path, copy, progress=lambda *how_far: told.append(how_far))
    assert told == [(7, 7)]
