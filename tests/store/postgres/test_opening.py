"""Which databases the bot accepts, and what it says of the others: a sentence without a secret."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from bot.domain.errors import StoreUnavailable
from bot.store import open_store
from bot.store.postgres.migrating import migrate_database
from bot.store.postgres.migrations import VERSION
from bot.store.postgres.store import PostgresStore
from bot.store.postgres.verification import verify_database
from bot.store.verification import Verdict
from tests.postgres import BOT, PostgresServer
from tests.store.postgres.conftest import Connection
from tests.store.samples import an_entry

SECRET = "hunter2"


@pytest.fixture
def empty(server: PostgresServer) -> Iterator[str]:
    name = server.empty_database()
    yield name
    server.drop(name)


async def refusal(url: str) -> str:
    with pytest.raises(StoreUnavailable) as refused:
        await open_store(url)
    said = f"{refused.value.sentence} {refused.value.advice}"
    assert SECRET not in said
    return said


async def test_a_role_that_owns_the_tables_is_refused(server: PostgresServer, database: str) -> None:
    assert "The bot's role in the database owns its tables" in await refusal(server.url(database, "postgres"))


async def test_a_role_that_belongs_to_the_owner_is_refused(url: str, owner: Connection) -> None:
    owner.execute("CREATE ROLE tables_of_the_bot")
    try:
        owner.execute("ALTER TABLE audit_event OWNER TO tables_of_the_bot")
        owner.execute(f"GRANT tables_of_the_bot TO {BOT}")
        assert "owns its tables" in await refusal(url)
    finally:
        owner.execute("ALTER TABLE audit_event OWNER TO postgres")
        owner.execute("DROP ROLE tables_of_the_bot")


async def test_a_role_for_which_no_trigger_fires_is_refused(url: str, owner: Connection) -> None:
    try:
        owner.execute(f"ALTER ROLE {BOT} SET session_replication_role = replica")
        assert "does not fire its triggers for the bot's role" in await refusal(url)
    finally:
        owner.execute(f"ALTER ROLE {BOT} RESET ALL")


@pytest.mark.parametrize(
    ("other", "says"),
    [
        (VERSION + 1, "Use the version of the bot that these tables were made for"),
        (-1, "Run `vi-bot store migrate`"),
    ],
)
async def test_tables_of_another_version_are_refused(url: str, owner: Connection, other: int, says: str) -> None:
    owner.execute("UPDATE schema_version SET version = %s", [other])
    said = await refusal(url)
    assert "version of the bot needs" in said
    assert says in said


async def test_a_database_without_tables_is_refused(server: PostgresServer, empty: str) -> None:
    said = await refusal(server.url(empty))
    assert said.startswith("The database holds no tables of the bot.")
    assert "`vi-bot store migrate`" in said


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://vi_bot:{SECRET}@/database?host=/nowhere",
        f"postgresql://vi_bot:{SECRET}@127.0.0.1:1/database",
    ],
)
async def test_a_server_that_is_not_there_is_told(url: str) -> None:
    assert "its server cannot be reached" in await refusal(url)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://vi_bot:{SECRET}/x@host/database",
        f"postgresql://vi_bot:%{SECRET}@host/database",
        f"postgresql://vi_bot:{SECRET}@host/database?surprise=1",
    ],
)
async def test_an_address_that_cannot_be_read_is_told(url: str) -> None:
    assert "The address of the database cannot be read." in await refusal(url)


async def test_a_database_that_is_not_there_is_told(server: PostgresServer) -> None:
    assert "its server cannot be reached" in await refusal(server.url("no_such_database"))


async def test_a_role_without_rights_is_told(url: str, owner: Connection) -> None:
    owner.execute(f"REVOKE ALL ON schema_version FROM {BOT}")
    assert "Give the role the rights that `vi-bot store migrate` grants." in await refusal(url)


async def test_settings_in_the_address_are_kept_beside_the_bots(
    server: PostgresServer, database: str, owner: Connection
) -> None:
    owner.execute("CREATE SCHEMA elsewhere")
    host = conninfo_to_dict(server.address)["host"]
    address = f"postgresql://{BOT}@/{database}?host={host}&options=-c%20search_path%3Delsewhere"
    assert "holds no tables" in await refusal(address)


async def test_the_store_works_in_a_schema_of_its_own(server: PostgresServer, empty: str) -> None:
    setting = "options=-c%20search_path%3Dvi"
    address = {role: f"{server.url(empty, role)}&{setting}" for role in (BOT, "postgres")}
    with psycopg.connect(server.url(empty, "postgres"), autocommit=True) as connection:
        connection.execute("CREATE SCHEMA vi")
    assert await migrate_database(address["postgres"], BOT) == list(range(1, VERSION + 1))
    store = await PostgresStore.open(address[BOT])
    head = await store.record(an_entry())
    await store.close()
    found = verify_database(address[BOT])
    assert (found.verdict, found.head, found.faults) == (Verdict.SOUND, head, ())
