"""What the database refuses: to the bot's role, to the owner of the tables, and to whoever writes past the bot."""

import psycopg
import pytest
from psycopg import errors, sql

from bot.domain.audit import EMPTY, Stage, seal
from bot.store.postgres.store import PostgresStore
from bot.store.postgres.words import words_of
from tests.store.postgres.conftest import Connection
from tests.store.samples import a_snapshot, an_entry

APPEND_ONLY = ("audit_event", "audit_base", "snapshot", "backup_check", "checkpoint")
INSERT = "INSERT INTO audit_event (seq, body, hash, words) VALUES (%s, %s, %s, %s::tsvector)"


@pytest.fixture(autouse=True)
async def kept(store: PostgresStore) -> None:
    await store.record(an_entry(Stage.STARTED))
    await store.keep_snapshot(a_snapshot())


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM {}",
        "TRUNCATE {}",
        "DROP TABLE {}",
        "ALTER TABLE {} DISABLE TRIGGER ALL",
        "ALTER TABLE {} ADD COLUMN more text",
        "CREATE INDEX ON {} ((1))",
        "CREATE TRIGGER mine BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION refuse_change()",
    ],
)
def test_the_bots_role_adds_and_does_nothing_else(as_bot: Connection, table: str, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        as_bot.execute(sql.SQL(statement).format(sql.Identifier(table)))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET body = ''",
        "UPDATE audit_base SET hash = ''",
        "UPDATE snapshot SET document = ''",
        "UPDATE backup_check SET equal = true",
        "UPDATE checkpoint SET seq = 1",
        "INSERT INTO open_operation VALUES ('op', 1)",
        "DELETE FROM open_operation",
        "DROP FUNCTION refuse_change() CASCADE",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "SET session_replication_role = replica",
        "INSERT INTO schema_version VALUES (99)",
    ],
)
def test_the_bots_role_changes_nothing_of_what_guards_the_trail(as_bot: Connection, statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        as_bot.execute(statement)


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_not_even_the_owner_deletes_without_taking_a_trigger_away(
    owner: Connection, table: str, statement: str
) -> None:
    with pytest.raises(errors.RaiseException, match="is append-only"):
        owner.execute(sql.SQL(statement).format(sql.Identifier(table)))


def test_not_even_the_owner_rewrites_an_entry(owner: Connection) -> None:
    with pytest.raises(errors.RaiseException, match="audit_event is append-only"):
        owner.execute("UPDATE audit_event SET body = body")


@pytest.mark.parametrize("fault", ["number", "number in the text", "hash before", "a copy"])
async def test_an_entry_that_does_not_follow_the_newest_is_refused(
    store: PostgresStore, as_bot: Connection, fault: str
) -> None:
    entry, head = an_entry(), await store.head()
    right, astray = seal(entry, head), seal(entry, EMPTY)
    values = {
        "number": (right.seq + 1, right.body, right.hash),
        "number in the text": (right.seq, right.body.replace(f'"seq":{right.seq}', '"seq":7'), right.hash),
        "hash before": (right.seq, right.body.replace(head.hash, EMPTY.hash), right.hash),
        "a copy": (astray.seq, astray.body, astray.hash),
    }
    with pytest.raises(errors.RaiseException, match="an entry must follow the newest one"):
        as_bot.execute(INSERT, (*values[fault], words_of(entry)))
    as_bot.execute(INSERT, (right.seq, right.body, right.hash, words_of(entry)))
    assert await store.head() == right.receipt


async def test_no_table_of_the_same_name_leads_the_guards_astray(store: PostgresStore, as_bot: Connection) -> None:
    for table in ("audit_event", "audit_base", "open_operation"):
        as_bot.execute(f"CREATE TEMPORARY TABLE {table} (LIKE public.{table})")
        as_bot.execute(f"GRANT ALL ON pg_temp.{table} TO PUBLIC")
    entry, head = an_entry(Stage.STARTED), await store.head()
    astray, right = seal(entry, EMPTY), seal(entry, head)
    into = INSERT.replace("audit_event", "public.audit_event")
    with pytest.raises(psycopg.Error, match="an entry must follow the newest one"):
        as_bot.execute(into, (9, astray.body, astray.hash, ""))
    as_bot.execute(into, (right.seq, right.body, right.hash, ""))
    assert [each.seq for each in await store.open_operations()] == [1, 2]


def test_a_trail_has_one_base_before_its_first_entry(as_bot: Connection) -> None:
    with pytest.raises(errors.RaiseException, match="a trail has one base, before its first entry"):
        as_bot.execute("INSERT INTO audit_base VALUES (1, %s)", ["0" * 64])
