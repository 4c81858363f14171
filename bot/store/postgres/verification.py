"""Whether the trail in a database of PostgreSQL was tampered with: everything in it, compared with everything else."""

from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg import Connection

from bot.domain.audit import Receipt
from bot.domain.errors import StoreUnavailable
from bot.store.checks import Progress
from bot.store.postgres.checks import CHECKS, Check, PostgresTrail
from bot.store.postgres.connection import version_fault
from bot.store.postgres.session import looking, require_trail, version_in
from bot.store.verification import Sentences, Verification, cannot_tell, concluded

# What says nothing of what stands in the database, by the class of the error
# (https://www.postgresql.org/docs/current/errcodes-appendix.html): connection, resources, operator, system, rights.
_UNREADABLE = ("08", "53", "57", "58", "42501")


def verify_database(
    url: str,
    *,
    noted: Iterable[Receipt] = (),
    after: Receipt | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Verify the trail, the tables with what guards them, and what stands beside the trail.

    Args:
        url: the address of the database; nothing in it is changed. Any role will do that may read the tables.
        noted: as for `bot.store.verification.verify_file`.
        after: as there.
        progress: as there.
    """
    try:
        with looking(url) as connection:
            require_trail(connection, url)
            return verify_connection(connection, noted=noted, after=after, progress=progress)
    except StoreUnavailable as error:
        return cannot_tell(error.sentence)


def verify_connection(
    connection: "Connection[Any]",
    *,
    noted: Iterable[Receipt] = (),
    after: Receipt | None = None,
    progress: Progress | None = None,
) -> Verification:
    """As `verify_database`, in the transaction of a connection.

    Raises:
        StoreUnavailable: the tables are of another version.
        psycopg.Error: the database cannot be read.
    """
    version = version_in(connection)
    if version and (fault := version_fault(version)):
        raise fault
    faults, warnings = Sentences("faults"), Sentences("warnings")
    trail = PostgresTrail(connection, noted, warnings.add, progress)
    trail.begin(after)
    for check in CHECKS.values():
        _collect(faults, check, trail)
    return concluded(faults, warnings, trail.entries, Receipt(trail.newest.seq, trail.newest.hash), trail.base)


def _collect(faults: Sentences, check: Check, trail: PostgresTrail) -> None:
    """Add what a check finds. A check that the damage breaks off is a fault too; the next one still runs."""
    try:
        with trail.connection.transaction():
            for sentence in check(trail):
                faults.add(sentence)
    except psycopg.Error as error:
        if error.sqlstate is None or error.sqlstate.startswith(_UNREADABLE):
            raise
        faults.add(f"the database is damaged: a check ended with “{type(error).__name__}”")
