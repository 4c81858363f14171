"""Preparing a database for the bot, as the owner of its tables."""

import psycopg
from psycopg import AsyncConnection

from bot.store.postgres.connection import conninfo
from bot.store.postgres.failures import unavailable
from bot.store.postgres.migrations import migrate
from bot.store.postgres.session import address_of

_CONNECT_TIMEOUT = 10  # seconds
_SESSION = {
    "statement_timeout": "0",
    "lock_timeout": "30s",  # for whoever uses the tables to be done; rather nothing than bots that stand still
    "default_transaction_read_only": "off",
    "client_encoding": "UTF8",
}


async def migrate_database(url: str, role: str) -> list[int]:
    """Make or update the tables in a database, and give the bot's role its rights; all of it or nothing.

    Args:
        url: the address of the database, for the role that owns the tables or is to own them.
        role: the role that the bot connects as.

    Returns:
        The numbers of the migrations that were run; none, where the tables were up to date.

    Raises:
        StoreUnavailable: it cannot be done; nothing was changed.
    """
    try:
        async with await AsyncConnection.connect(
            conninfo(url, _SESSION, connect_timeout=_CONNECT_TIMEOUT), autocommit=True
        ) as owner:
            return await migrate(owner, role)
    except (psycopg.Error, OSError) as error:
        raise unavailable(error, f"The database {address_of(url)}") from error
