"""What `vi-bot check` says of a database in PostgreSQL."""

import psycopg
import pytest

from bot.domain.errors import StoreUnavailable
from bot.store.engine import engine_of
from bot.store.postgres.engine import _engine
from bot.store.postgres.migrations import VERSION
from tests.postgres import BOT, PostgresServer


async def test_the_server_the_role_and_the_version_of_the_tables_are_named(
    server: PostgresServer, database: str
) -> None:
    engine = await engine_of(server.url(database))
    assert engine.name.startswith(f"database {database} as {BOT}, PostgreSQL ")
    assert engine.name.endswith(f", tables of version {VERSION}")
    assert (engine.fault, engine.advice) == ("", "")


async def test_a_role_that_may_change_the_trail_is_told(server: PostgresServer, database: str) -> None:
    with psycopg.connect(server.url(database, "postgres"), autocommit=True) as owner:
        owner.execute(f"GRANT DELETE ON audit_event TO {BOT}")
    engine = await engine_of(server.url(database))
    assert "may change or delete what is only ever added to (audit_event)" in engine.fault
    assert "REVOKE" in engine.advice


def test_a_server_that_is_too_old_is_told() -> None:
    assert _engine(130_011, "vi as vi_bot", VERSION, [], is_plain=False).fault.endswith(
        "PostgreSQL 13.11, tables of version 1: too old"
    )


def test_a_way_that_is_not_encrypted_is_told() -> None:
    engine = _engine(180_000, "vi as vi_bot", VERSION, [], is_plain=True)
    assert (engine.fault, "sslmode=verify-full" in engine.advice) == ("", True)


async def test_a_server_that_is_gone_is_said_so_without_its_address() -> None:
    with pytest.raises(StoreUnavailable) as caught:
        await engine_of("postgresql://vi:secret-canary@127.0.0.1:9/vi")
    assert "canary" not in f"{caught.value.sentence} {caught.value.advice}"
