"""An exported file of JSON Lines, verified by itself."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.audit import EMPTY, GENESIS, Receipt
from bot.store.checks import MOST_FAULTS
from bot.store.verification import Verdict, verify_lines
from tests.store.files import content, write
from tests.store.tampering import entries_in

Lines = list[bytes]


@pytest.fixture
def export(path: Path, kept: list[Receipt]) -> Path:
    assert kept
    lines = path.with_name("export.jsonl")
    write(lines, b"".join(entry.body.encode() + b"\n" for entry in entries_in(path)))
    return lines


def change_lines(export: Path, act: Callable[[Lines], Lines]) -> None:
    write(export, b"".join(act(content(export).splitlines(keepends=True))))


def test_a_whole_export_is_sound(export: Path, kept: list[Receipt]) -> None:
    found = verify_lines(export, noted=[*kept, Receipt(3, kept[2].hash[:16])])
    assert (found.verdict, found.entries, found.head, found.base) == (Verdict.SOUND, 7, kept[-1], EMPTY)
    assert (found.faults, found.warnings) == ((), ())


def test_an_export_that_begins_later_says_after_which_receipt(export: Path, kept: list[Receipt]) -> None:
    change_lines(export, lambda lines: lines[3:])
    found = verify_lines(export, noted=[kept[2], kept[4]])
    assert (found.verdict, found.entries, found.head, found.base) == (Verdict.SOUND, 4, kept[-1], kept[2])
    earlier = verify_lines(export, noted=[kept[0]])
    assert earlier.verdict is Verdict.SOUND
    assert earlier.warnings == ("receipt #1 was not compared: this file begins after #3",)
    other = verify_lines(export, noted=[Receipt(3, "0" * 64)])
    assert other.faults == ("entry #3 is not the one whose receipt was noted elsewhere",)


def test_the_line_end_that_the_last_line_lacks_is_no_fault(export: Path, kept: list[Receipt]) -> None:
    write(export, content(export).removesuffix(b"\n"))
    assert verify_lines(export).head == kept[-1]


SEEN: dict[str, tuple[Callable[[Lines], Lines], str]] = {
    "one edited": (
        lambda lines: [*lines[:2], lines[2].replace(b"Mira", b"Ole"), *lines[3:]],
        "entry #4 does not follow the one before it",
    ),
    "one left out": (lambda lines: lines[:2] + lines[3:], "entry #4 stands where #3 belongs"),
    "two swapped": (lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]], "entry #4 stands where #3 belongs"),
    "one doubled": (lambda lines: [*lines[:3], *lines[2:]], "entry #3 stands where #4 belongs"),
    "one torn": (
        lambda lines: [*lines[:2], lines[2][:50] + b"\n", *lines[3:]],
        "entry #3 is not an entry: its text cannot be read",
    ),
    "the last one torn": (lambda lines: [*lines[:-1], lines[-1][:50]], "entry #7 is not an entry"),
    "an empty line": (lambda lines: [*lines[:2], b"\n", *lines[2:]], "entry #3 is not an entry"),
    "other line ends": (
        lambda lines: [line.replace(b"\n", b"\r\n") for line in lines],
        "entry #2 does not follow the one before it",
    ),
    "bytes that are no text, in the newest": (
        lambda lines: [*lines[:-1], lines[-1].replace(b"Mira", b"Mir\xff")],
        "entry #7 was changed: its text does not have its hash",
    ),
    "the first one torn": (lambda lines: [lines[0][:50] + b"\n", *lines[1:]], "entry #1 is not an entry"),
    "a first one that names another before it": (
        lambda lines: [lines[0].replace(GENESIS.encode(), b"1" * 64), *lines[1:]],
        "entry #1 does not follow the one before it",
    ),
}


@pytest.mark.parametrize("name", SEEN)
def test_this_is_seen(export: Path, name: str) -> None:
    act, fault = SEEN[name]
    before = content(export)
    change_lines(export, act)
    assert content(export) != before
    found = verify_lines(export)
    assert found.verdict is Verdict.TAMPERED
    assert any(each.startswith(fault) for each in found.faults), found.faults


def test_an_end_cut_off_is_seen_with_a_receipt_noted_elsewhere(export: Path, kept: list[Receipt]) -> None:
    change_lines(export, lambda lines: lines[:-2])
    assert verify_lines(export).verdict is Verdict.SOUND
    assert verify_lines(export, noted=[kept[-1]]).faults == ("entry #7 is gone: its receipt was noted elsewhere",)


def test_progress_is_told_and_ends_with_all(export: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.verification.STEP", 3)
    told: list[tuple[int, int]] = []
    verify_lines(export, progress=lambda *how_far: told.append(how_far))
    assert told == [(3, 7), (6, 7), (7, 7)]


@pytest.mark.parametrize("text", [b"", b"\n", b"seq,ts\n1,noon\n" * MOST_FAULTS, b"\xff\xfe"])
def test_nothing_can_be_told_of_a_file_without_entries(tmp_path: Path, text: bytes) -> None:
    file = tmp_path / "export.csv"
    write(file, text)
    found = verify_lines(file)
    assert (found.verdict, found.faults) == (
        Verdict.CANNOT_TELL,
        (f"The file {file} holds no entries as JSON Lines.",),
    )


def test_nothing_can_be_told_of_a_file_that_is_not_there(tmp_path: Path) -> None:
    found = verify_lines(tmp_path / "missing")
    assert found.verdict is Verdict.CANNOT_TELL
    assert "No such file or directory" in found.faults[0]
