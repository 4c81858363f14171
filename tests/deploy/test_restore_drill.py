"""What docs/running.md says of backup and restore, done with the same programs."""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot.operations.anchoring import verified
from bot.store import looking, open_store
from bot.store.engine import engine_of
from bot.store.postgres.migrations import migrate
from tests.cli.commands import entry, write
from tests.cli.commands import run as command
from tests.deploy.test_compose import run_roles
from tests.postgres import PostgresServer, postgres_server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    async def prepare() -> None:
        async with await psycopg.AsyncConnection.connect(found.url("vi", "vi_owner"), autocommit=True) as owner:
            await migrate(owner, "vi_bot")

    with postgres_server() as found:
        run_roles(found, tmp_path_factory.mktemp("secrets"))
        asyncio.run(prepare())
        yield found


def run(server: PostgresServer, program: str, *arguments: str) -> None:
    with psycopg.connect(server.address) as connection:
        found = connection.execute("SELECT setting FROM pg_config WHERE name = 'BINDIR'").fetchone()
    assert found is not None
    done = subprocess.run(
        [str(Path(found[0]) / program), *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


async def test_a_copy_is_restored_with_its_guards_and_its_chain(server: PostgresServer, tmp_path: Path) -> None:
    store = await open_store(server.url("vi"))
    for number in range(1, 6):
        await store.record(entry(number))
    head = await store.head()
    await store.close()
    dump = tmp_path / "vi.dump"
    run(server, "pg_dump", "--format=custom", f"--file={dump}", server.url("vi", "vi_owner"))
    with psycopg.connect(server.address, autocommit=True) as superuser:
        superuser.execute("CREATE DATABASE vi_restored OWNER vi_owner")
    target = server.url("vi_restored", "vi_owner")
    run(server, "pg_restore", "--exit-on-error", "--single-transaction", f"--dbname={target}", str(dump))
    async with looking(server.url("vi_restored")) as restored:
        assert await verified(restored) == (head, ())
        assert (await restored.record(entry(6))).seq == head.seq + 1
    assert (await engine_of(server.url("vi_restored"))).fault == ""


def test_a_file_is_restored_and_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    receipts = write(entry(1), entry(2))
    assert command("audit", "backup", "vi-bot.backup.db")[0] == 0
    write(entry(3))
    store = Path("vi-bot.db")
    store.write_bytes(b"damaged")
    store.rename("vi-bot.damaged.db")
    anchors = f"audit #{receipts[1].seq} · {receipts[1].hash}"
    assert command("audit", "verify", "vi-bot.backup.db", "--anchors", "-", given=anchors)[0] == 0
    shutil.copy2("vi-bot.backup.db", store)
    assert write(entry(4))[0].seq == 3
    assert command("audit", "verify")[0] == 0


async def test_an_entry_that_the_owner_of_the_tables_changed_is_seen(server: PostgresServer) -> None:
    async with looking(server.url("vi")) as store:
        await store.record(entry(100))
        with psycopg.connect(server.url("vi", "vi_owner"), autocommit=True) as owner:
            owner.execute("ALTER TABLE audit_event DISABLE TRIGGER audit_event_append_only")
            owner.execute("UPDATE audit_event SET body = replace(body, 'Pot', 'Put') WHERE seq = 1")
            owner.execute("ALTER TABLE audit_event ENABLE TRIGGER audit_event_append_only")
        _, faults = await verified(store)
    assert faults[0] == "entry #1 was changed: its text does not have its hash"
