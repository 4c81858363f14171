"""Which database the store is in, for `vi-bot check`: its kind and version, and whether the bot is safe on it."""

from dataclasses import dataclass

from bot.store.driver import sqlite3

_OLDEST_SQLITE = (3, 38)
"""With strict tables and JSON built in."""
_MENDED_SQLITE = (3, 51, 3)
"""Before it, two programs that write one file in WAL mode at the same moment can damage it; the bot never does so."""


@dataclass(frozen=True, slots=True)
class Engine:
    """A database, as people call it: `fault` says why it will not do, `advice` what to do or to beware of."""

    name: str
    fault: str = ""
    advice: str = ""


async def engine_of(url: str) -> Engine:
    """The database at this address, which was just opened.

    Raises:
        StoreUnavailable: it cannot be reached any more.
    """
    from bot.store import is_in_postgres

    if not is_in_postgres(url):
        return sqlite_engine(sqlite3.sqlite_version_info, url)
    from bot.store.postgres.engine import postgres_engine

    return await postgres_engine(url)


def sqlite_engine(version: tuple[int, ...], url: str) -> Engine:
    """SQLite of this version (docs/decisions/0007)."""
    name = f"{url}, SQLite {'.'.join(map(str, version))}"
    if version < _OLDEST_SQLITE:
        return Engine(name, f"{name} is too old", "Use a Python with SQLite 3.38 or newer.")
    if version < _MENDED_SQLITE:
        return Engine(name, advice="While the bot runs, open its file with `vi-bot audit …` only: docs/decisions/0007.")
    return Engine(name)
