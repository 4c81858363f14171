"""Nothing can be written through the page, and nothing but the trail can be read."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from datasette.app import Datasette

from bot.domain.audit import Action, Stage
from bot.store.driver import sqlite3
from bot.store.sqlite import SqliteStore
from bot.store.verification import Verdict, verify_file
from bot.trail_page.database import TrailDatabase
from bot.trail_page.gate import Gate
from tests.store.samples import a_confirmation, a_screen, a_snapshot, an_entry
from tests.trail_page.conftest import write
from tests.trail_page.story import operation
from tests.values import NOON

WRITES = (
    "DELETE FROM audit_event",
    "UPDATE audit_event SET body = '{}'",
    "INSERT INTO open_operation (op, seq) VALUES ('x', 1)",
    "REPLACE INTO audit_event (seq, body, hash) VALUES (1, '{}', '')",
    "DROP TABLE audit_event",
    "DROP TRIGGER audit_event_no_update",
    "ALTER TABLE audit_event ADD COLUMN x",
    "CREATE TABLE x (y)",
    "CREATE TEMP TABLE x (y)",
    "INSERT INTO audit_search (audit_search) VALUES ('rebuild')",
    "ATTACH 'other.db' AS other",
    "VACUUM INTO 'other.db'",
    "PRAGMA journal_mode = DELETE",
    "PRAGMA schema_version = 7",
    "PRAGMA writable_schema = ON",
    "PRAGMA wal_checkpoint(TRUNCATE)",
    "BEGIN IMMEDIATE",
)
READS = (
    "SELECT document FROM snapshot",
    "SELECT count(*) FROM snapshot",
    "SELECT 1 FROM audit_event WHERE EXISTS (SELECT 1 FROM screen)",
    "SELECT document FROM question",
    "SELECT reason FROM lock",
    "PRAGMA integrity_check",
)


@pytest.fixture(autouse=True)
async def kept(store: SqliteStore) -> None:
    """A trail, and beside it what must not be shown."""
    await write(store, operation(1, NOON, Action.DELETE, {Stage.STARTED: "", Stage.SUCCEEDED: "ok"}))
    await store.keep_snapshot(a_snapshot())
    await store.open_confirmation(a_confirmation(), [an_entry()])
    await store.keep_screen(a_screen())


@pytest.fixture
def connection(path: Path, site: Datasette) -> Iterator[sqlite3.Connection]:
    with closing(TrailDatabase(site, path=path).connect()) as opened:
        yield opened


def hidden_tables(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as opened:
        found = opened.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'audit_event'")
        return [name for (name,) in found]


async def test_hidden_tables_are_not_there(path: Path, page: httpx.AsyncClient) -> None:
    tables = hidden_tables(path)
    assert {"snapshot", "question", "lock", "screen", "open_operation", "audit_search"} < set(tables)
    for table in tables:
        for suffix in ("", ".json", ".csv", "/1", "/1.json", "?_shape=array", "~2E"):
            assert (await page.get(f"/trail/{table}{suffix}")).status_code == 404, table + suffix


async def test_hidden_tables_are_not_read_by_datasette_either(site: Datasette) -> None:
    for table in ("snapshot", "screen", "question", "lock"):
        for suffix in (".json", ".csv", "/one.json"):
            answer = await site.client.get(f"/trail/{table}{suffix}")
            assert answer.status_code == 500 or suffix == ".csv"  # which Datasette begins before it reads
            assert f"access to {table}." in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "/trail.db",
        "/trail.json",
        "/trail.csv",
        "/trail/",
        "/trail/~61udit_event",
        "/trail/AUDIT_EVENT",
        "/trail/audit_event.blob",
        "/trail/audit_event.jsono",
        "/trail/audit_event/1.blob",
        "/trail/audit_event/1.csv",
        "/trail/audit_event/1,2",
        "/_internal",
        "/_internal/databases.json",
        "/_memory",
        "/:memory:",
        "/-/actor.json",
        "/-/allow-debug",
        "/-/auth-token?token=x",
        "/-/databases.json",
        "/-/logout",
        "/-/messages",
        "/-/metadata.json",
        "/-/patterns",
        "/-/permissions",
        "/-/plugins.json",
        "/-/settings.json",
        "/-/threads.json",
        "/-/versions.json",
        "/-/static/app.css",
        "/-/dashboards",
        "/-/dashboards/activity/embed",
        "/-/dashboards/activity/operations",
        "/trail-page/../metadata.yml",
        "/trail-page/%2e%2e/metadata.yml",
        "/trail-page/..%2fmetadata.yml",
        "/-/static-plugins/datasette_leaflet/leaflet-v1.7.1.js",
    ],
)
async def test_no_other_address_is_answered(page: httpx.AsyncClient, address: str) -> None:
    assert (await page.get(address)).text == "There is no such page."


@pytest.mark.parametrize("address", ["/trail", "/trail/audit_event", "/trail/audit_event.json", "/trail/deletions"])
async def test_sql_that_somebody_sends_is_refused(path: Path, page: httpx.AsyncClient, address: str) -> None:
    for parameter in ("sql", "_where", "_through", "_fts_table", "_fts_pk", "_searchmode"):
        for statement in (*WRITES, *READS, "SELECT 1", ""):
            answer = await page.get(address, params={parameter: statement})
            assert (answer.status_code, answer.text) == (403, "The page takes no SQL.")
    assert verify_file(path).verdict is Verdict.SOUND


@pytest.mark.parametrize("address", ["/trail.json", "/trail", "/trail.csv"])
async def test_sql_that_somebody_sends_is_refused_by_datasette_too(site: Datasette, address: str) -> None:
    answer = await site.client.get(address, params={"sql": "SELECT seq FROM audit_event"})
    assert answer.status_code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_whatever_does_not_read_is_refused(path: Path, page: httpx.AsyncClient, method: str) -> None:
    for address in ("/trail/deletions", "/trail/audit_event", "/trail", "/trail/audit_event/1"):
        answer = await page.request(method, address, data={"sql": "DELETE FROM audit_event"})
        assert (answer.status_code, answer.text) == (405, "The audit trail is only looked at here.")
    assert verify_file(path).verdict is Verdict.SOUND


@pytest.mark.parametrize("statement", [*WRITES, *READS])
def test_the_connection_refuses_it_by_itself(connection: sqlite3.Connection, statement: str) -> None:
    with pytest.raises(sqlite3.DatabaseError):
        connection.execute(statement).fetchall()


@pytest.mark.parametrize("statement", ["DELETE FROM screen", "CREATE TABLE x (y)"])
def test_the_file_is_opened_for_reading_only(connection: sqlite3.Connection, statement: str) -> None:
    connection.set_authorizer(None)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute(statement)


def test_datasette_gets_no_connection_that_writes(path: Path, site: Datasette) -> None:
    with pytest.raises(PermissionError):
        TrailDatabase(site, path=path).connect(write=True)


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:8002", "localhost.evil.example:8001", ""])
async def test_another_host_name_is_refused(page: httpx.AsyncClient, host: str) -> None:
    answer = await page.get("/trail/audit_event.json", headers={"Host": host})
    assert answer.status_code == 403
    assert "Mira" not in answer.text


@pytest.mark.parametrize(
    "address", ["/", "/trail", "/trail/audit_event", "/trail/audit_event.json", "/trail/deletions.csv", "/nothing"]
)
async def test_every_answer_keeps_the_browser_here(page: httpx.AsyncClient, address: str) -> None:
    answer = await page.get(address)
    assert "default-src 'none'; script-src 'self';" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in answer.headers
    assert not [name for name in answer.headers if name.startswith("access-control-")]


async def test_names_are_shown_as_text(store: SqliteStore, page: httpx.AsyncClient) -> None:
    name = "<img src=x onerror=alert(1)>"
    await write(store, operation(2, NOON, Action.DELETE, {Stage.SUCCEEDED: "ok"}, about=name))
    for address in ("/trail/audit_event", "/trail/audit_event/4", "/trail/person?person=U0OMAR"):
        text = (await page.get(address)).text
        assert "&lt;img src=x" in text
        assert "<img" not in text


@pytest.mark.parametrize("what", ["moved", "replaced"])
async def test_a_file_that_is_no_longer_the_same_is_told(
    path: Path, page: httpx.AsyncClient, tmp_path: Path, what: str
) -> None:
    assert (await page.get("/trail/audit_event")).status_code == 200
    path.rename(tmp_path / "old.db")
    if what == "replaced":
        path.touch()
    answer = await page.get("/trail/audit_event")
    assert answer.status_code == 503
    assert "Start the page again" in answer.text


async def test_what_is_not_http_goes_to_datasette(site: Datasette, path: Path) -> None:
    said: list[object] = []

    async def receive() -> dict[str, str]:
        return {"type": "lifespan.shutdown" if said else "lifespan.startup"}

    async def send(message: object) -> None:
        said.append(message)

    await Gate(site, path, hosts=())({"type": "lifespan"}, receive, send)
    assert said == [{"type": "lifespan.startup.complete"}, {"type": "lifespan.shutdown.complete"}]
