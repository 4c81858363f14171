"""The bot's own memory: audit trail, confirmations, snapshots, screens."""

import re
from pathlib import Path

from bot.store.spool import FileSpool
from bot.store.sqlite import SqliteStore

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_MEMORY = ":memory:"


async def open_store(url: str) -> SqliteStore:
    """Open the store that `url` names; whoever opens it closes it.

    Args:
        url: a path, `sqlite:///relative/path`, `sqlite:////absolute/path`, or `:memory:` (kept until closed).

    Raises:
        ValueError: the URL names no SQLite file. Its sentence holds no part of the URL but the scheme.
        StoreUnavailable: the file cannot be opened, is in use, or is not this bot's.
    """
    return await SqliteStore.open(_file_of(url))


def open_spool(url: str) -> FileSpool | None:
    """The spool beside the store that `url` names; None for a store in memory.

    Raises:
        ValueError: as `open_store`.
    """
    path = _file_of(url)
    return None if path is None else FileSpool(path.with_name(f"{path.name}.spool"))


def _file_of(url: str) -> Path | None:
    text = url.removeprefix("sqlite:///")
    if text == _MEMORY:
        return None
    if scheme := _SCHEME.match(text):
        raise ValueError(f"A store is a path or sqlite:///path, not {scheme[1]}:…")
    if not text:
        raise ValueError("A store needs a path: where shall the bot keep its memory?")
    return Path(text)
