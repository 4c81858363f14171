"""Connections to the database: how they are made, and which database the bot accepts."""

from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo

from bot.domain.errors import StoreUnavailable
from bot.store.postgres.migrations import VERSION, version_of

Connection = AsyncConnection[tuple[object, ...]]

_CONNECT_TIMEOUT = 5  # seconds; PostgreSQL takes whole ones
# A server that is gone without a word is noticed after about 20 s instead of two hours.
_KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 2}


def parameters(url: str, time_limit: float, *, writes: bool) -> str:
    """The connection string for a part of the store.

    Whatever the server's own settings are: a commit is on the disk when it returns, and no statement takes longer than
    the time limit.
    """
    options = {
        "statement_timeout": f"{round(1000 * time_limit)}ms",
        "synchronous_commit": "on",
        "default_transaction_read_only": "off" if writes else "on",
        "default_transaction_isolation": "read\\ committed",
        "client_encoding": "UTF8",
        "timezone": "UTC",
    }
    return make_conninfo(
        url,
        application_name="vi-bot",
        connect_timeout=_CONNECT_TIMEOUT,
        options=" ".join(f"-c {name}={value}" for name, value in options.items()),
        **_KEEPALIVE,
    )


async def connected(conninfo: str) -> Connection:
    """A connection that starts no transaction by itself.

    Raises:
        psycopg.Error: there is none.
    """
    return await AsyncConnection.connect(conninfo, autocommit=True)


async def check_database(connection: Connection) -> None:
    """Make sure that this is a database that the bot may keep its memory in.

    Raises:
        StoreUnavailable: it has another version, or the bot's role could take its guards away.
        psycopg.Error: it cannot be read.
    """
    version = await version_of(connection)
    if version != VERSION:
        raise StoreUnavailable(
            f"The database has version {version} of the bot's tables, and this version of the bot needs {VERSION}.",
            "Run `vi-bot store migrate` as the owner of the tables."
            if version < VERSION
            else "Start the version of the bot that these tables were made for, or a newer one.",
        )
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
