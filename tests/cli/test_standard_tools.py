"""The script of docs/audit.md, which verifies an export without anything of this project."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.domain.audit import Receipt
from tests.cli.commands import entry, run, write

pytestmark = pytest.mark.skipif(shutil.which("jq") is None, reason="the script needs jq")

DOCUMENT = Path(__file__).parents[2] / "docs" / "audit.md"
Lines = list[bytes]


@pytest.fixture
def script(folder: Path) -> Path:
    section = DOCUMENT.read_text().split("## Verify it with standard tools\n")[1]
    block = re.search(r"```bash\n(.*?)```", section, re.DOTALL)
    assert block is not None
    path = folder / "verify.sh"
    path.write_text(block[1])
    return path


@pytest.fixture
def receipts() -> list[Receipt]:
    """Of six entries with texts that could stumble over, in trail.jsonl."""
    reasons = ["old", "  two  spaces ", 'quote " and \\ and $(rm)', "Straße\u2028 🚧", "*", "\n\t\x00"]
    receipts = write(*(entry(number, details={"reason": reason}) for number, reason in enumerate(reasons)))
    assert run("audit", "export", "--format", "jsonl", "--output", "trail.jsonl")[0] == 0
    return receipts


def verify(script: Path, *arguments: str) -> tuple[int, str]:
    command = ["bash", str(script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout


def test_the_script_is_as_short_as_is_said(script: Path) -> None:
    assert len(script.read_text().splitlines()) == 10


def test_a_sound_export_is_verified_as_far_as_its_newest_hash(script: Path, receipts: list[Receipt]) -> None:
    assert verify(script, "trail.jsonl") == (0, f"sound up to #6 · {receipts[-1].hash}\n")


def edit_a_line(lines: Lines) -> Lines:
    return [*lines[:2], lines[2].replace(b"U1", b"U9"), *lines[3:]]


def put_a_zero_byte_into_a_line(lines: Lines) -> Lines:
    return [*lines[:2], lines[2].replace(b"U1", b"U\x001"), *lines[3:]]


def remove_a_line(lines: Lines) -> Lines:
    return lines[:2] + lines[3:]


def remove_the_first_line(lines: Lines) -> Lines:
    return lines[1:]


def swap_two_lines(lines: Lines) -> Lines:
    return [*lines[:2], lines[3], lines[2], *lines[4:]]


def write_a_line_twice(lines: Lines) -> Lines:
    return [*lines[:3], *lines[2:]]


def put_two_lines_on_one(lines: Lines) -> Lines:
    return [*lines[:2], lines[2].rstrip() + lines[3], *lines[4:]]


def cut_the_last_line_short(lines: Lines) -> Lines:
    return [*lines[:-1], lines[-1][:-9]]


def add_a_line_that_is_none(lines: Lines) -> Lines:
    return [*lines, b"{\n"]


def give_the_last_line_another_number(lines: Lines) -> Lines:
    return [*lines[:-1], lines[-1].replace(b'"seq":6', b'"seq":7')]


def leave_nothing(_lines: Lines) -> Lines:
    return []


ACTS = [
    edit_a_line,
    put_a_zero_byte_into_a_line,
    remove_a_line,
    remove_the_first_line,
    swap_two_lines,
    write_a_line_twice,
    put_two_lines_on_one,
    cut_the_last_line_short,
    add_a_line_that_is_none,
    give_the_last_line_another_number,
    leave_nothing,
]


@pytest.mark.usefixtures("receipts")
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_this_is_seen(script: Path, act: Callable[[Lines], Lines]) -> None:
    path = Path("trail.jsonl")
    path.write_bytes(b"".join(act(path.read_bytes().splitlines(keepends=True))))
    code, said = verify(script, "trail.jsonl")
    assert (code != 0, said) == (True, "")


@pytest.mark.usefixtures("receipts")
def test_a_file_that_is_not_there_is_not_sound(script: Path) -> None:
    assert verify(script, "nowhere.jsonl")[0] != 0


def test_an_export_that_begins_later_is_verified_from_the_hash_before_it(script: Path, receipts: list[Receipt]) -> None:
    assert run("audit", "export", "--format", "jsonl", "--from", "3", "--output", "later.jsonl")[0] == 0
    expected = (0, f"sound up to #6 · {receipts[-1].hash}\n")
    assert verify(script, "later.jsonl", "2", receipts[1].hash) == expected
    assert verify(script, "later.jsonl", "2", receipts[0].hash)[0] != 0
    assert verify(script, "later.jsonl")[0] != 0


def test_a_last_line_without_its_end_counts(script: Path, receipts: list[Receipt]) -> None:
    path = Path("trail.jsonl")
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))
    assert verify(script, "trail.jsonl") == (0, f"sound up to #6 · {receipts[-1].hash}\n")


def test_an_edited_last_line_shows_only_by_its_hash(script: Path, receipts: list[Receipt]) -> None:
    path = Path("trail.jsonl")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([*lines[:-1], lines[-1].replace(b"U1", b"U9")]))
    code, said = verify(script, "trail.jsonl")
    assert code == 0
    assert receipts[-1].hash not in said
