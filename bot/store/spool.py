"""A file beside the store, for entries that the store could not take: one line of JSON each."""

import asyncio
import json
import logging
import os
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BufferedRandom
from pathlib import Path
from typing import TypeVar

import rfc8785

from bot.domain.audit import AuditEntry, EntryId, clean, entry_of
from bot.domain.errors import StoreUnavailable
from bot.store.connection import sync_folder
from bot.store.failures import unavailable

TIME_LIMIT = 5.0
"""Seconds after which a call is answered with `StoreUnavailable`: a disk that hangs refuses, it does not stall."""

_LOG = logging.getLogger(__name__)
_RIGHTS = 0o600
_Result = TypeVar("_Result")


class FileSpool:
    """`bot.ports.Spool` in a file of JSON Lines: what `bot.domain.audit.clean` makes of each entry, so no secret.

    One thread does all its work, one job after the other. A caller that is told that the disk did not answer in time
    may find its entry kept all the same.

    A line that is no entry, as a power cut may leave, is passed over, told to the log each time that it is read,
    and stays where it is for a person to look at.
    """

    def __init__(self, path: Path, *, time_limit: float = TIME_LIMIT) -> None:
        self.path = path
        self._time_limit = time_limit
        self._thread = ThreadPoolExecutor(1, "vi-ops-spool")

    async def keep(self, entry: AuditEntry) -> None:
        """Keep an entry; on the disk when this returns.

        Raises:
            StoreUnavailable: it could not be written.
        """
        line = rfc8785.dumps(clean(entry)) + b"\n"
        await self._run(lambda: _append(self.path, line))

    async def entries(self) -> Sequence[AuditEntry]:
        """The entries that wait, oldest first.

        Raises:
            StoreUnavailable: they could not be read.
        """
        return await self._run(lambda: [entry for _, entry in _read(self.path) if entry])

    async def drop(self, ids: Collection[EntryId]) -> None:
        """Forget these entries: they are in the trail.

        Raises:
            StoreUnavailable: the file could not be written anew; then it is as it was.
        """
        await self._run(lambda: _drop(self.path, frozenset(ids)))

    async def _run(self, job: Callable[[], _Result]) -> _Result:
        try:
            async with asyncio.timeout(self._time_limit):
                return await asyncio.get_running_loop().run_in_executor(self._thread, job)
        except TimeoutError as error:
            raise StoreUnavailable(
                f"The file {self.path} did not answer within {self._time_limit:g} seconds.",
                "Try again; if it stays so, whoever runs the bot must look at its disk.",
            ) from error
        except OSError as error:
            raise unavailable(error, f"The file {self.path}") from error


def _append(path: Path, line: bytes) -> None:
    with os.fdopen(os.open(path, os.O_CREAT | os.O_RDWR | os.O_APPEND, _RIGHTS), "r+b") as file:
        # A power cut may have left the beginning of a line, which must not swallow this one.
        file.write(b"\n" + line if _is_torn(file) else line)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def _is_torn(file: BufferedRandom) -> bool:
    if not file.seek(0, os.SEEK_END):
        return False
    file.seek(-1, os.SEEK_END)
    return file.read(1) != b"\n"


def _drop(path: Path, ids: Collection[EntryId]) -> None:
    kept = [line for line, entry in _read(path) if entry is None or entry.id not in ids]
    anew = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(anew, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, _RIGHTS), "wb") as file:
        file.writelines(kept)
        file.flush()
        os.fsync(file.fileno())
    anew.replace(path)
    sync_folder(path.parent)


def _read(path: Path) -> list[tuple[bytes, AuditEntry | None]]:
    """Each line as it stands, and the entry in it; None where there is none."""
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except FileNotFoundError:
        return []
    return [(line, _entry_in(path, number, line)) for number, line in enumerate(lines, start=1)]


def _entry_in(path: Path, number: int, line: bytes) -> AuditEntry | None:
    try:
        return entry_of(json.loads(line))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        _LOG.warning("line %d of %s is not an entry and is passed over: %s", number, path, type(error).__name__)
        return None
