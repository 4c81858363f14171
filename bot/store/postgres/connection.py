"""Connections to the database: how they are made, and which database the bot accepts."""

import asyncio
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from bot.domain.errors import StoreUnavailable
from bot.store.postgres.migrations import VERSION, version_of

Connection = AsyncConnection[tuple[object, ...]]

_CONNECT_TIMEOUT = 5  # seconds; PostgreSQL takes whole ones
# A server that is gone without a word is noticed after about 20 s instead of hours.
_KEEPALIVE = {
    "keepalives_idle": 10,  # seconds
    "keepalives_interval": 5,  # seconds
    "keepalives_count": 2,
    "tcp_user_timeout": 20_000,  # milliseconds
}


def parameters(url: str, time_limit: float, *, writes: bool) -> str:
    """The connection string for a part of the store.

    Whatever the server's own settings are: a commit is on the disk when it returns, no statement takes longer than the
    time limit, and of several servers the one that takes writes is meant.

    Raises:
        StoreUnavailable: the address cannot be read.
    """
    options = {
        "statement_timeout": f"{round(1000 * time_limit)}ms",
        "idle_in_transaction_session_timeout": "0",
        "synchronous_commit": "on",
        "default_transaction_read_only": "off" if writes else "on",
        "default_transaction_isolation": "read\\ committed",
        "client_encoding": "UTF8",
        "timezone": "UTC",
    }
    return conninfo(url, options, connect_timeout=_CONNECT_TIMEOUT, **_KEEPALIVE)


def conninfo(url: str, options: dict[str, str], **given: int) -> str:
    """The connection string of an address, with these settings of the session behind those that it has itself.

    Raises:
        StoreUnavailable: the address cannot be read.
    """
    settings = " ".join(f"-c {name}={value}" for name, value in options.items())
    try:
        read = conninfo_to_dict(url)
        own = read.get("options") or ""
        made = make_conninfo(
            url,
            application_name="vi-bot",
            target_session_attrs="primary",
            options=f"{own} {settings}".strip(),
            **given,
        )
    except psycopg.ProgrammingError:
        raise _unreadable() from None  # without its cause, which may quote the password
    if not re.fullmatch(r"[0-9,]*", str(read.get("port", ""))):
        raise _unreadable()  # it is part of a password, where a / is not written %2F
    return made


def _unreadable() -> StoreUnavailable:
    return StoreUnavailable(
        "The address of the database cannot be read.",
        "It is written postgresql://role:password@host:port/database; in a password, write %40 for @, %3A for :, "
        "%2F for /.",
    )


async def connected(conninfo: str) -> Connection:
    """A connection that starts no transaction by itself.

    Raises:
        psycopg.Error: there is none.
    """
    return await AsyncConnection.connect(conninfo, autocommit=True)


@contextmanager
def hung_up_after(seconds: float, connection: Connection) -> Iterator[None]:
    """Break a connection off where the block takes longer: what waits for its server gets an error.

    Not by cancelling: psycopg would then wait for the server to confirm.
    """
    timer = asyncio.get_running_loop().call_later(seconds, _hang_up, connection)
    try:
        yield
    finally:
        timer.cancel()


def _hang_up(connection: Connection) -> None:
    with suppress(psycopg.Error, OSError), socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


async def check_database(connection: Connection) -> None:
    """Make sure that this is a database that the bot may keep its memory in.

    Raises:
        StoreUnavailable: it has another version, or the bot's role could take its guards away.
        psycopg.Error: it cannot be read.
    """
    if fault := version_fault(await version_of(connection)):
        raise fault
    cursor = await connection.execute(
        """
        SELECT rolsuper OR pg_has_role(current_user, relowner, 'USAGE')
        FROM pg_roles, pg_class WHERE rolname = current_user AND pg_class.oid = 'audit_event'::regclass
        """
    )
    if await cursor.fetchone() == (True,):
        raise StoreUnavailable(
            "The bot's role in the database owns its tables: it could take away what guards the audit trail.",
            "Name another role in VI_BOT_STORE, and give it its rights: `vi-bot store migrate --role NAME`.",
        )
    cursor = await connection.execute("SELECT current_setting('session_replication_role') = 'origin'")
    if await cursor.fetchone() != (True,):
        raise StoreUnavailable(
            "The database does not fire its triggers for the bot's role, so nothing guards the audit trail.",
            "Whoever runs the database must take back session_replication_role from that role.",
        )


def version_fault(version: int) -> StoreUnavailable | None:
    """What is wrong with tables of this version (0: there are none), or None."""
    if version == VERSION:
        return None
    if version == 0:
        return StoreUnavailable(
            "The database holds no tables of the bot.",
            "Check its address, and run `vi-bot store migrate` as the owner of the tables.",
        )
    return StoreUnavailable(
        f"The database has version {version} of the bot's tables, and this version of the bot needs {VERSION}.",
        "Run `vi-bot store migrate` as the owner of the tables."
        if version < VERSION
        else "Use the version of the bot that these tables were made for, or a newer one.",
    )
