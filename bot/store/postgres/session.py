"""A connection to look at the store from outside of the bot: read only, one state of the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Connection, IsolationLevel
from psycopg.conninfo import conninfo_to_dict

from bot.domain.errors import StoreUnavailable
from bot.store.postgres.connection import conninfo
from bot.store.postgres.failures import unavailable

_CONNECT_TIMEOUT = 10  # seconds


def address_of(url: str) -> str:
    """How a database is called before people: its address without the password and every other setting.

    Raises:
        StoreUnavailable: the address cannot be read.
    """
    given = conninfo_to_dict(conninfo(url, {}))
    port = f":{given['port']}" if "port" in given else ""
    return f"postgresql://{given.get('host', '')}{port}/{given.get('dbname', '')}"


@contextmanager
def looking(url: str) -> Iterator["Connection[Any]"]:
    """A connection that cannot write, and sees the database as it is at this moment until the block ends.

    Raises:
        StoreUnavailable: it cannot be reached, or it fails before the block ends.
    """
    options = {
        "default_transaction_read_only": "on",
        "statement_timeout": "0",
        "idle_in_transaction_session_timeout": "0",
        "client_encoding": "UTF8",
        "timezone": "UTC",
    }
    try:
        with Connection.connect(conninfo(url, options, connect_timeout=_CONNECT_TIMEOUT)) as connection:
            connection.isolation_level = IsolationLevel.REPEATABLE_READ
            yield connection
    except psycopg.Error as error:
        raise unavailable(error, f"The database {address_of(url)}") from error


def require_trail(connection: "Connection[Any]", url: str) -> None:
    """Look whether a database holds anything of a trail.

    Raises:
        StoreUnavailable: it does not.
    """
    found = connection.execute("SELECT to_regclass('audit_event'), to_regclass('open_operation')").fetchone()
    if found == (None, None):
        raise StoreUnavailable(
            f"The database {address_of(url)} holds no trail of this bot.", "Check that the address is right."
        )


def version_in(connection: "Connection[Any]") -> int:
    """The version of the tables; 0 where nothing says which."""
    if connection.execute("SELECT to_regclass('schema_version')").fetchone() == (None,):
        return 0
    (version,) = connection.execute("SELECT coalesce(max(version), 0) FROM schema_version").fetchone() or (0,)
    return int(version)
