"""Rotated files of one trail, verified one after the other: each by itself, and that none is missing or another."""

import shutil
from pathlib import Path

import pytest

from bot.domain.audit import EMPTY, Receipt
from bot.store.rotation import rotate
from bot.store.verification import Verdict, verify_file, verify_files
from tests.store.rotating import append, the_first
from tests.store.tampering import NO_TRIGGERS, another_schema, edit_a_body, entries_in, put


@pytest.fixture
async def files(path: Path, receipts: list[Receipt]) -> list[Path]:
    """#1-3, #4-6, and #7 on; `receipts` has all of them."""
    archives = [rotate(path, the_first).archive]
    receipts += [entries_in(path)[0].receipt, *await append(path, 2)]
    archives.append(rotate(path, the_first).archive)
    receipts += [entries_in(path)[0].receipt, *await append(path, 1)]
    return [*archives, path]


def test_three_files_are_sound_in_sequence_in_whatever_order_they_are_named(
    files: list[Path], receipts: list[Receipt]
) -> None:
    assert [file.name for file in files] == ["vi.1-3.db", "vi.4-6.db", "vi.db"]
    for order in (files, files[::-1]):
        found = verify_files(order, noted=receipts)
        assert (found.verdict, found.faults, found.warnings) == (Verdict.SOUND, (), ())
        assert (found.entries, found.base, found.head) == (8, EMPTY, receipts[-1])


def test_a_later_file_alone_says_after_which_receipt_it_begins(files: list[Path], receipts: list[Receipt]) -> None:
    for found in (verify_file(files[2], noted=receipts), verify_files(files[2:], noted=receipts)):
        assert (found.verdict, found.faults, found.base) == (Verdict.SOUND, (), receipts[5])
        assert found.warnings == tuple(
            f"receipt #{seq} was not compared: this file begins after #6" for seq in range(1, 6)
        )
    assert verify_files(files[1:], noted=receipts[2:]).warnings == ()


def test_a_base_is_compared_with_a_receipt_noted_elsewhere(files: list[Path]) -> None:
    found = verify_file(files[2], noted=[Receipt(6, "0" * 64)])
    assert found.faults == ("entry #6 is not the one whose receipt was noted elsewhere",)


def test_a_file_that_is_missing_between_two_others_is_seen(files: list[Path], receipts: list[Receipt]) -> None:
    found = verify_files([files[0], files[2]])
    assert found.verdict is Verdict.TAMPERED
    assert found.faults == (f"vi.db begins after {receipts[5]}, where vi.1-3.db ends with {receipts[2]}",)


def test_another_file_in_the_place_of_one_is_seen_though_it_is_sound(files: list[Path], tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    shutil.copy(files[0], other)
    other.chmod(0o600)
    put(other, entries_in(other)[:2])
    assert verify_file(other).verdict is Verdict.SOUND
    assert verify_files([other, *files[1:]]).verdict is Verdict.TAMPERED


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_fault_in_any_file_is_seen_and_the_file_named(files: list[Path], number: int) -> None:
    file = files[number]
    file.chmod(0o600)
    with another_schema(file, NO_TRIGGERS) as connection:
        connection.execute("UPDATE audit_event SET body = replace(body, 'Mira', 'Ole') WHERE seq % 3 = 1")
    found = verify_files(files)
    assert found.verdict is Verdict.TAMPERED
    assert f"{file.name}: entry #{3 * number + 1} was changed: its text does not have its hash" in found.faults


def test_receipts_are_looked_for_in_the_file_where_they_lie(files: list[Path], receipts: list[Receipt]) -> None:
    for seq in range(1, 9):
        others = Receipt(seq, "0" * 64)
        fault = f"entry #{seq} is not the one whose receipt was noted elsewhere"
        assert [each.split(": ", 1)[1] for each in verify_files(files, noted=[*receipts, others]).faults] == [fault]
    gone = verify_files(files, noted=[Receipt(9, "0" * 64)])
    assert gone.faults == ("vi.db: entry #9 is gone: its receipt was noted elsewhere",)


def test_of_a_file_that_cannot_be_read_nothing_can_be_told(files: list[Path]) -> None:
    missing = files[0].with_name("missing.db")
    found = verify_files([*files, missing])
    assert found.verdict is Verdict.CANNOT_TELL
    assert found.faults == (f"missing.db: The file {missing} cannot be used: its file cannot be opened.",)
    files[1].chmod(0o600)
    put(files[1], edit_a_body(entries_in(files[1])))
    assert verify_files([*files, missing]).verdict is Verdict.TAMPERED


def test_progress_goes_on_from_file_to_file(files: list[Path]) -> None:
    told: list[tuple[int, int]] = []
    verify_files(files, progress=lambda *how_far: told.append(how_far))
    assert told == [(3, 8), (6, 8), (8, 8)]


def test_a_base_that_was_changed_is_seen(files: list[Path]) -> None:
    with another_schema(files[2], NO_TRIGGERS) as connection:
        connection.execute("UPDATE audit_base SET hash = ?", ("0" * 64,))
    assert "entry #7 does not follow the one before it" in verify_file(files[2]).faults
    with another_schema(files[2], NO_TRIGGERS) as connection:
        connection.execute("DELETE FROM audit_base")
    assert "entry #7 stands where #1 belongs" in verify_file(files[2]).faults
