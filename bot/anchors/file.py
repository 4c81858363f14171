"""Checkpoints in a file: on another machine's disk, or one that the bot's user may only append to (`chattr +a`)."""

import asyncio
import os
import stat
from concurrent.futures import Future
from pathlib import Path
from threading import Thread

from bot.domain.checkpoint import Checkpoint
from bot.domain.errors import AnchorUnavailable

_MODE = 0o600
_ADVICE = "Check that the bot's user may append to it and that its disk has room."


class FileAnchor:
    """`bot.ports.Anchor` as one line a checkpoint at the end of a file, which is made where there is none.

    What stands in the file is never changed. A line that was cut off by a full disk is left there as it is;
    `checkpoints_in` passes it over.

    A disk that hangs, as a network disk may, keeps one thread and no more: until it answers, nothing else is tried.
    """

    def __init__(self, path: Path, *, time_limit: float = 30) -> None:
        self._path = path
        self._time_limit = time_limit
        self._last_write: Future[str] | None = None

    @property
    def name(self) -> str:
        """What people call the place."""
        return f"the file {self._path}"

    async def note(self, checkpoint: Checkpoint) -> None:
        """Append a checkpoint; on the disk when this returns.

        Raises:
            AnchorUnavailable: it was not, or may not have been, written.
        """
        if self._last_write is not None and not self._last_write.done():
            raise self._unavailable("the disk has not answered since the last checkpoint")
        self._last_write = Future()
        # Under way from here on: who stops waiting for it cannot cancel it, and it stays known as not done.
        self._last_write.set_running_or_notify_cancel()
        # A daemon, unlike the threads of an executor: a disk that hangs must not keep the bot from ending.
        work = (self._path, f"{checkpoint}\n", self._last_write)
        Thread(target=_append, args=work, name="vi-ops-file-anchor", daemon=True).start()
        try:
            async with asyncio.timeout(self._time_limit):
                fault = await asyncio.wrap_future(self._last_write)
        except TimeoutError:
            raise self._unavailable(f"the disk did not answer within {self._time_limit:g} s") from None
        if fault:
            raise self._unavailable(fault)

    def _unavailable(self, reason: str) -> AnchorUnavailable:
        return AnchorUnavailable(f"The checkpoint could not be written to {self.name}: {reason}.", _ADVICE)


def _append(path: Path, line: str, result: Future[str]) -> None:
    """Append a line; the result is what went wrong, or empty."""
    try:
        result.set_result(_appended(path, line.encode()))
    except (OSError, ValueError) as error:
        result.set_result(getattr(error, "strerror", None) or str(error))


def _appended(path: Path, line: bytes) -> str:
    is_new = not path.exists()
    # Without waiting: a pipe that nobody reads would keep the thread for ever.
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, _MODE)
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            return "it is not an ordinary file"
        # One call: lines of two bots that share the file do not mix.
        if os.write(file, line) < len(line):
            return "only a part of the line was written"
        os.fsync(file)
    finally:
        os.close(file)
    if is_new:
        _sync_folder(path.parent)
    return ""


def _sync_folder(path: Path) -> None:
    """Make a new file's name durable, too."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
