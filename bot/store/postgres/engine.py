"""Which PostgreSQL the store is in, and what the bot's role may do there."""

import psycopg

from bot.store.engine import Engine
from bot.store.postgres.connection import connected, parameters
from bot.store.postgres.failures import unavailable
from bot.store.postgres.migrations import version_of

_OLDEST = 14
_TIME_LIMIT = 5.0  # seconds
_APPEND_ONLY = ("audit_event", "audit_base", "snapshot", "backup_check", "checkpoint")


async def postgres_engine(url: str) -> Engine:
    """The server, the role and the version of the tables.

    Raises:
        StoreUnavailable: it cannot be reached.
    """
    try:
        async with await connected(parameters(url, _TIME_LIMIT, writes=False)) as connection:
            tables = await version_of(connection)
            cursor = await connection.execute(
                """
                SELECT name FROM unnest(%s::text[]) AS name
                WHERE has_table_privilege(name, 'UPDATE, DELETE, TRUNCATE')
                """,
                [list(_APPEND_ONLY)],
            )
            loose = [str(row[0]) for row in await cursor.fetchall()]
            info = connection.info
            is_plain = not (info.pgconn.ssl_in_use or info.host.startswith("/"))
            return _engine(info.server_version, f"{info.dbname} as {info.user}", tables, loose, is_plain=is_plain)
    except (psycopg.Error, OSError) as error:
        raise unavailable(error) from error


def _engine(version: int, place: str, tables: int, loose: list[str], *, is_plain: bool) -> Engine:
    major, minor = divmod(version, 10_000)
    name = f"database {place}, PostgreSQL {major}.{minor}, tables of version {tables}"
    if major < _OLDEST:
        return Engine(name, f"{name}: too old", f"Use PostgreSQL {_OLDEST} or newer.")
    if loose:
        fault = f"{name}: the role may change or delete what is only ever added to ({', '.join(loose)})"
        return Engine(name, fault, "Take that right away, as the owner: REVOKE UPDATE, DELETE, TRUNCATE ON … FROM …")
    if is_plain:
        return Engine(name, advice="The way to it is not encrypted: add sslmode=verify-full to VI_BOT_STORE.")
    return Engine(name)
