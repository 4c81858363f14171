"""A trail that goes on in a new file: nothing lost, each file sound alone and in sequence, broken off anywhere."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.audit import EMPTY, Action, Receipt, Stage, content_of
from bot.domain.checkpoint import Checkpoint
from bot.domain.confirmation import ConfirmationState
from bot.domain.errors import StoreUnavailable
from bot.domain.workflow import WorkflowId
from bot.ports import TrailQuery
from bot.store import rotation
from bot.store.driver import sqlite3
from bot.store.rotation import Rotation, needs_rotation, rotate
from bot.store.sqlite import SqliteStore
from bot.store.trail import read_trail
from bot.store.verification import Verdict, verify_file, verify_files
from tests.store.files import change, content, names_in, remove, write
from tests.store.rotating import append, the_first
from tests.store.samples import NOON, a_confirmation, a_lock, a_screen, a_snapshot, an_entry, answered
from tests.store.tampering import NO_TRIGGERS, another_schema, edit_a_body, entries_in, put


async def test_the_trail_goes_on_behind_the_newest_entry_of_the_old_file(path: Path, receipts: list[Receipt]) -> None:
    done = rotate(path, the_first)
    assert done == Rotation(receipts[-1], path.with_name("vi.1-3.db"))
    assert names_in(path.parent) == {"vi.db", "vi.1-3.db", "vi.db.lock"}
    (later,) = await append(path, 1)
    assert later.seq == 5
    first, second = entries_in(path)
    assert (first.seq, second.seq) == (4, 5)
    assert content_of(first).details == {"base": 3, "base_hash": receipts[-1].hash, "previous": "vi.1-3.db"}
    found = verify_file(path, noted=[receipts[-1], later])
    assert (found.verdict, found.base, found.head, found.entries) == (Verdict.SOUND, receipts[-1], later, 2)


async def test_the_old_file_may_only_be_read_and_is_sound_by_itself(path: Path, receipts: list[Receipt]) -> None:
    before = entries_in(path)
    archive = rotate(path, the_first).archive
    assert archive.stat().st_mode & 0o777 == 0o400
    assert path.stat().st_mode & 0o777 == 0o600
    assert entries_in(archive) == before
    found = verify_file(archive, noted=receipts)
    assert (found.verdict, found.base, found.head) == (Verdict.SOUND, EMPTY, receipts[-1])
    assert names_in(path.parent) == {"vi.db", "vi.1-3.db", "vi.db.lock"}


async def test_what_is_still_needed_goes_along(path: Path) -> None:
    store = await SqliteStore.open(path)
    questions = [a_confirmation(state=state) for state in ConfirmationState]
    for confirmation in questions:
        await store.open_confirmation(confirmation, [an_entry(Stage.REQUESTED)])
    for lock in (a_lock("wf-1"), a_lock("wf-2")):
        await store.lock(lock, an_entry(action=Action.LOCK))
    older, newer = a_snapshot(), a_snapshot()
    head = await store.head()
    for snapshot in (older, newer):
        await store.keep_snapshot(snapshot)
        await store.record(an_entry(Stage.STARTED, operation=snapshot.operation_id))
        head = await store.record(an_entry(action=Action.BACKUP, operation=snapshot.operation_id))
    for seq in (1, head.seq):
        kept = await store.entry(seq)
        assert kept
        await store.keep_checkpoint(Checkpoint("org-1", kept.receipt, NOON, "k", "s"))
    checkpoint = await store.last_checkpoint()
    await store.record(an_entry())
    snapshots = await store.snapshots_of(WorkflowId("wf-resnet"))
    await store.keep_screen(a_screen())
    await store.close()

    rotate(path, the_first)

    store = await SqliteStore.open(path)
    assert await store.snapshots_of(WorkflowId("wf-resnet")) == snapshots
    assert await store.confirmations(set(ConfirmationState)) == questions
    assert await store.locks() == [a_lock("wf-1"), a_lock("wf-2")]
    assert await store.last_checkpoint() == checkpoint
    assert await store.open_operations() == []
    claim = await store.advance(answered(questions[0]), expected=ConfirmationState.OPEN, entries=[an_entry()])
    assert claim == (await store.head(),)
    assert await store.unlock(WorkflowId("wf-1"), an_entry(action=Action.UNLOCK)) == await store.head()
    await store.close()
    assert verify_file(path).faults == ()


async def test_before_its_first_entry_a_file_has_its_base_for_head(path: Path, receipts: list[Receipt]) -> None:
    rotate(path, the_first)
    with another_schema(path, NO_TRIGGERS) as connection:
        connection.execute("DELETE FROM audit_event")
        connection.execute("INSERT INTO audit_search (audit_search) VALUES ('rebuild')")
    store = await SqliteStore.open(path)
    assert await store.head() == receipts[-1]
    assert (await store.record(an_entry())).seq == 4
    await store.close()


@pytest.mark.usefixtures("receipts")
async def test_any_program_is_refused_that_would_change_the_base(path: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="one base, before its first entry"):
        change(path, "INSERT INTO audit_base (seq, hash) SELECT seq, hash FROM audit_event LIMIT 1")
    rotate(path, the_first)
    for statement in (
        "INSERT INTO audit_base (seq, hash) SELECT 2, hash FROM audit_base",
        "INSERT OR REPLACE INTO audit_base SELECT * FROM audit_base",
        "UPDATE audit_base SET seq = 2",
        "DELETE FROM audit_base",
    ):
        with pytest.raises(sqlite3.IntegrityError, match=r"append-only|one base"):
            change(path, statement)


async def test_a_file_that_a_bot_is_using_is_not_rotated(on_disk: SqliteStore, path: Path) -> None:
    await on_disk.record(an_entry())
    with pytest.raises(StoreUnavailable, match="Another process of the bot is using"):
        rotate(path, the_first)
    assert (await on_disk.record(an_entry())).seq == 2


async def test_a_file_with_open_operations_is_not_rotated(path: Path) -> None:
    store = await SqliteStore.open(path)
    await store.record(an_entry(Stage.STARTED, operation="open"))
    await store.close()
    with pytest.raises(StoreUnavailable, match=r"The end of 1 operations is not known yet, the oldest of entry #1\."):
        rotate(path, the_first)
    assert names_in(path.parent) == {"vi.db", "vi.db.lock"}


async def test_a_trail_without_entries_is_not_rotated(path: Path) -> None:
    await append(path, 0)
    with pytest.raises(StoreUnavailable, match="has no entries"):
        rotate(path, the_first)


@pytest.mark.usefixtures("receipts")
def test_a_file_that_does_not_verify_is_not_rotated(path: Path) -> None:
    put(path, edit_a_body(entries_in(path)))
    with pytest.raises(StoreUnavailable, match="does not verify: entry #3 was changed") as refused:
        rotate(path, the_first)
    assert "Keep the file as it is" in refused.value.advice


def test_a_file_that_is_not_there_is_not_made(path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="its file cannot be opened"):
        rotate(path, the_first)
    assert names_in(path.parent) == {"vi.db.lock"}


async def test_a_file_that_somebody_is_reading_is_not_rotated_until_he_is_done(
    path: Path, receipts: list[Receipt], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.connection.BUSY_TIMEOUT", 0)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT 1 FROM audit_event").fetchall()
        with pytest.raises(StoreUnavailable, match="another program holds it locked"):
            rotate(path, the_first)
    assert rotate(path, the_first).base == receipts[-1]


@pytest.mark.usefixtures("receipts")
def test_an_archive_of_that_name_that_is_another_file_is_left_alone(path: Path) -> None:
    write(path.with_name("vi.1-3.db"), b"something else")
    with pytest.raises(StoreUnavailable, match="File exists"):
        rotate(path, the_first)
    assert content(path.with_name("vi.1-3.db")) == b"something else"
    remove(path.with_name("vi.1-3.db"))
    rotate(path, the_first)


async def test_a_new_file_that_does_not_verify_does_not_take_the_place(
    path: Path, receipts: list[Receipt], monkeypatch: pytest.MonkeyPatch
) -> None:
    false = "INSERT INTO snapshot VALUES ('id', '', '', '', '', 'other', 'hash', NULL)"
    with monkeypatch.context() as patch:
        patch.setattr(rotation, "_CARRIED", (false,))
        with pytest.raises(StoreUnavailable, match=r"The new file .* does not verify: snapshot id was changed"):
            rotate(path, the_first)
    assert [each.receipt for each in entries_in(path)] == receipts
    rotate(path, the_first)


class PowerCutError(BaseException):
    """The process ends here."""


STEPS = ["_make_new", "_close_down", "_link", "_put_in_place"]


@pytest.mark.parametrize("after_it", [False, True])
@pytest.mark.parametrize("step", STEPS)
async def test_broken_off_at_any_step_the_trail_goes_on_and_a_second_attempt_succeeds(
    path: Path, receipts: list[Receipt], step: str, *, after_it: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = getattr(rotation, step)

    def cut(*arguments: object) -> None:
        if after_it:
            real(*arguments)
        raise PowerCutError

    with monkeypatch.context() as patch:
        patch.setattr(rotation, step, cut)
        with pytest.raises(PowerCutError):
            rotate(path, the_first)
    is_done = step == "_put_in_place" and after_it
    receipts += [entries_in(path)[0].receipt] if is_done else []
    assert (verify_file(path).verdict, verify_file(path).head) == (Verdict.SOUND, receipts[-1])
    receipts += await append(path, 1)
    assert receipts[-1].seq == (5 if is_done else 4)
    rotate(path, the_first)
    receipts.append(entries_in(path)[0].receipt)
    archives = {"vi.1-3.db", "vi.4-5.db"} if is_done else {"vi.1-4.db"}
    assert names_in(path.parent) == {"vi.db", "vi.db.lock", *archives}
    found = verify_files([path.with_name(name) for name in (*archives, "vi.db")], noted=receipts)
    assert (found.verdict, found.faults, found.head) == (Verdict.SOUND, (), receipts[-1])


async def test_broken_off_while_the_new_file_is_made_its_rest_is_in_nobodys_way(
    path: Path, receipts: list[Receipt], monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(_connection: sqlite3.Connection) -> None:
        raise PowerCutError

    with monkeypatch.context() as patch:
        patch.setattr(rotation, "_into_one_file", cut)
        with pytest.raises(PowerCutError):
            rotate(path, the_first)
    assert "vi.db.new" in names_in(path.parent)
    receipts += await append(path, 1)
    rotate(path, the_first)
    assert names_in(path.parent) == {"vi.db", "vi.db.lock", "vi.1-4.db"}


async def test_a_file_reached_by_another_name_is_rotated_where_it_lies(
    path: Path, receipts: list[Receipt], tmp_path: Path
) -> None:
    link = tmp_path / "elsewhere" / "link.db"
    link.parent.mkdir()
    link.symlink_to(path)
    assert rotate(link, the_first).archive == path.with_name("vi.1-3.db")
    assert names_in(link.parent) == {"link.db"}
    assert verify_file(link).base == receipts[-1]


async def test_a_file_is_rotated_when_it_is_large_or_its_first_entry_old(on_disk: SqliteStore, path: Path) -> None:
    await on_disk.record(an_entry(at=NOON))
    await on_disk.record(an_entry(at=NOON + timedelta(days=9)))
    size = sum(Path(f"{path}{suffix}").stat().st_size for suffix in ("", "-wal"))
    day = timedelta(days=1)
    assert not needs_rotation(path, larger_than=None, older_than=None, now=NOON)
    assert not needs_rotation(path, larger_than=size, older_than=day, now=NOON + day)
    assert needs_rotation(path, larger_than=size - 1, older_than=day, now=NOON + day)
    assert needs_rotation(path, larger_than=size, older_than=day, now=NOON + day + timedelta(microseconds=1))
    assert needs_rotation(path, larger_than=None, older_than=day, now=NOON + 2 * day)


async def test_the_log_beside_the_file_need_not_be_there(path: Path) -> None:
    await append(path, 1)
    assert needs_rotation(path, larger_than=path.stat().st_size - 1, older_than=None, now=NOON)
    assert not needs_rotation(path, larger_than=path.stat().st_size, older_than=None, now=NOON)


async def test_a_file_without_entries_needs_no_rotation(path: Path) -> None:
    await append(path, 0)
    assert not needs_rotation(path, larger_than=0, older_than=timedelta(0), now=NOON)


@pytest.mark.usefixtures("receipts")
def test_whether_a_file_needs_rotation_cannot_be_told_where_it_cannot_be_read(path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="its file cannot be opened"):
        needs_rotation(path.with_name("missing.db"), larger_than=0, older_than=None, now=NOON)
    put(path, [])
    with another_schema(path, NO_TRIGGERS) as connection:
        connection.execute("""INSERT INTO audit_event (seq, body, hash)
            VALUES (1, '{"id":1,"op":"","ts":"","stage":"","action":""}', hex(zeroblob(32)))""")
    with pytest.raises(StoreUnavailable):
        needs_rotation(path, larger_than=None, older_than=timedelta(0), now=NOON)


async def test_the_trail_of_all_files_can_be_searched_one_by_one(path: Path, receipts: list[Receipt]) -> None:
    archive = rotate(path, the_first).archive
    assert [each.receipt for each in read_trail(archive, TrailQuery())] == receipts[::-1]
