"""What a fault of PostgreSQL's is called before people."""

import psycopg
from psycopg import errors
from psycopg_pool import PoolTimeout

from bot.domain.errors import StoreUnavailable
from bot.store.failures import MEMORY

_REACH = (
    "its server cannot be reached",
    "Try again in a minute; if it stays so, whoever runs the bot must look at the database.",
)
_CAUSES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], tuple[str, str]], ...] = (
    (errors.QueryCanceled, ("it took too long", "Ask for less at a time, or try again.")),
    (
        (errors.ReadOnlySqlTransaction, errors.InsufficientPrivilege),
        ("its server does not allow that", "Give the role the rights that `vi-bot store migrate` grants."),
    ),
    (
        (errors.DiskFull, errors.OutOfMemory),
        ("its server has no space left", "Free some space for it; until then nothing is changed."),
    ),
    ((errors.DataCorrupted, errors.IndexCorrupted), ("its data is damaged", "Go back to a sound copy of it.")),
    (
        (errors.UndefinedTable, errors.UndefinedColumn, errors.UndefinedFunction),
        ("it does not have what this version expects", "Run `vi-bot store migrate` as the owner."),
    ),
    ((psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, OSError, TimeoutError), _REACH),
)
_OTHER = ("it refused what it was given", "Whoever runs the bot finds the cause in its log.")


def unavailable(error: Exception, subject: str = MEMORY) -> StoreUnavailable:
    """The error for people, chained to its cause. A `StoreUnavailable` is passed through as it is.

    No word of PostgreSQL's is shown: it may hold the address of the server.
    """
    if isinstance(error, StoreUnavailable):
        return error
    cause, advice = next((words for kinds, words in _CAUSES if isinstance(error, kinds)), _OTHER)
    failure = StoreUnavailable(f"{subject} cannot be used: {cause}.", advice)
    failure.__cause__ = error
    return failure
