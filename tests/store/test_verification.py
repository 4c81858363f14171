"""What somebody with the right to write the file can do to it, and what a verification sees of that."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.audit import EMPTY, Receipt, SealedEntry
from bot.store.checks import MOST_FAULTS
from bot.store.driver import sqlite3
from bot.store.sqlite import SqliteStore
from bot.store.verification import Verdict, verify_file
from tests.store.files import change, content, names_in, remove, write
from tests.store.samples import NOON, an_entry
from tests.store.tampering import (
    NO_CONSTRAINTS,
    NO_TRIGGERS,
    Entries,
    another_schema,
    cut_off_the_newest,
    cut_off_the_newest_and_write_others,
    delete_one_in_the_middle,
    delete_one_in_the_middle_and_close_the_gap,
    edit_a_body,
    edit_a_body_and_its_own_hash,
    empty_the_table,
    entries_in,
    hash_one_anew_with_another_before_it,
    insert_one_at_the_end_that_names_another_hash,
    insert_one_at_the_end_without_a_number,
    insert_one_in_the_middle,
    put,
    replace_a_hash,
    replace_the_newest_hash,
    rewrite_everything_from_one_on,
    swap_two,
)

SEEN: dict[Callable[[Entries], Entries], str] = {
    edit_a_body: "entry #3 was changed: its text does not have its hash",
    edit_a_body_and_its_own_hash: "entry #4 does not follow the one before it",
    delete_one_in_the_middle: "entry #4 stands where #3 belongs",
    delete_one_in_the_middle_and_close_the_gap: "entry #3 calls itself #4",
    swap_two: "entry #3 calls itself #4",
    insert_one_in_the_middle: "entry #4 calls itself #3",
    insert_one_at_the_end_that_names_another_hash: "entry #8 does not follow the one before it",
    insert_one_at_the_end_without_a_number: "entry #8 calls itself #7",
    hash_one_anew_with_another_before_it: "entry #3 does not follow the one before it",
    replace_a_hash: "entry #3 was changed: its text does not have its hash",
    replace_the_newest_hash: "entry #7 was changed: its text does not have its hash",
}


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(("act", "fault"), SEEN.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_this_is_seen(path: Path, act: Callable[[Entries], Entries], fault: str) -> None:
    assert verify_file(path).verdict is Verdict.SOUND
    before = entries_in(path)
    put(path, act(before))
    assert entries_in(path) != before
    found = verify_file(path)
    assert found.verdict is Verdict.TAMPERED
    assert fault in found.faults


NOT_SEEN = [
    rewrite_everything_from_one_on,
    cut_off_the_newest,
    cut_off_the_newest_and_write_others,
    empty_the_table,
]


@pytest.mark.parametrize("act", NOT_SEEN, ids=lambda act: act.__name__)
def test_this_is_not_seen_without_a_receipt_noted_elsewhere(
    path: Path, kept: list[Receipt], act: Callable[[Entries], Entries]
) -> None:
    before = entries_in(path)
    put(path, act(before))
    assert entries_in(path) != before
    assert verify_file(path).verdict is Verdict.SOUND
    assert verify_file(path, noted=[kept[-1]]).verdict is Verdict.TAMPERED


async def test_another_file_in_its_place_is_not_seen_without_a_receipt_noted_elsewhere(
    path: Path, kept: list[Receipt]
) -> None:
    remove(path)
    store = await SqliteStore.open(path)
    for _ in kept:
        await store.record(an_entry())
    await store.close()
    assert verify_file(path).verdict is Verdict.SOUND
    assert verify_file(path, noted=kept).verdict is Verdict.TAMPERED


async def test_a_copy_without_its_log_is_not_seen_to_lack_entries_without_a_receipt_noted_elsewhere(
    on_disk: SqliteStore, path: Path, tmp_path: Path
) -> None:
    receipt = await on_disk.record(an_entry())
    copy = tmp_path / "copied.db"
    source = f"{path}-wal"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    later = await on_disk.record(an_entry())
    shutil.copy(path, copy)
    assert content(Path(source))
    found = verify_file(copy, noted=[receipt])
    assert (found.verdict, found.head) == (Verdict.SOUND, receipt)
    assert verify_file(copy, noted=[later]).faults == ("entry #2 is gone: its receipt was noted elsewhere",)


def test_a_receipt_noted_elsewhere_may_be_as_short_as_it_is_shown(path: Path, kept: list[Receipt]) -> None:
    shown = [Receipt(each.seq, each.hash[:16]) for each in kept]
    assert verify_file(path, noted=shown).verdict is Verdict.SOUND


@pytest.mark.parametrize("digits", ["", "0" * 16])
def test_a_receipt_with_another_hash_or_too_few_digits_of_it_is_a_fault(
    path: Path, kept: list[Receipt], digits: str
) -> None:
    noted = Receipt(kept[0].seq, digits)
    assert verify_file(path, noted=[noted]).faults == ("entry #1 is not the one whose receipt was noted elsewhere",)


ASIDE = {
    "INSERT INTO audit_late SELECT seq, ts FROM audit_event WHERE seq = 3": "#3 does not belong in the list of times",
    "UPDATE backup_check SET operation_id = 'op-True'": "the copy of operation op-True is said to be equal",
    "UPDATE backup_check SET operation_id = 'none'": "the copy of operation none is said to be equal",
    "UPDATE checkpoint SET hash = ''": "entry #7 is not the one of which a checkpoint was kept",
    "UPDATE checkpoint SET seq = 8": "entry #8 is not the one of which a checkpoint was kept",
    "INSERT INTO audit_base (seq, hash) SELECT 3, hash FROM audit_event WHERE seq = 3": "#1 stands where #4 belongs",
    "INSERT INTO audit_base (seq, hash) VALUES (3, ''), (4, '')": "the file says 2 times after which entry it begins",
    "DELETE FROM open_operation": "entry #5 is missing from the list of open operations",
    "INSERT INTO open_operation VALUES ('op-False', 2)": "entry #2 does not belong in the list of open operations",
    "DELETE FROM audit_search_docsize WHERE id = 3": "entry #3 is missing from the search index",
    "UPDATE snapshot SET document = '{}'": "was changed: its text does not have its hash",
    "UPDATE audit_event SET hash = '' WHERE seq = 3": "entry #3 was changed: its text does not have its hash",
}


@pytest.mark.parametrize(("statement", "fault"), ASIDE.items())
def test_what_stands_beside_the_chain_is_compared_with_it(
    path: Path, kept: list[Receipt], statement: str, fault: str
) -> None:
    with another_schema(path, NO_TRIGGERS) as connection:
        assert connection.execute(statement).rowcount
    found = verify_file(path)
    assert found.verdict is Verdict.TAMPERED
    assert any(fault in each for each in found.faults)
    assert found.entries == len(kept)


def test_after_a_good_receipt_only_what_follows_is_read(path: Path, kept: list[Receipt]) -> None:
    for after in (kept[3], Receipt(4, kept[3].hash[:16])):
        found = verify_file(path, after=after)
        assert (found.verdict, found.entries, found.head, found.base) == (Verdict.SOUND, 3, kept[-1], EMPTY)
    nothing_new = verify_file(path, after=kept[-1])
    assert (nothing_new.verdict, nothing_new.entries, nothing_new.head) == (Verdict.SOUND, 0, kept[-1])


def test_after_a_good_receipt_what_follows_is_verified_and_what_was_before_is_not(
    path: Path, kept: list[Receipt]
) -> None:
    put(path, edit_a_body(entries_in(path)), checkpoints_too=False)
    assert verify_file(path, after=kept[2]).verdict is Verdict.SOUND
    assert verify_file(path, after=kept[1]).faults == ("entry #3 was changed: its text does not have its hash",)


def test_an_entry_that_follows_another_one_than_the_good_receipt_is_a_fault(path: Path, kept: list[Receipt]) -> None:
    put(path, hash_one_anew_with_another_before_it(entries_in(path)))
    assert verify_file(path, after=kept[1]).verdict is Verdict.TAMPERED


@pytest.mark.parametrize(
    ("after", "fault"),
    [
        (Receipt(4, "0" * 64), "entry #4 is not the one whose receipt was noted elsewhere"),
        (Receipt(4, ""), "entry #4 is not the one whose receipt was noted elsewhere"),
        (Receipt(8, "0" * 64), "entry #8 is gone: its receipt was noted elsewhere"),
    ],
)
def test_a_receipt_that_is_not_there_is_a_fault_and_everything_is_read(
    path: Path, kept: list[Receipt], after: Receipt, fault: str
) -> None:
    found = verify_file(path, noted=kept, after=after)
    assert (found.faults, found.entries) == ((fault,), len(kept))


def test_progress_is_told_and_ends_with_all(path: Path, kept: list[Receipt], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.checks.STEP", 3)
    told: list[tuple[int, int]] = []
    verify_file(path, progress=lambda *how_far: told.append(how_far))
    assert told == [(3, 7), (6, 7), (7, 7)]
    told.clear()
    verify_file(path, after=kept[4], progress=lambda *how_far: told.append(how_far))
    assert told == [(2, 2)]


async def test_a_clock_that_went_back_is_a_warning_and_no_fault(path: Path) -> None:
    store = await SqliteStore.open(path)
    for minutes in (5, 0, 10, 7):
        await store.record(an_entry(at=NOON + timedelta(minutes=minutes)))
    await store.close()
    found = verify_file(path)
    assert (found.verdict, found.faults) == (Verdict.SOUND, ())
    assert [each.split(" was ")[0] for each in found.warnings] == ["entry #2", "entry #4"]
    with another_schema(path, NO_TRIGGERS) as connection:
        connection.execute("DELETE FROM audit_late WHERE seq = 4")
    assert verify_file(path).faults == ("entry #4 is missing from the list of times",)


async def test_warnings_too_are_counted_beyond_the_first(path: Path) -> None:
    store = await SqliteStore.open(path)
    for number in range(2 * (MOST_FAULTS + 3)):
        await store.record(an_entry(at=NOON + timedelta(minutes=2 * (number % 2))))
    await store.close()
    found = verify_file(path)
    assert (found.verdict, len(found.warnings), found.warnings[-1]) == (
        Verdict.SOUND,
        MOST_FAULTS + 1,
        "2 more warnings",
    )


def test_a_file_whose_first_page_is_damaged_is_tampered_with(path: Path, kept: list[Receipt]) -> None:
    whole = content(path)
    assert kept
    write(path, whole[:100] + b"\xff" * 3996 + whole[4096:])
    found = verify_file(path)
    assert (found.verdict, found.entries) == (Verdict.TAMPERED, 0)


UNREADABLE = {
    "no JSON": "entry #3 is not an entry: its text cannot be read",
    "[]": "entry #3 is not an entry: its text cannot be read",
    "[" * 100_000: "entry #3 is not an entry: its text cannot be read",
    b"{}": "entry #3 is not an entry: its text cannot be read",
    17: "entry #3 is not an entry: its text cannot be read",
    None: "entry #3 is not an entry: its text cannot be read",
    b"\xff": "the file is damaged: a check ended with “Could not decode to UTF-8 column",
}


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(("body", "fault"), UNREADABLE.items(), ids=lambda value: str(value)[:10])
def test_a_body_that_the_schema_would_never_let_in_is_seen(path: Path, body: object, fault: str) -> None:
    with another_schema(path, *NO_CONSTRAINTS) as connection:
        connection.execute("UPDATE audit_event SET body = ? WHERE seq = 3", (body,))
    found = verify_file(path)
    assert found.verdict is Verdict.TAMPERED
    assert any(each.startswith(fault) for each in found.faults)


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("part", range(1, 10))
def test_bytes_overwritten_anywhere_behind_the_first_page_are_seen(path: Path, part: int) -> None:
    whole = content(path)
    at = len(whole) * part // 10 // 4096 * 4096
    write(path, whole[:at] + bytes(range(256)) * 16 + whole[at + 4096 :])
    assert content(path) != whole
    assert verify_file(path).verdict is Verdict.TAMPERED


@pytest.mark.usefixtures("kept")
def test_a_file_cut_off_in_the_middle_is_seen(path: Path) -> None:
    whole = content(path)
    write(path, whole[: len(whole) // 2])
    assert verify_file(path).verdict is Verdict.TAMPERED


async def test_the_first_faults_are_spelled_out_and_the_others_counted(path: Path) -> None:
    store = await SqliteStore.open(path)
    for _ in range(MOST_FAULTS + 5):
        await store.record(an_entry())
    await store.close()
    put(path, [SealedEntry(each.seq, each.body.replace("Mira", "Ole"), each.hash) for each in entries_in(path)])
    found = verify_file(path)
    assert len(found.faults) == MOST_FAULTS + 1
    assert found.faults[-1] == "5 more faults"


async def test_an_empty_trail_is_sound(path: Path) -> None:
    store = await SqliteStore.open(path)
    await store.close()
    found = verify_file(path)
    assert (found.verdict, found.entries, found.head, found.faults) == (Verdict.SOUND, 0, EMPTY, ())


async def test_the_head_and_the_number_of_entries_are_those_of_the_running_bot(
    on_disk: SqliteStore, path: Path
) -> None:
    for expected in range(1, 4):
        receipt = await on_disk.record(an_entry())
        found = verify_file(path)
        assert (found.verdict, found.entries, found.head) == (Verdict.SOUND, expected, receipt)


def test_nothing_can_be_told_of_a_file_that_is_not_there(path: Path) -> None:
    found = verify_file(path)
    assert (found.verdict, found.entries, found.head) == (Verdict.CANNOT_TELL, 0, EMPTY)
    assert found.faults == (f"The file {path} cannot be used: its file cannot be opened.",)
    assert names_in(path.parent) == set()


@pytest.mark.parametrize("content", [b"", b"no database", b"no database at all, at length. " * 100])
def test_nothing_can_be_told_of_a_file_that_is_no_database(path: Path, content: bytes) -> None:
    write(path, content)
    assert verify_file(path).verdict is Verdict.CANNOT_TELL


def test_nothing_can_be_told_of_another_database(path: Path) -> None:
    change(path, "CREATE TABLE orders (id INTEGER)")
    found = verify_file(path)
    assert (found.verdict, found.faults) == (Verdict.CANNOT_TELL, (f"The file {path} holds no trail of this bot.",))


async def test_nothing_can_be_told_of_a_file_that_another_program_has_for_itself(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.connection.BUSY_TIMEOUT", 0)
    store = await SqliteStore.open(path)
    await store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        assert verify_file(path).verdict is Verdict.CANNOT_TELL


def test_nothing_can_be_told_when_the_disk_fails_in_the_middle(path: Path, kept: list[Receipt]) -> None:
    def disk_failure() -> Iterator[Receipt]:
        yield kept[0]
        failure = sqlite3.OperationalError("disk I/O error")
        failure.sqlite_errorname = "SQLITE_IOERR_READ"
        raise failure

    found = verify_file(path, noted=disk_failure())
    assert (found.verdict, found.faults) == (
        Verdict.CANNOT_TELL,
        (f"The file {path} cannot be used: its disk reports a fault.",),
    )
