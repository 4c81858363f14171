"""A disk or a file that fails under the bot: said clearly, nothing acknowledged that is not there."""

import asyncio
import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bot.domain.audit import Receipt, Stage, content_of
from bot.domain.confirmation import ConfirmationState
from bot.domain.errors import StoreUnavailable
from bot.ports import TrailQuery
from bot.store import confirmations
from bot.store.backup import back_up_file
from bot.store.driver import sqlite3
from bot.store.failures import unavailable
from bot.store.sqlite import SqliteStore
from bot.store.trail import read_trail
from bot.store.verification import Verdict, verify_file
from tests.store.files import Unprivileged, content, remove, set_rights, write
from tests.store.samples import a_confirmation, an_entry, answered


def limit_pages(connection: sqlite3.Connection, more: int) -> None:
    connection.set_authorizer(None)  # the bot itself may not
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages + more}")


async def append_until_refused(store: SqliteStore, receipts: list[Receipt]) -> None:
    while True:
        receipts.append(await store.record(an_entry(details={"reason": "x" * 500})))


async def fill(store: SqliteStore) -> list[Receipt]:
    """Append until the disk is full."""
    receipts: list[Receipt] = []
    with pytest.raises(StoreUnavailable, match="its disk is full") as refused:
        await append_until_refused(store, receipts)
    assert "Free some space" in refused.value.advice
    assert isinstance(refused.value.__cause__, sqlite3.OperationalError)
    return receipts


async def test_a_full_disk_is_said_and_takes_nothing_that_was_acknowledged(on_disk: SqliteStore, path: Path) -> None:
    await on_disk._writer.run(lambda connection: limit_pages(connection, 4))
    receipts = await fill(on_disk)
    assert [each.receipt for each in reversed(await on_disk.trail(TrailQuery(limit=1_000)))] == receipts
    found = verify_file(path)
    assert (found.verdict, found.head) == (Verdict.SOUND, receipts[-1])


async def test_on_a_full_disk_no_answer_wins(on_disk: SqliteStore) -> None:
    confirmation = a_confirmation()
    await on_disk.open_confirmation(confirmation, [an_entry(Stage.REQUESTED)])
    await on_disk._writer.run(lambda connection: limit_pages(connection, 0))
    await fill(on_disk)
    started = an_entry(Stage.STARTED, details={"reason": "x" * 5_000})
    claims = await asyncio.gather(
        *(
            on_disk.advance(answered(confirmation), expected=ConfirmationState.OPEN, entries=[started])
            for _ in range(3)
        ),
        return_exceptions=True,
    )
    assert {type(claim) for claim in claims} == {StoreUnavailable}
    assert await on_disk.confirmation(confirmation.id) == confirmation
    assert await on_disk.open_operations() == []


async def test_with_space_again_the_trail_goes_on(on_disk: SqliteStore) -> None:
    await on_disk._writer.run(lambda connection: limit_pages(connection, 0))
    receipts = await fill(on_disk)
    await on_disk._writer.run(lambda connection: limit_pages(connection, 1_000))
    assert (await on_disk.record(an_entry())).seq == len(receipts) + 1


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
async def test_a_file_deleted_under_the_bot_is_noticed_by_writer_and_reader(
    on_disk: SqliteStore, path: Path, suffix: str
) -> None:
    await on_disk.record(an_entry())
    remove(Path(f"{path}{suffix}"))
    for call in (on_disk.record(an_entry()), on_disk.head()):
        with pytest.raises(StoreUnavailable, match="its file was deleted or replaced"):
            await call


async def test_a_file_replaced_under_the_bot_is_noticed(on_disk: SqliteStore, path: Path) -> None:
    receipt = await on_disk.record(an_entry())
    copy = path.with_name("copy.db")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    copy.replace(path)
    with pytest.raises(StoreUnavailable, match="its file was deleted or replaced"):
        await on_disk.record(an_entry())
    assert verify_file(path).head == receipt


async def test_readers_that_come_and_go_disturb_nothing(on_disk: SqliteStore, path: Path) -> None:
    for _ in range(3):
        receipt = await on_disk.record(an_entry())
        assert verify_file(path).head == receipt
        assert [each.receipt for each in read_trail(path, TrailQuery(limit=1))] == [receipt]


async def test_a_write_lock_held_by_another_program_does_not_stop_reading(on_disk: SqliteStore, path: Path) -> None:
    receipt = await on_disk.record(an_entry())
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert await on_disk.head() == receipt


async def test_a_page_that_cannot_be_read_is_said_to_be_damaged(path: Path) -> None:
    store = await SqliteStore.open(path)
    await asyncio.gather(*(store.record(an_entry()) for _ in range(500)))
    await store.close()
    whole = content(path)
    half = len(whole) // 2
    write(path, whole[:half] + b"\xff" * half)
    store = await SqliteStore.open(path)
    with pytest.raises(StoreUnavailable, match="its file is damaged"):
        await store.trail(TrailQuery(limit=100))
    await store.close()


