"""Checkpoints given to programs: honest, silent, talkative, slow and missing ones."""

import asyncio
import logging
import os
import sys
from pathlib import Path

import pytest

from bot.anchors.command import CommandAnchor
from bot.domain.errors import AnchorUnavailable
from bot.domain.redaction import REMOVED
from bot.ports import Anchor
from tests.anchors.values import CHECKPOINT


def python(code: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", code, *map(str, arguments)]


async def failure(anchor: Anchor) -> AnchorUnavailable:
    with pytest.raises(AnchorUnavailable) as caught:
        await anchor.note(CHECKPOINT)
    return caught.value


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


async def test_the_line_comes_in_on_standard_input(tmp_path: Path) -> None:
    anchor: Anchor = CommandAnchor(["tee", "-a", str(tmp_path / "noted")])
    await anchor.note(CHECKPOINT)
    await anchor.note(CHECKPOINT)
    assert (tmp_path / "noted").read_text() == f"{CHECKPOINT}\n" * 2


async def test_words_are_taken_as_they_are_and_no_shell_looks_at_them(tmp_path: Path) -> None:
    await CommandAnchor(["touch", str(tmp_path / "a; b $HOME *")]).note(CHECKPOINT)
    assert [each.name for each in tmp_path.iterdir()] == ["a; b $HOME *"]


async def test_the_program_sees_nothing_of_the_bot_s_environment_but_three_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATATURE_VI_SECRET_KEY", "dtvi_secret")
    monkeypatch.setenv("HOME", "/home/bot")
    monkeypatch.delenv("LANG", raising=False)
    await CommandAnchor(["sh", "-c", f"env > {tmp_path / 'seen'}"]).note(CHECKPOINT)
    names = {line.partition("=")[0] for line in (tmp_path / "seen").read_text().splitlines()}
    # A shell adds PWD, SHLVL and _ of its own accord.
    assert names - {"PWD", "OLDPWD", "SHLVL", "_"} == {"PATH", "HOME"}


async def test_a_program_that_does_not_read_its_input_may_still_say_that_all_is_well() -> None:
    await CommandAnchor(["true"]).note(CHECKPOINT)


@pytest.mark.parametrize(
    ("words", "name", "reason"),
    [
        (["sh", "-c", "exit 3", "password"], "sh", "it ended with exit code 3"),
        (["sh", "-c", "kill -9 $$"], "sh", "it was ended by signal 9"),
        (["/nowhere/stamp", "password"], "stamp", "it could not be started: No such file or directory"),
        (["/etc/passwd"], "passwd", "it could not be started: Permission denied"),
    ],
)
async def test_a_failure_names_the_program_without_its_arguments(words: list[str], name: str, reason: str) -> None:
    error = await failure(CommandAnchor(words))
    assert error.sentence == f"The checkpoint was not noted by the program {name}: {reason}."
    assert error.advice


async def test_what_the_program_said_is_in_the_log_only_and_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    code = "import sys; print('key dtvi_abcdef\\nrefused\\x1b[2J', file=sys.stderr, flush=True); sys.exit(1)"
    error = await failure(CommandAnchor(python(code)))
    assert "refused" not in error.sentence + error.advice
    assert f"it said: key {REMOVED} refused[2J" in caplog.text
    assert "dtvi_" not in caplog.text


async def test_a_program_that_says_nothing_is_logged_as_that(caplog: pytest.LogCaptureFixture) -> None:
    await failure(CommandAnchor(["false"]))
    assert "it said: nothing" in caplog.text


async def test_a_program_that_says_too_much_is_heard_out_and_its_beginning_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    code = "import sys; print('begin' + 'x' * 1_000_000, flush=True); sys.exit(1)"
    assert "exit code 1" in (await failure(CommandAnchor(python(code)))).sentence
    (record,) = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert "said: beginxxx" in record.getMessage()
    assert len(record.getMessage()) < 2_200


async def test_what_a_program_leaves_running_is_not_waited_for(pipe: Path) -> None:
    # What stays behind has the program's standard output, and ends when the test does.
    code = """
import os, sys
if os.fork() == 0:
    open(sys.argv[1], "w").close()
    os._exit(0)
"""
    await CommandAnchor(python(code, pipe)).note(CHECKPOINT)
    assert await asyncio.to_thread(pipe.read_text) == ""


async def test_a_program_that_takes_too_long_is_stopped() -> None:
    # It returns only since the program was killed: the bot waits until it is gone.
    error = await failure(CommandAnchor(["sleep", "3600"], time_limit=0.05))
    assert "it did not end within 0.05 s and was stopped" in error.sentence


async def test_a_program_is_killed_with_all_that_it_started_when_the_bot_stops_waiting(pipe: Path) -> None:
    code = """
import os, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pipe = open(sys.argv[1], "w")
if os.fork():
    print(os.getpid(), file=pipe, flush=True)
signal.pause()
"""
    noting = asyncio.create_task(CommandAnchor(python(code, pipe)).note(CHECKPOINT))
    with await asyncio.to_thread(pipe.open) as running:
        program = int(await asyncio.to_thread(running.readline))
        noting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await noting
        # The end of the file comes when nobody has it open any more.
        assert await asyncio.to_thread(running.read) == ""
    with pytest.raises(ProcessLookupError):
        os.kill(program, 0)
