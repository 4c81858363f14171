"""A file of the store whose trail has many entries: made once, through the store's own connection, then kept."""

import hashlib
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from benchmarks import entries
from bot.domain.audit import EMPTY, SealedEntry, seal
from bot.store.connection import in_memory, writing
from bot.store.trail import merge_search

_IN_ONE_TRANSACTION = 20_000


def trail_file(folder: Path, rows: int) -> Path:
    """The file with so many entries in this folder, made where there is none of this schema and these entries.

    Files of that length which another version of the bot made are removed: each has gigabytes.
    """
    path = folder / f"trail-{rows}-{_version()}.db"
    if not path.exists():
        for old in folder.glob(f"trail-{rows}-*"):
            old.unlink()
        sys.stderr.write(f"Making a trail of {rows:,} entries, once: {path}\n")
        unfinished = path.with_suffix(".unfinished")
        _make(unfinished, rows)
        unfinished.rename(path)
        unfinished.with_name(f"{unfinished.name}.lock").unlink()
    return path


def _make(path: Path, rows: int) -> None:
    sealed = _sealed(rows)
    with writing(path) as database:
        for _ in range(0, rows, _IN_ONE_TRANSACTION):
            database.connection.execute("BEGIN IMMEDIATE")
            database.connection.executemany(
                "INSERT INTO audit_event (seq, body, hash) VALUES (?, ?, ?)",
                ((each.seq, each.body, each.hash) for each in islice(sealed, _IN_ONE_TRANSACTION)),
            )
            database.connection.execute("COMMIT")
        # As the bot does once a day.
        is_left = merge_search(database.connection, anew=True)
        while is_left:
            is_left = merge_search(database.connection, anew=False)


def _sealed(rows: int) -> Iterator[SealedEntry]:
    head = EMPTY
    for entry in entries.entries(rows):
        sealed = seal(entry, head)
        yield sealed
        head = sealed.receipt


def _version() -> str:
    """Changes with whatever the file's content depends on: the schema, an entry's form, the choice, the making."""
    with in_memory() as database:
        schema = [text for (text,) in database.connection.execute("SELECT sql FROM sqlite_master ORDER BY name")]
    first = next(_sealed(1)).body
    chosen = [Path(each).read_text("utf-8") for each in (entries.__file__, __file__)]
    return hashlib.sha256(repr((schema, first, chosen)).encode()).hexdigest()[:12]
