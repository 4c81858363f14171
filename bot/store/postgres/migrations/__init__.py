"""Numbered SQL that brings a database up to this version of the bot, run by its owner."""

import re
from importlib.resources import files
from typing import Any

from psycopg import AsyncConnection, sql

from bot.domain.errors import StoreUnavailable

_NAME = re.compile(r"(\d{4})_\w+\.sql")

MIGRATIONS = {
    int(found[1]): each.read_text("utf-8")
    for each in sorted(files(__name__).iterdir(), key=lambda file: file.name)
    if (found := _NAME.fullmatch(each.name))
}
"""Each migration's number and its SQL."""

VERSION = max(MIGRATIONS)
"""The version that this bot needs."""

_GRANTS = {
    "SELECT, INSERT": ("audit_event", "audit_base", "snapshot", "backup_check", "checkpoint"),
    "SELECT, INSERT, UPDATE, DELETE": ("question", "screen", "lease"),
    "SELECT, INSERT, DELETE": ("lock", "question_item"),
    "SELECT": ("open_operation", "schema_version"),
}
"""What the bot's role may do: not more, so that not even its password takes an entry out of the trail."""


async def version_of(connection: "AsyncConnection[Any]") -> int:
    """The version of the tables in a database; 0 where there are none."""
    cursor = await connection.execute("SELECT to_regclass('schema_version') IS NOT NULL")
    if await cursor.fetchone() != (True,):
        return 0
    found = await (await connection.execute("SELECT max(version) FROM schema_version")).fetchone()
    return int(found[0] or 0) if found else 0


async def migrate(connection: "AsyncConnection[Any]", role: str) -> list[int]:
    """Bring a database up to this version, in one transaction, and give the bot's role its rights.

    Returns:
        The numbers of the migrations that were run.

    Raises:
        StoreUnavailable: the database is newer than this version of the bot, or the role is missing or could take away
            what guards the trail.
        psycopg.Error: it cannot be done; nothing was changed.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('vi-ops-bot/migrate', 0))")
        await _check_role(connection, role)
        version = await version_of(connection)
        if version > VERSION:
            raise StoreUnavailable(
                f"The database has version {version} of the bot's tables, and this version of the bot knows {VERSION}.",
                "Use the version of the bot that made them, or a newer one.",
            )
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_version (version int PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())"
        )
        pending = [number for number in sorted(MIGRATIONS) if number > version]
        for number in pending:
            await connection.execute(MIGRATIONS[number].encode())
            await connection.execute("INSERT INTO schema_version (version) VALUES (%s)", [number])
        await connection.execute(
            sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(await _schema(connection), sql.Identifier(role))
        )
        for rights, tables in _GRANTS.items():
            await connection.execute(
                sql.SQL("GRANT {} ON {} TO {}").format(
                    sql.SQL(rights), sql.SQL(", ").join(map(sql.Identifier, tables)), sql.Identifier(role)
                )
            )
    return pending


async def _schema(connection: "AsyncConnection[Any]") -> sql.Identifier:
    """Where the tables are made: the first schema of the owner's search path."""
    found = await (await connection.execute("SELECT current_schema()")).fetchone()
    return sql.Identifier(*found or ())


async def _check_role(connection: "AsyncConnection[Any]", role: str) -> None:
    cursor = await connection.execute(
        "SELECT rolsuper OR pg_has_role(oid, current_user, 'USAGE') FROM pg_roles WHERE rolname = %s", [role]
    )
    found = await cursor.fetchone()
    if found is None:
        raise StoreUnavailable(
            f"The database has no role “{role}”.", f'Make it first: CREATE ROLE "{role}" LOGIN PASSWORD …'
        )
    if found == (True,):
        raise StoreUnavailable(
            f"The role “{role}” could take away what guards the audit trail: it has the rights of the tables' owner.",
            "Run this as another role than the bot's.",
        )
