"""A trail goes on in a new file, and the old one is closed for good.

Entries are never deleted: whoever wants to keep less removes whole old files. The new file begins after the newest
entry of the old one (its base), so each verifies by itself and all of them in sequence. At every moment there is a file
to open under the old name, and breaking off anywhere leaves one that goes on.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from bot.domain.audit import AuditEntry, Receipt, content_of
from bot.domain.errors import StoreUnavailable
from bot.store import trail
from bot.store.checks import Progress
from bot.store.connection import only_process, prepared, reading, sync_folder
from bot.store.driver import sqlite3
from bot.store.failures import unavailable
from bot.store.verification import Verdict, Verification, verify_file


@dataclass(frozen=True, slots=True)
class Rotation:
    """What came of a rotation.

    Attributes:
        base: the newest entry of the old file, after which the new one begins: worth noting elsewhere.
        archive: where the old file is now; it may only be read.
    """

    base: Receipt
    archive: Path


def rotate(path: Path, entry: Callable[[Receipt, str], AuditEntry], *, progress: Progress | None = None) -> Rotation:
    """Let the trail go on in a new file under the same name; the old one is named after its entries.

    Snapshots and their checks, questions, locks and the newest checkpoint go along.

    Args:
        path: the database, which no process of the bot may be using.
        entry: gives the first entry of the new file, from its base and the name of the archive.
        progress: is told how far the verification of the old file has come.

    Raises:
        StoreUnavailable: a bot is running, the file does not verify, has no entries, or has operations whose end is not
            known; or the disk refused. The trail goes on as before, and this can be tried again.
    """
    path = path.resolve()
    try:
        with only_process(path):
            old = _verified(path, progress)
            archive = path.with_name(f"{path.stem}.{old.base.seq + 1}-{old.head.seq}{path.suffix}")
            _require_settled(path)
            new = _make_new(path, old.head, entry(old.head, archive.name))
            _close_down(path)
            _link(path, archive)
            _put_in_place(new, path)
            archive.chmod(0o400)
    except (sqlite3.Error, OSError) as error:
        raise unavailable(error, f"The database {path}") from error
    return Rotation(old.head, archive)


def needs_rotation(path: Path, *, larger_than: int | None, older_than: timedelta | None, now: datetime) -> bool:
    """Whether a file has grown, or its first entry is, beyond a limit. A file without entries needs none.

    Args:
        path: the database; it is not changed.
        larger_than: bytes, with the log beside it. What goes along counts too: choose it well above the snapshots.
        older_than: the age of the first entry.
        now: the present moment.

    Raises:
        StoreUnavailable: the file cannot be read.
    """
    try:
        with reading(path) as database:
            first = trail.after(database.connection, 0, 1)
        files = (path, Path(f"{path}-wal"))
        size = sum(file.stat().st_size for file in files if file.exists())
        times = [content_of(each).at for each in first]
    except (sqlite3.Error, OSError, ValueError) as error:
        raise unavailable(error, f"The database {path}") from error
    too_large = larger_than is not None and size > larger_than
    return any(too_large or (older_than is not None and now - at > older_than) for at in times)


def _verified(path: Path, progress: Progress | None) -> Verification:
    found = verify_file(path, progress=progress)
    if found.verdict is not Verdict.SOUND:
        raise StoreUnavailable(
            f"The database {path} does not verify: {found.faults[0]}.",
            "Keep the file as it is, and find out what happened before the trail goes on in another one.",
        )
    if not found.entries:
        raise StoreUnavailable(f"The trail in {path} has no entries.", "There is nothing to rotate yet.")
    return found


def _require_settled(path: Path) -> None:
    with prepared(path) as connection:  # brings an older file up to this version, too
        waiting = trail.open_operations(connection)
    if waiting:
        raise StoreUnavailable(
            f"The end of {len(waiting)} operations is not known yet, the oldest of entry #{waiting[0].seq}.",
            "Start the bot, which settles them by asking the platform; then stop it and rotate again.",
        )


_CARRIED = (
    "INSERT INTO snapshot SELECT * FROM old.snapshot ORDER BY rowid",
    "INSERT INTO backup_check SELECT * FROM old.backup_check ORDER BY id",
    "INSERT INTO question SELECT * FROM old.question ORDER BY rowid",
    "INSERT INTO lock SELECT * FROM old.lock ORDER BY rowid",
    "INSERT INTO checkpoint SELECT * FROM old.checkpoint ORDER BY id DESC LIMIT 1",
)


def _make_new(path: Path, base: Receipt, first: AuditEntry) -> Path:
    new = path.with_name(f"{path.name}.new")
    for suffix in ("", "-wal", "-shm", "-journal"):  # of an attempt that broke off
        Path(f"{new}{suffix}").unlink(missing_ok=True)
    with prepared(new) as connection:
        connection.execute("ATTACH ? AS old", (f"{path.as_uri()}?mode=ro",))
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO audit_base (seq, hash) VALUES (?, ?)", (base.seq, base.hash))
        for statement in _CARRIED:
            connection.execute(statement)
        trail.append(connection, first)
        connection.execute("COMMIT")
        connection.execute("DETACH old")
        _into_one_file(connection)
    found = verify_file(new)
    if (found.verdict, found.base) != (Verdict.SOUND, base):
        raise StoreUnavailable(
            f"The new file beside {path} does not verify: {'; '.join(found.faults[:1])}.",
            "Look at the disk. The trail goes on in the old file.",
        )
    return new


def _close_down(path: Path) -> None:
    with prepared(path) as connection:
        _into_one_file(connection)


def _into_one_file(connection: sqlite3.Connection) -> None:
    connection.execute("PRAGMA journal_mode = DELETE")  # refused while anybody else has the file open


def _link(path: Path, archive: Path) -> None:
    """Give the old file its second name, in place of the one that an attempt may have left."""
    name_of_archive = re.compile(rf"{re.escape(path.stem)}\.[0-9]+-[0-9]+{re.escape(path.suffix)}")
    for file in path.parent.iterdir():
        if name_of_archive.fullmatch(file.name) and file.samefile(path):
            file.unlink()
    os.link(path, archive)
    sync_folder(path.parent)


def _put_in_place(new: Path, path: Path) -> None:
    new.replace(path)
    sync_folder(path.parent)
