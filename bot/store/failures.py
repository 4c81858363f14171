"""What a fault of SQLite's or of the disk is called before people."""

from bot.domain.errors import StoreUnavailable
from bot.store.driver import sqlite3

MEMORY = "The bot's own memory"

_CAUSES = {
    "SQLITE_BUSY": ("another program holds it locked", "Try again; if it stays so, close that program."),
    "SQLITE_CANTOPEN": ("its file cannot be opened", "Check that its folder exists and the bot may write there."),
    "SQLITE_CORRUPT": ("its file is damaged", "Stop the bot, keep the file, and go back to a sound copy of it."),
    "SQLITE_FULL": ("its disk is full", "Free some space for it; until then nothing is changed."),
    "SQLITE_INTERRUPT": ("it took too long", "Ask for less at a time, or try again."),
    "SQLITE_IOERR": ("its disk reports a fault", "Check the disk; until then nothing is changed."),
    "SQLITE_NOTADB": ("its file is not a database", "Check that the path is the right one."),
    "SQLITE_READONLY": (
        "its file may not be written",
        "Give the bot the right to write the file, those named after it beside it, and their folder.",
    ),
}
_OTHER = ("it refused what it was given", "Whoever runs the bot finds the cause in its log.")


def error_name(error: sqlite3.Error) -> str:
    """SQLite's name of the error without its extension: SQLITE_IOERR for SQLITE_IOERR_WRITE.

    Empty where the error comes from Python's module itself.
    """
    return "_".join(getattr(error, "sqlite_errorname", "").split("_")[:2])


def unavailable(error: Exception, subject: str = MEMORY) -> StoreUnavailable:
    """The error for people, chained to its cause. A `StoreUnavailable` is passed through as it is."""
    if isinstance(error, StoreUnavailable):
        return error
    if isinstance(error, sqlite3.Error):
        cause, advice = _CAUSES.get(error_name(error), _OTHER)
    elif isinstance(error, OSError):
        cause, advice = error.strerror or "its disk reports a fault", _CAUSES["SQLITE_CANTOPEN"][1]
    else:
        cause, advice = _OTHER
    failure = StoreUnavailable(f"{subject} cannot be used: {cause}.", advice)
    failure.__cause__ = error
    return failure
