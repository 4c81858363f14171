"""The audit trail in SQLite: append, read, search."""

from pathlib import Path

from bot.domain.audit import EMPTY, AuditEntry, Receipt, SealedEntry, seal, timestamp
from bot.domain.text import shown, storable
from bot.ports import TrailQuery
from bot.store.connection import reading
from bot.store.driver import sqlite3
from bot.store.failures import unavailable

_WHOLE = "audit_event AS event", "event.seq"
_SEARCHED = "audit_search JOIN audit_event AS event ON event.seq = audit_search.rowid", "audit_search.rowid"

# The clock may have gone back, so an entry's time says nothing of its neighbours': the number where the span
# begins is looked up, and each entry's time is still compared.
_CONDITIONS = {
    "words": "audit_search MATCH :words",
    "workflow": "(event.target = :workflow OR event.target_name = :workflow)",
    "actor": "event.actor = :actor",
    "since": "event.ts >= :since AND {number} >= (SELECT min(+seq) FROM audit_event WHERE ts >= :since)",
    "stage": "event.stage = :stage",
    "action": "event.action = :action",
    "before": "{number} < :before",
}


def append(connection: sqlite3.Connection, entry: AuditEntry) -> Receipt:
    """Append an entry behind the newest one, which is read in the same transaction."""
    sealed = seal(entry, head(connection))
    connection.execute(
        "INSERT INTO audit_event (seq, body, hash) VALUES (?, ?, ?)", (sealed.seq, sealed.body, sealed.hash)
    )
    return sealed.receipt


def head(connection: sqlite3.Connection) -> Receipt:
    """The newest entry's number and hash."""
    row = connection.execute("SELECT seq, hash FROM audit_event ORDER BY seq DESC LIMIT 1").fetchone()
    return Receipt(*row) if row else EMPTY


def open_operations(connection: sqlite3.Connection) -> list[SealedEntry]:
    """The `started` entry of every operation that has neither succeeded nor failed, oldest first."""
    rows = connection.execute("SELECT seq, body, hash FROM open_operation JOIN audit_event USING (seq) ORDER BY seq")
    return [SealedEntry(*row) for row in rows]


def search(connection: sqlite3.Connection, query: TrailQuery) -> list[SealedEntry]:
    """Entries that the query means, newest first."""
    parameters = {
        "words": " ".join(_quoted(word) for word in shown(query.text).split()),
        "workflow": storable(query.workflow),
        "actor": storable(query.actor),
        "since": query.since and timestamp(query.since),
        "stage": query.stage,
        "action": query.action,
        "before": query.before,
        "limit": query.limit,
    }
    # In the order of the numbers, which the search index has too; its other order, by rank, would look at every
    # match of a common word.
    source, number = _SEARCHED if parameters["words"] else _WHOLE
    given = [text for name, text in _CONDITIONS.items() if parameters[name] not in (None, "")]
    conditions = " AND ".join(given).format(number=number) or "TRUE"
    rows = connection.execute(
        f"SELECT event.seq, body, hash FROM {source} WHERE {conditions} ORDER BY {number} DESC LIMIT :limit",  # noqa: S608 - put together from the constants above; what people type is bound
        parameters,
    )
    return [SealedEntry(*row) for row in rows]


def read_trail(path: Path, query: TrailQuery) -> list[SealedEntry]:
    """Entries of the trail in a file, newest first. Reads only, also while the bot runs.

    Raises:
        StoreUnavailable: the file cannot be read.
    """
    try:
        with reading(path) as database:
            return search(database.connection, query)
    except sqlite3.Error as error:
        raise unavailable(error, f"The database {path}") from error


def _quoted(word: str) -> str:
    """A word that the search language takes as it is, operators and all."""
    return '"' + word.replace('"', '""') + '"'