@pytest.fixture
def small_files() -> Iterator[Callable[[int], None]]:
    """Sets how large, in bytes, a file of this process may grow: a disk that takes no more."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


async def test_a_disk_that_takes_no_more_is_said_and_with_space_again_the_trail_goes_on(
    on_disk: SqliteStore, path: Path, small_files: Callable[[int], None]
) -> None:
    confirmation = a_confirmation()
    receipts = [await on_disk.open_confirmation(confirmation, [an_entry(Stage.REQUESTED)])]
    small_files(Path(f"{path}-wal").stat().st_size + 50_000)
    with pytest.raises(StoreUnavailable, match="its disk reports a fault"):
        await append_until_refused(on_disk, receipts)
    with pytest.raises(StoreUnavailable):
        await on_disk.advance(answered(confirmation), expected=ConfirmationState.OPEN, entries=[an_entry()])
    assert await on_disk.head() == receipts[-1]
    assert await on_disk.confirmation(confirmation.id) == confirmation
    small_files(10**9)
    claim = await on_disk.advance(answered(confirmation), expected=ConfirmationState.OPEN, entries=[an_entry()])
    found = verify_file(path, noted=receipts)
    assert (found.verdict, (found.head,)) == (Verdict.SOUND, claim)


async def test_a_file_deleted_under_the_bot_is_not_lost_and_with_it_in_its_place_again_the_trail_goes_on(
    path: Path, tmp_path: Path
) -> None:
    store = await SqliteStore.open(path)
    receipt = await store.record(an_entry())
    aside = [(Path(f"{path}{suffix}"), tmp_path / f"aside{suffix}") for suffix in ("", "-wal", "-shm")]
    for file, kept in aside:
        file.rename(kept)
    for call in (store.record(an_entry()), store.open_confirmation(a_confirmation(), [an_entry()])):
        with pytest.raises(StoreUnavailable, match="its file was deleted or replaced") as refused:
            await call
        assert "put the right file in its place" in refused.value.advice
    for file, kept in aside:
        kept.rename(file)
    assert (await store.record(an_entry())).seq == receipt.seq + 1
    await store.close()
    assert verify_file(path, noted=[receipt]).entries == 2


async def test_a_disk_that_hangs_refuses_within_the_limit_and_then_goes_on(path: Path) -> None:
    answers, hangs, loop = threading.Event(), asyncio.Event(), asyncio.get_running_loop()
    store = await SqliteStore.open(path)
    confirmation = a_confirmation()
    asked = await store.open_confirmation(confirmation, [an_entry(Stage.REQUESTED)])
    store._writer._time_limit = 0.05
    started, waiting = an_entry(Stage.STARTED), an_entry()

    def answer_on_a_hanging_disk(connection: sqlite3.Connection) -> object:
        loop.call_soon_threadsafe(hangs.set)
        answers.wait()
        return confirmations.advance(connection, answered(confirmation), ConfirmationState.OPEN, [started])

    answer = asyncio.create_task(store._writer.run(answer_on_a_hanging_disk))
    await hangs.wait()
    results = await asyncio.gather(answer, store.record(waiting), return_exceptions=True)
    assert {str(each) for each in results} == {"The bot's own memory did not answer within 0.05 seconds."}
    assert await store.head() == asked  # reading goes on
    answers.set()
    store._writer._time_limit = 60
    after = await store.record(an_entry())
    # Nobody was told that it was done; what had begun is open, for recovery to settle; what had not is not written.
    assert [content_of(each).id for each in await store.open_operations()] == [started.id]
    assert after.seq == asked.seq + 2
    await store.close()
    assert verify_file(path).verdict is Verdict.SOUND


async def test_a_page_that_is_damaged_under_the_bot_is_said_and_a_sound_copy_goes_on(
    path: Path, tmp_path: Path
) -> None:
    store = await SqliteStore.open(path)
    await asyncio.gather(*(store.record(an_entry()) for _ in range(500)))
    await store.close()
    copy = tmp_path / "copy.db"
    head = back_up_file(path, copy)
    whole = content(path)
    write(path, whole[: len(whole) // 2] + b"\xff" * (len(whole) - len(whole) // 2))
    store = await SqliteStore.open(path)
    with pytest.raises(StoreUnavailable, match="its file is damaged") as refused:
        await store.record(an_entry())
    assert "go back to a sound copy" in refused.value.advice
    await store.close()
    assert verify_file(path).verdict is Verdict.TAMPERED
    copy.replace(path)
    store = await SqliteStore.open(path)
    assert (await store.record(an_entry())).seq == head.seq + 1
    await store.close()
    assert verify_file(path, noted=[head]).verdict is Verdict.SOUND


async def test_a_file_that_may_be_written_again_goes_on(elsewhere: Path) -> None:
    path = elsewhere / "vi.db"
    with Unprivileged():
        store = await SqliteStore.open(path)
        receipt = await store.record(an_entry())
        await store.close()
        set_rights(path, 0o400)
        with pytest.raises(StoreUnavailable, match="its file may not be written") as refused:
            await SqliteStore.open(path)
        assert "those named after it" in refused.value.advice
        assert verify_file(path).head == receipt
        for file in elsewhere.iterdir():  # whoever read it left files beside it with the rights that it had
            set_rights(file, 0o600)
        store = await SqliteStore.open(path)
        assert (await store.record(an_entry())).seq == receipt.seq + 1
        await store.close()


def test_the_trail_of_a_file_that_is_not_there_is_not_an_empty_one(path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="its file cannot be opened"):
        read_trail(path, TrailQuery())
    assert not path.exists()


def test_a_fault_of_ours_is_told_without_its_words() -> None:
    told = unavailable(RuntimeError("SELECT secret"))
    assert "SELECT" not in told.sentence + told.advice
    assert isinstance(told.__cause__, RuntimeError)


def test_a_fault_of_the_disk_without_a_name_is_told() -> None:
    assert "its disk reports a fault" in unavailable(OSError()).sentence
