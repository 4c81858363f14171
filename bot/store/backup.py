"""A copy of the database file, made while the bot runs, that counts only once it verifies.

By SQLite's backup interface and not by `VACUUM INTO`: on a connection that may only read, SQLite (measured: 3.40.1)
refuses the latter for `audit_event`, and one that may write has no business beside the bot.
"""

import os
from contextlib import closing
from pathlib import Path
from tempfile import mkstemp

from bot.domain.audit import Receipt
from bot.domain.errors import StoreUnavailable
from bot.store.checks import Progress
from bot.store.connection import reading, sync_folder
from bot.store.driver import sqlite3
from bot.store.failures import unavailable
from bot.store.verification import Verdict, verify_file


def back_up_file(path: Path, destination: Path, *, progress: Progress | None = None) -> Receipt:
    """Copy a database file as it is at this moment, also while the bot runs. The newest entry in the copy.

    The copy is one file, for its owner alone and on the disk, and verifies. To restore it, stop the bot and put it in
    the place of the database, without the files `-wal` and `-shm` that stood beside the old one.

    Args:
        path: the file to copy; it is not changed.
        destination: where to; nothing may be there yet.
        progress: is told how far the verification of the copy has come.

    Raises:
        StoreUnavailable: there is something at the destination, a file cannot be read or written, or the copy does not
            verify. Then there is no copy.
    """
    if os.path.lexists(destination):
        raise StoreUnavailable(
            f"There is something at {destination} already.",
            "Name a file that is not there: a copy never takes the place of anything.",
        )
    try:
        handle, name = mkstemp(prefix=f"{destination.name}.", dir=destination.parent)  # for its owner alone
        os.close(handle)
        unfinished = Path(name)
        try:
            _copy(path, unfinished)
            head = _head_of_sound(unfinished, path, progress)
            _sync(unfinished)
            unfinished.rename(destination)
        finally:
            unfinished.unlink(missing_ok=True)
        sync_folder(destination.parent)
    except sqlite3.Error as error:
        raise unavailable(error, f"The database {path}") from error
    except OSError as error:
        raise unavailable(error, f"The copy {destination}") from error
    return head


def _copy(path: Path, copy: Path) -> None:
    with reading(path) as source, closing(sqlite3.connect(copy, isolation_level=None)) as target:
        source.connection.backup(target)  # in one step: one state of the file
        # The copy is one file, which can also be read where nothing can be written.
        target.execute("PRAGMA journal_mode = DELETE")


def _head_of_sound(copy: Path, path: Path, progress: Progress | None) -> Receipt:
    found = verify_file(copy, progress=progress)
    if found.verdict is not Verdict.SOUND:
        raise StoreUnavailable(
            f"The copy of {path} does not verify: {found.faults[0]}.",
            "Verify the database itself: most likely it has the same fault. There is no copy.",
        )
    return found.head


def _sync(file: Path) -> None:
    handle = os.open(file, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
