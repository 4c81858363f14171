"""Checkpoints at the end of a file."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.anchors.file import FileAnchor
from bot.domain.checkpoint import checkpoints_in
from bot.domain.errors import AnchorUnavailable
from bot.ports import Anchor
from tests.anchors.values import CHECKPOINT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "checkpoints"


async def failure(anchor: Anchor) -> AnchorUnavailable:
    with pytest.raises(AnchorUnavailable) as caught:
        await anchor.note(CHECKPOINT)
    return caught.value


async def test_lines_are_added_to_a_file_that_only_its_owner_may_read(path: Path) -> None:
    anchor: Anchor = FileAnchor(path)
    await anchor.note(CHECKPOINT)
    await anchor.note(CHECKPOINT)
    assert path.read_text() == f"{CHECKPOINT}\n" * 2
    assert path.stat().st_mode & 0o777 == 0o600


async def test_what_stands_in_the_file_and_who_may_read_it_stay_as_they_are(path: Path) -> None:
    path.write_text("vi-ops-checkpoint acme-vision #12 · 3f9a")
    path.chmod(0o644)
    await FileAnchor(path).note(CHECKPOINT)
    assert path.read_text() == f"vi-ops-checkpoint acme-vision #12 · 3f9a{CHECKPOINT}\n"
    assert list(checkpoints_in(path.read_text())) == [CHECKPOINT]
    assert path.stat().st_mode & 0o777 == 0o644


async def test_the_line_and_the_new_file_s_name_are_on_the_disk_before_it_is_called_noted(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    fsync = os.fsync

    def note(file: int) -> None:
        synced.append(os.fstat(file).st_ino)
        fsync(file)

    monkeypatch.setattr(os, "fsync", note)
    await FileAnchor(path).note(CHECKPOINT)
    await FileAnchor(path).note(CHECKPOINT)
    line, name = path.stat().st_ino, path.parent.stat().st_ino
    assert synced == [line, name, line]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.mkdir(), "Is a directory"),
        (lambda path: path.symlink_to("/nowhere/at/all"), "No such file or directory"),
        (os.mkfifo, "No such device or address"),
        (lambda path: path.symlink_to("/dev/null"), "it is not an ordinary file"),
        (lambda path: path.symlink_to("/dev/full"), "it is not an ordinary file"),
    ],
)
async def test_a_place_that_cannot_be_written_to_is_named_with_the_reason(
    path: Path, make: Callable[[Path], None], reason: str
) -> None:
    make(path)
    error = await failure(FileAnchor(path))
    assert error.sentence == f"The checkpoint could not be written to the file {path}: {reason}."
    assert error.advice


async def test_a_path_that_is_none_is_said(tmp_path: Path) -> None:
    assert "null byte" in (await failure(FileAnchor(tmp_path / "check\0points"))).sentence


async def test_a_full_disk_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, line: write(file, line[:20]))
    assert "only a part of the line" in (await failure(FileAnchor(path))).sentence
    monkeypatch.undo()
    await FileAnchor(path).note(CHECKPOINT)
    assert list(checkpoints_in(path.read_text())) == [CHECKPOINT]


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A disk that answers no sync before this is set."""
    answers = threading.Event()
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (answers.wait(), fsync(file))[1])
    yield answers
    answers.set()


async def test_a_disk_that_hangs_is_given_up_and_keeps_one_thread(path: Path, hanging: threading.Event) -> None:
    anchor = FileAnchor(path, time_limit=0.05)
    before = set(threading.enumerate())
    assert "the disk did not answer within 0.05 s" in (await failure(anchor)).sentence
    assert "has not answered since the last checkpoint" in (await failure(anchor)).sentence
    (writer,) = [each for each in set(threading.enumerate()) - before if each.name == "vi-ops-file-anchor"]
    hanging.set()
    writer.join()
    anchor._time_limit = 30  # the time of a hanging disk is too short for one that is only slow
    await anchor.note(CHECKPOINT)
    assert path.read_text() == f"{CHECKPOINT}\n" * 2
