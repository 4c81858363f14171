"""A PostgreSQL database for a benchmark, on a server that waits for the disk, as PostgreSQL's own settings have it."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from tests.postgres import BOT, postgres_server

# As the trail's table, with its computed columns, its indexes and its checks, and without its triggers.
_PLAIN = (
    "CREATE TABLE plain (LIKE audit_event INCLUDING ALL)",
    "CREATE SEQUENCE plain_seq",
    "ALTER TABLE plain ALTER seq SET DEFAULT nextval('plain_seq')",
    f"GRANT INSERT ON plain TO {BOT}",
    f"GRANT USAGE ON plain_seq TO {BOT}",
)


@contextmanager
def prepared_server() -> Iterator[str]:
    """The address, for the bot's role, of a database with the bot's tables and a table `plain`."""
    with postgres_server(durable=True) as server:
        database = server.new_database()
        with psycopg.connect(server.url(database, "postgres"), autocommit=True) as owner:
            for statement in _PLAIN:
                owner.execute(statement)
        yield server.url(database)
