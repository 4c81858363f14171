"""What a superuser can do to the database, and what a verification sees of that."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

import psycopg
import pytest

from bot.domain.audit import EMPTY, Action, OperationId, Receipt, SealedEntry
from bot.domain.checkpoint import Checkpoint
from bot.domain.errors import StoreUnavailable
from bot.store.checks import MOST_FAULTS
from bot.store.postgres import verification
from bot.store.postgres.checks import CHECKS
from bot.store.postgres.reading import PAGE, read_entries, read_entry
from bot.store.postgres.schema import objects_in, reference
from bot.store.postgres.store import PostgresStore
from bot.store.postgres.verification import verify_connection, verify_database
from bot.store.verification import Verdict
from tests.postgres import BOT, PostgresServer, postgres_server
from tests.store.conftest import STAGES
from tests.store.postgres.conftest import Connection
from tests.store.postgres.tampering import change, entries_in, no_triggers, put
from tests.store.samples import NOON, a_snapshot, an_entry
from tests.store.tampering import Entries, chained, edit_a_body, rewrite_everything_from_one_on
from tests.store.test_verification import NOT_SEEN, SEEN

Act = Callable[[Connection], None]


@pytest.fixture
async def kept(store: PostgresStore) -> list[Receipt]:
    """A sound trail, and the receipts of its entries."""
    receipts = []
    for number, stage in enumerate(STAGES, start=1):
        operation = OperationId(f"op-{number > 4}")
        receipts.append(await store.record(an_entry(stage, operation=operation, action=Action.BACKUP)))
    await store.keep_snapshot(a_snapshot())
    await store.keep_checkpoint(Checkpoint("org-1", receipts[-1], NOON))
    return receipts


async def test_a_sound_trail_is_sound_for_every_role_that_may_read_it(
    url: str, server: PostgresServer, database: str, owner: Connection, kept: list[Receipt]
) -> None:
    for address in (url, server.url(database, "postgres")):
        found = verify_database(address, noted=[*kept, Receipt(1, kept[0].hash[:16])])
        assert (found.verdict, found.entries, found.head, found.faults) == (Verdict.SOUND, 7, kept[-1], ())
    owner.execute("CREATE ROLE auditor LOGIN")
    owner.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO auditor")
    try:
        assert verify_database(server.url(database, "auditor")).verdict is Verdict.SOUND
    finally:
        owner.execute("DROP OWNED BY auditor")
        owner.execute("DROP ROLE auditor")


@pytest.mark.parametrize(("act", "fault"), SEEN.items(), ids=lambda value: getattr(value, "__name__", ""))
@pytest.mark.usefixtures("kept")
def test_this_is_seen(url: str, owner: Connection, act: Callable[[Entries], Entries], fault: str) -> None:
    put(owner, act(entries_in(owner)))
    found = verify_database(url)
    assert found.verdict is Verdict.TAMPERED
    assert fault in found.faults


@pytest.mark.parametrize("act", NOT_SEEN, ids=lambda act: act.__name__)
def test_this_is_not_seen_without_a_receipt_noted_elsewhere(
    url: str, owner: Connection, kept: list[Receipt], act: Callable[[Entries], Entries]
) -> None:
    before = entries_in(owner)
    put(owner, act(before))
    assert entries_in(owner) != before
    assert verify_database(url).verdict is Verdict.SOUND
    assert verify_database(url, noted=[kept[-1]]).verdict is Verdict.TAMPERED


ASIDE = {
    "UPDATE backup_check SET operation_id = 'op-True'": "the copy of operation op-True is said to be equal",
    "UPDATE backup_check SET operation_id = 'none'": "the copy of operation none is said to be equal",
    "UPDATE checkpoint SET hash = repeat('0', 64)": "entry #7 is not the one of which a checkpoint was kept",
    "UPDATE checkpoint SET seq = 8": "entry #8 is not the one of which a checkpoint was kept",
    "INSERT INTO audit_base SELECT 3, hash FROM audit_event WHERE seq = 3": "#1 stands where #4 belongs",
    "INSERT INTO audit_base VALUES (3, repeat('a', 64)), (4, repeat('b', 64))": "says 2 times after which entry",
    "DELETE FROM open_operation": "entry #5 is missing from the list of open operations",
    "INSERT INTO open_operation VALUES ('op-False', 2)": "entry #2 does not belong in the list of open operations",
    "UPDATE audit_event SET words = '' WHERE seq = 3": "entry #3 is searched by other words than it has",
    "UPDATE snapshot SET document = '{}'": "was changed: its text does not have its hash",
}


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(("statement", "fault"), ASIDE.items())
def test_what_stands_beside_the_chain_is_compared_with_it(
    url: str, owner: Connection, statement: str, fault: str
) -> None:
    with no_triggers(owner):
        assert owner.execute(statement.encode()).rowcount
    found = verify_database(url)
    assert found.verdict is Verdict.TAMPERED
    assert any(fault in each for each in found.faults)
    assert found.entries == len(STAGES)


_OTHER = "RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
_MORE = "CREATE TRIGGER more BEFORE INSERT ON audit_event FOR EACH ROW EXECUTE FUNCTION refuse_change()"
_STALE = "UPDATE pg_index SET indisready = false WHERE indexrelid = 'audit_event_op'::regclass"
GUARDS = [
    (
        "ALTER TABLE audit_event DISABLE TRIGGER audit_event_append_only",
        "trigger audit_event_append_only on audit_event was changed",
    ),
    (
        "ALTER TABLE audit_event ENABLE REPLICA TRIGGER audit_event_link",
        "trigger audit_event_link on audit_event was changed",
    ),
    (
        "ALTER TABLE open_operation DISABLE TRIGGER ALL",
        "trigger of a constraint on open_operation does not belong here",
    ),
    ("DROP TRIGGER snapshot_append_only ON snapshot", "trigger snapshot_append_only on snapshot is missing"),
    (f"CREATE OR REPLACE FUNCTION refuse_change() {_OTHER}", "function refuse_change() was changed"),
    ("ALTER FUNCTION audit_event_link() RESET ALL", "function audit_event_link() was changed"),
    (
        "ALTER FUNCTION audit_event_opens_and_closes() SECURITY INVOKER",
        "function audit_event_opens_and_closes() was changed",
    ),
    (_MORE, "trigger more on audit_event does not belong here"),
    (
        "CREATE RULE less AS ON INSERT TO audit_event DO INSTEAD NOTHING",
        "rule less on audit_event does not belong here",
    ),
    ("ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY", "table audit_event was changed"),
    ("CREATE POLICY few ON audit_event USING (seq < 3)", "policy few on audit_event does not belong here"),
    ("CREATE TABLE more (more text) INHERITS (audit_event)", "table more below audit_event does not belong here"),
    ("ALTER TABLE checkpoint SET UNLOGGED", "table checkpoint was changed"),
    (
        "ALTER TABLE audit_event DROP CONSTRAINT audit_event_hash_check",
        "constraint audit_event_hash_check on audit_event is missing",
    ),
    ("ALTER TABLE audit_event ALTER actor DROP EXPRESSION", "column audit_event.actor was changed"),
    ("ALTER TABLE audit_event ADD COLUMN more text", "column audit_event.more does not belong here"),
    ("DROP INDEX audit_event_actor", "index audit_event_actor is missing"),
    (_STALE, "index audit_event_op was changed"),
    ("DROP TABLE lease", "table lease is missing"),
    ("DROP TABLE open_operation", "table open_operation is missing"),
    ("DROP TABLE audit_base", "table audit_base is missing"),
    ("DROP TABLE audit_event CASCADE", "table audit_event is missing"),
    ("DROP TABLE schema_version", "table schema_version is missing"),
    (f"GRANT UPDATE ON audit_event TO {BOT}", f"{BOT} may UPDATE on audit_event, which no bot needs"),
    ("GRANT UPDATE (document) ON snapshot TO PUBLIC", "everybody may UPDATE on snapshot, which no bot needs"),
    (f"GRANT INSERT ON open_operation TO {BOT}", f"{BOT} may INSERT on open_operation, which no bot needs"),
]


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(("statement", "fault"), GUARDS)
def test_a_guard_that_was_taken_away_is_seen(
    server: PostgresServer, database: str, owner: Connection, statement: str, fault: str
) -> None:
    owner.execute(statement.encode())
    found = verify_database(server.url(database, "postgres"), after=Receipt(1, "0" * 64))
    assert found.verdict is Verdict.TAMPERED
    assert fault in found.faults


@pytest.mark.usefixtures("kept")
def test_a_role_for_which_no_trigger_fires_is_seen(url: str, owner: Connection) -> None:
    try:
        owner.execute("CREATE ROLE somebody")
        owner.execute("ALTER ROLE somebody SET session_replication_role = replica")
        assert verify_database(url).faults == ("triggers are not fired for somebody (session_replication_role)",)
    finally:
        owner.execute("DROP ROLE somebody")


def lie_about_the_actor(owner: Connection) -> None:
    true = owner.execute("SELECT pg_get_functiondef('audit_member'::regproc)").fetchone()
    assert true
    owner.execute(
        """
        CREATE OR REPLACE FUNCTION audit_member(body text, VARIADIC path text[]) RETURNS text
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
        AS $$ SELECT CASE path WHEN '{actor,id}' THEN 'U0NOBODY' ELSE body::jsonb #>> path END $$
        """
    )
    put(owner, entries_in(owner), checkpoints_too=False)
    owner.execute(true[0].encode())


def name_two_bases(owner: Connection) -> None:
    base = Receipt(10, "a" * 64)
    put(owner, chained(entries_in(owner), base))
    with no_triggers(owner):
        owner.execute("INSERT INTO audit_base VALUES (10, %s), (11, %s)", [base.hash, base.hash])
        owner.execute("DELETE FROM open_operation")
        owner.execute("INSERT INTO open_operation VALUES ('op-True', 15)")


ACTS: Mapping[str, Act] = {
    "schema": lambda owner: change(owner, "DROP INDEX audit_event_actor"),
    "chain": lambda owner: put(owner, edit_a_body(entries_in(owner)), checkpoints_too=False),
    "base": name_two_bases,
    "columns": lie_about_the_actor,
    "words": lambda owner: change(owner, "UPDATE audit_event SET words = '' WHERE seq = 3"),
    "open operations": lambda owner: change(owner, "DELETE FROM open_operation"),
    "snapshots": lambda owner: change(owner, "UPDATE snapshot SET document = '{}'"),
    "backup checks": lambda owner: change(owner, "UPDATE backup_check SET operation_id = 'none'"),
    "checkpoints": lambda owner: put(owner, rewrite_everything_from_one_on(entries_in(owner)), checkpoints_too=False),
    "receipts": lambda owner: put(owner, rewrite_everything_from_one_on(entries_in(owner))),
}


@pytest.mark.parametrize("name", CHECKS)
def test_each_check_is_needed(
    url: str, owner: Connection, kept: list[Receipt], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ACTS[name](owner)
    noted = kept[-1:] if name == "receipts" else ()
    assert verify_database(url, noted=noted).verdict is Verdict.TAMPERED
    monkeypatch.setattr(verification, "CHECKS", {other: CHECKS[other] for other in CHECKS if other != name})
    assert verify_database(url, noted=noted).faults == ()


def test_after_a_good_receipt_only_what_follows_is_read(url: str, owner: Connection, kept: list[Receipt]) -> None:
    for after in (kept[3], Receipt(4, kept[3].hash[:16])):
        found = verify_database(url, after=after)
        assert (found.verdict, found.entries, found.head, found.base) == (Verdict.SOUND, 3, kept[-1], EMPTY)
    put(owner, edit_a_body(entries_in(owner)), checkpoints_too=False)
    assert verify_database(url, after=kept[2]).verdict is Verdict.SOUND
    assert verify_database(url, after=kept[1]).faults == ("entry #3 was changed: its text does not have its hash",)
    wrong = verify_database(url, after=Receipt(4, "0" * 64))
    assert "entry #4 is not the one whose receipt was noted elsewhere" in wrong.faults
    assert wrong.entries == len(kept)


def test_progress_is_told_and_ends_with_all(url: str, kept: list[Receipt], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.store.postgres.checks.STEP", 3)
    told: list[tuple[int, int]] = []
    verify_database(url, progress=lambda *how_far: told.append(how_far))
    assert told == [(3, len(kept)), (6, len(kept)), (7, len(kept))]


async def test_a_clock_that_went_back_is_a_warning_and_no_fault(url: str, store: PostgresStore) -> None:
    for minutes in (5, 0):
        await store.record(an_entry(at=NOON + timedelta(minutes=minutes)))
    found = verify_database(url)
    assert (found.verdict, len(found.warnings)) == (Verdict.SOUND, 1)


async def test_the_first_faults_are_spelled_out_and_the_others_counted(
    url: str, store: PostgresStore, owner: Connection
) -> None:
    for _ in range(MOST_FAULTS + 5):
        await store.record(an_entry())
    put(owner, [SealedEntry(each.seq, each.body.replace("Mira", "Ole"), each.hash) for each in entries_in(owner)])
    found = verify_database(url)
    assert (len(found.faults), found.faults[-1]) == (MOST_FAULTS + 1, "5 more faults")


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("body", ["no JSON", "[]", "[" * 100_000, '"\\ud800"', "{}"], ids=lambda body: str(body)[:8])
def test_a_body_that_the_tables_would_never_let_in_is_seen(url: str, owner: Connection, body: str) -> None:
    for column in ("id", "op", "ts", "stage", "action", "actor", "target", "target_name"):
        owner.execute(f"ALTER TABLE audit_event ALTER {column} DROP EXPRESSION".encode())
    with no_triggers(owner):
        owner.execute("UPDATE audit_event SET body = %s WHERE seq = 3", [body])
    found = verify_database(url)
    assert found.verdict is Verdict.TAMPERED
    assert "entry #3 is not an entry: its text cannot be read" in found.faults
    assert found.entries == len(STAGES)


async def test_an_empty_trail_is_sound(url: str) -> None:
    found = verify_database(url)
    assert (found.verdict, found.entries, found.head, found.faults) == (Verdict.SOUND, 0, EMPTY, ())


def test_nothing_can_be_told_of_a_server_that_is_not_there() -> None:
    found = verify_database("postgresql://vi_bot:hunter2@/vi?host=/nowhere")
    assert found.verdict is Verdict.CANNOT_TELL
    assert found.faults == ("The database postgresql:///nowhere/vi cannot be used: its server cannot be reached.",)


def test_nothing_can_be_told_of_another_database(server: PostgresServer) -> None:
    found = verify_database(server.url("postgres"))
    assert found.verdict is Verdict.CANNOT_TELL
    assert "holds no trail of this bot" in found.faults[0]


def test_nothing_can_be_told_of_tables_of_another_version(url: str, owner: Connection) -> None:
    owner.execute("INSERT INTO schema_version VALUES (99)")
    found = verify_database(url)
    assert (found.verdict, "has version 99" in found.faults[0]) == (Verdict.CANNOT_TELL, True)


def test_nothing_can_be_told_by_a_role_that_may_not_read(url: str, owner: Connection) -> None:
    owner.execute("REVOKE SELECT ON checkpoint FROM vi_bot")
    found = verify_database(url)
    assert (found.verdict, "does not allow that" in found.faults[0]) == (Verdict.CANNOT_TELL, True)


def test_the_tables_are_those_that_are_written_down(owner: Connection) -> None:
    """If the migrations were changed on purpose: python -m tests.store.postgres.write_schema."""
    assert objects_in(owner) == reference()


@pytest.fixture(scope="module")
def older() -> Iterator[str]:
    with postgres_server(version=16) as server:
        yield server.url(server.new_database())


async def test_an_older_server_makes_the_same_of_the_migrations(older: str) -> None:
    store = await PostgresStore.open(older)
    head = await store.record(an_entry())
    await store.close()
    found = verify_database(older)
    assert (found.verdict, found.head, found.faults) == (Verdict.SOUND, head, ())


async def test_a_long_trail_is_read_page_by_page(url: str, store: PostgresStore, owner: Connection) -> None:
    first = an_entry()
    await store.record(first)
    (only,) = entries_in(owner)
    numbered = [json.loads(only.body) | {"id": str(number)} for number in range(PAGE + 1)]
    put(owner, chained([SealedEntry(0, json.dumps(each), "") for each in numbered]))
    told: list[tuple[int, int]] = []
    entries = list(read_entries(url, progress=lambda *how_far: told.append(how_far)))
    assert entries == entries_in(owner)
    assert told == [(PAGE, PAGE + 1), (PAGE + 1, PAGE + 1)]
    assert list(read_entries(url, first=3, last=5)) == entries[2:5]
    assert read_entry(url, PAGE) == entries[PAGE - 1]
    assert read_entry(url, PAGE + 2) is None
    found = verify_database(url)
    assert (found.verdict, found.entries) == (Verdict.SOUND, PAGE + 1)


def test_a_connection_that_breaks_in_the_middle_is_no_verdict(url: str, kept: list[Receipt], owner: Connection) -> None:
    def cut() -> Iterator[Receipt]:
        yield kept[0]
        owner.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'vi_bot'")
        yield kept[1]

    assert verify_database(url, noted=cut()).verdict is Verdict.CANNOT_TELL
    with psycopg.connect(url) as connection:
        connection.close()
        with pytest.raises(psycopg.Error):
            verify_connection(connection)
    with pytest.raises(StoreUnavailable):
        read_entry("postgresql:///vi?host=/nowhere", 1)
