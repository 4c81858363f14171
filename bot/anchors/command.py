"""Checkpoints given to a program of the operator's choice: one that mails them, or stamps or commits them."""

import asyncio
import logging
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bot.domain.checkpoint import Checkpoint
from bot.domain.errors import AnchorUnavailable
from bot.domain.redaction import without_secrets
from bot.domain.text import shown

_LOG = logging.getLogger(__name__)

_INHERITED = ("PATH", "HOME", "LANG")
_MOST_OUTPUT = 2_000  # bytes that are logged
_PIPE_SIZE = 65_536
_ADVICE = "What the program said stands in the bot's log. Try it by hand with a line on its standard input."


class CommandAnchor:
    """`bot.ports.Anchor` as a program that gets the checkpoint, one line, on its standard input.

    It is started without a shell and sees nothing of the bot's environment but `PATH`, `HOME` and `LANG`, so none of
    its secrets. Exit code 0 means that it noted the checkpoint. When the time is over, or the bot ends, it is killed
    together with whatever it has started.
    """

    def __init__(self, words: Sequence[str], time_limit: float = 30) -> None:
        self._words = tuple(words)
        self._time_limit = time_limit

    @property
    def name(self) -> str:
        """What people call the place; arguments are left out, since they may hold a password."""
        return f"the program {Path(self._words[0]).name}"

    async def note(self, checkpoint: Checkpoint) -> None:
        """Give a checkpoint to the program.

        Raises:
            AnchorUnavailable: it could not be started, did not end in time, or ended with another exit code than 0.
        """
        with _collected_output() as output:
            fault = await self._run(f"{checkpoint}\n", output)
        if fault:
            said = shown(without_secrets(output.text)) or "nothing"
            _LOG.warning("%s: %s; it said: %s", self.name, fault, said)
            raise AnchorUnavailable(f"The checkpoint was not noted by {self.name}: {fault}.", _ADVICE)

    async def _run(self, line: str, output: "_Output") -> str:
        """What went wrong, or empty."""
        try:
            with _readable(line.encode()) as given:
                process = await asyncio.create_subprocess_exec(
                    *self._words,
                    stdin=given,
                    stdout=output.write_end,
                    stderr=output.write_end,
                    env={name: os.environ[name] for name in _INHERITED if name in os.environ},
                    start_new_session=True,
                )
        except OSError as error:
            return f"it could not be started: {error.strerror}"
        try:
            async with asyncio.timeout(self._time_limit):
                code = await process.wait()
        except TimeoutError:
            return f"it did not end within {self._time_limit:g} s and was stopped"
        finally:
            await _end(process)
        if code < 0:
            return f"it was ended by signal {-code}"
        return f"it ended with exit code {code}" if code else ""


@dataclass(slots=True)
class _Output:
    """The beginning of what a program says; the rest is read and dropped, so that it never waits for us."""

    write_end: int
    _bytes: bytearray = field(default_factory=bytearray)

    @property
    def text(self) -> str:
        return self._bytes.decode(errors="replace")

    def read(self, read_end: int) -> None:
        # Once a call, though more may stand there: who never stops talking must not keep the event loop.
        with suppress(BlockingIOError):
            self._bytes += os.read(read_end, _PIPE_SIZE)[: _MOST_OUTPUT - len(self._bytes)]


@contextmanager
def _collected_output() -> Iterator[_Output]:
    # A pipe of our own: asyncio's would keep `wait` from returning for as long as something that the program left
    # behind holds it open (CPython #119710).
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    output = _Output(write_end)
    loop = asyncio.get_running_loop()
    loop.add_reader(read_end, output.read, read_end)
    try:
        yield output
    finally:
        loop.remove_reader(read_end)
        output.read(read_end)
        os.close(read_end)
        os.close(write_end)


@contextmanager
def _readable(content: bytes) -> Iterator[int]:
    """A pipe in which this stands, which is much less than it holds; closed once the program has inherited it."""
    read_end, write_end = os.pipe()
    try:
        os.write(write_end, content)
    finally:
        os.close(write_end)
    try:
        yield read_end
    finally:
        os.close(read_end)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill a program that has not ended, and what it has started, and wait until it is gone."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
