"""The bot's own memory: audit trail, confirmations, snapshots, screens."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path

from bot.domain.errors import StoreUnavailable
from bot.ports import Store
from bot.store.connection import StoreInUse
from bot.store.spool import FileSpool
from bot.store.sqlite import SqliteStore

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_MEMORY = ":memory:"
_POSTGRES = ("postgresql://", "postgres://")
_SPOOL = Path("vi-bot.spool")


async def open_store(url: str) -> Store:
    """Open the store that `url` names; whoever opens it closes it.

    Args:
        url: a path, `sqlite:///relative/path`, `sqlite:////absolute/path`, `:memory:` (kept until closed), or
            `postgresql://role@host/database`.

    Raises:
        ValueError: the URL names no store. Its sentence holds no part of the URL but the scheme.
        StoreUnavailable: it cannot be opened, is in use, or is not this bot's.
    """
    if not is_in_postgres(url):
        return await SqliteStore.open(_file_of(url))
    require_postgres()
    from bot.store.postgres.store import PostgresStore

    return await PostgresStore.open(url)


@asynccontextmanager
async def looking(url: str) -> AsyncIterator[Store]:
    """The store that `url` names, until the block ends; to be read only, also while another process uses it.

    Raises:
        ValueError, StoreUnavailable: as `open_store`.
    """
    try:
        store = await open_store(url)
    except StoreInUse as error:
        store = await SqliteStore.open_to_read(error.path)
    try:
        yield store
    finally:
        await store.close()


def is_in_postgres(url: str) -> bool:
    """Whether this is the address of a store in PostgreSQL, which several processes can share."""
    return url.startswith(_POSTGRES)


def require_postgres() -> None:
    """Look whether what a store in PostgreSQL needs is installed.

    Raises:
        StoreUnavailable: it is not.
    """
    if find_spec("psycopg") is None or find_spec("psycopg_pool") is None:
        raise StoreUnavailable(
            "For a store in PostgreSQL, a part of the bot is not installed.", "pip install 'vi-ops-bot[postgres]'"
        )


def open_spool(url: str, path: Path | None = None) -> FileSpool | None:
    """The spool at `path`; unless given, beside the store's file, or in the working folder. None for one in memory.

    Raises:
        ValueError: as `open_store`.
    """
    if path is not None:
        return FileSpool(path)
    if is_in_postgres(url):
        return FileSpool(_SPOOL)
    file = _file_of(url)
    return None if file is None else FileSpool(file.with_name(f"{file.name}.spool"))


def _file_of(url: str) -> Path | None:
    text = url.removeprefix("sqlite:///")
    if text == _MEMORY:
        return None
    if scheme := _SCHEME.match(text):
        raise ValueError(f"A store is a path, sqlite:///path or postgresql://…, not {scheme[1]}:…")
    if not text:
        raise ValueError("A store needs a path: where shall the bot keep its memory?")
    return Path(text)
