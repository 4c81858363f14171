"""The audit trail in SQLite: append, read, search."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bot.domain.audit import EMPTY, AuditEntry, Receipt, SealedEntry, seal, timestamp
from bot.domain.backup import check_of
from bot.domain.text import shown, storable
from bot.ports import TrailQuery
from bot.store import snapshots
from bot.store.connection import reading
from bot.store.driver import sqlite3
from bot.store.failures import unavailable

_HIGHEST = 2**63 - 1  # the highest number that SQLite can be asked for
_MERGED = 64  # pages of the search index that are put together at a time: some milliseconds
_MANY = 1_000  # entries: no more are counted to see which condition leads


class _Condition(NamedTuple):
    """What narrows a search: `led` finds its entries through an index, `other` looks at an entry found otherwise."""

    all: str
    led: str
    other: str

    @classmethod
    def equal(cls, *names: str, column: str = "") -> "_Condition":
        each = [f"{column or name} = :{name}" for name in names]
        return cls(
            f"SELECT 1 FROM audit_event WHERE {' AND '.join(each)}",  # noqa: S608 - constants
            " AND ".join(f"event.{same}" for same in each),
            " AND ".join(f"+event.{same}" for same in each),
        )


def _of_workflow(beside: Sequence[str]) -> _Condition:
    found = " UNION ALL ".join(
        f"SELECT seq FROM audit_event WHERE {' AND '.join([f'{column} = :workflow', *beside])}"  # noqa: S608 - constants
        for column in ("target", "target_name")
    )
    return _Condition(found, f"event.seq IN ({found})", "(+event.target = :workflow OR +event.target_name = :workflow)")


_WORDS = _Condition(
    "SELECT 1 FROM audit_search WHERE audit_search MATCH :words",
    "audit_search MATCH :words",
    "EXISTS (SELECT 1 FROM audit_search WHERE audit_search MATCH :words AND audit_search.rowid = event.seq)",
)


def _conditions(given: Collection[str], bounds: Sequence[str]) -> Mapping[str, _Condition]:
    """What is asked for; where two are equally common, the one that comes first here leads."""
    # Of what stands in a workflow's index besides, each is looked at there and not in each entry's text.
    beside = [f"+{name} = :{name}" for name in ("stage", "action", "actor") if name in given]
    conditions = {
        "operation": _Condition.equal("operation", column="op"),
        "workflow": _of_workflow([*beside, *(each.format(number="+seq") for each in bounds)]),
        "actor": _Condition.equal("actor"),
        "words": _WORDS,
        "action": _Condition.equal("action"),
        "stage": _Condition.equal("stage"),
    }
    found = {name: condition for name, condition in conditions.items() if name in given}
    if "action" in found and "stage" in found:
        del found["stage"]
        found["action"] = _Condition.equal("action", "stage")
    return found


_SPANS = {"since": "+event.ts >= :since", "until": "+event.ts < :until"}
_BEFORE = "{number} < :before"
# An entry's time says nothing of its neighbours' where the clock had gone back. Leave out the entries written then
# (`audit_late`), and times and numbers rise together: between these numbers lies all that each span can hold.
_BOUNDS = {
    "since": """{number} >= (
        SELECT seq FROM audit_event AS timely
        WHERE ts >= :since AND NOT EXISTS (SELECT 1 FROM audit_late WHERE audit_late.seq = timely.seq)
        ORDER BY ts, seq LIMIT 1
    )""",
    "until": """{number} <= max(
        (SELECT seq FROM audit_event WHERE ts < :until ORDER BY ts DESC, seq DESC LIMIT 1),
        coalesce((SELECT max(seq) FROM audit_late WHERE ts < :until), 0)
    )""",
}


def append(connection: sqlite3.Connection, entry: AuditEntry) -> Receipt:
    """Append an entry behind the newest one, which is read in the same transaction.

    What it says of a copy is kept beside the copy's snapshot too.
    """
    sealed = seal(entry, head(connection))
    connection.execute(
        "INSERT INTO audit_event (seq, body, hash) VALUES (?, ?, ?)", (sealed.seq, sealed.body, sealed.hash)
    )
    if check := check_of(entry):
        snapshots.add_check(connection, entry.operation_id, check)
    return sealed.receipt


def append_once(connection: sqlite3.Connection, entry: AuditEntry) -> Receipt | None:
    """Append an entry unless one with its id is there; then None."""
    found = connection.execute("SELECT 1 FROM audit_event WHERE id = ?", (entry.id,)).fetchone()
    return None if found else append(connection, entry)


def merge_search(connection: sqlite3.Connection, *, anew: bool) -> bool:
    """Put some pages of the search index together; whether more are left (https://sqlite.org/fts5.html, "merge")."""
    before = connection.total_changes
    connection.execute(
        "INSERT INTO audit_search (audit_search, rank) VALUES ('merge', ?)", (-_MERGED if anew else _MERGED,)
    )
    return connection.total_changes - before > 1  # the command itself counts as one


def base(connection: sqlite3.Connection) -> Receipt:
    """The entry after which this file begins: the newest of the file before it."""
    row = connection.execute("SELECT seq, hash FROM audit_base").fetchone()
    return Receipt(*row) if row else EMPTY


def head(connection: sqlite3.Connection) -> Receipt:
    """The newest entry's number and hash."""
    row = connection.execute("SELECT seq, hash FROM audit_event ORDER BY seq DESC LIMIT 1").fetchone()
    return Receipt(*row) if row else base(connection)


def find(connection: sqlite3.Connection, seq: int) -> SealedEntry | None:
    """One entry, or None."""
    found = after(connection, seq - 1, 1)
    return found[0] if found and found[0].seq == seq else None


def after(connection: sqlite3.Connection, seq: int, limit: int) -> list[SealedEntry]:
    """The entries behind number `seq`, oldest first."""
    rows = connection.execute(
        "SELECT seq, body, hash FROM audit_event WHERE seq > ? ORDER BY seq LIMIT ?",
        (max(0, min(seq, _HIGHEST)), limit),
    )
    return [SealedEntry(*row) for row in rows]


def open_operations(connection: sqlite3.Connection) -> list[SealedEntry]:
    """The `started` entry of every operation that has neither succeeded nor failed, oldest first."""
    rows = connection.execute("SELECT seq, body, hash FROM open_operation JOIN audit_event USING (seq) ORDER BY seq")
    return [SealedEntry(*row) for row in rows]


def search(
    connection: sqlite3.Connection, query: TrailQuery, *, bounds: Mapping[str, str] = _BOUNDS
) -> list[SealedEntry]:
    """Entries that the query means, newest first."""
    parameters = {
        "words": _match(query),
        "workflow": storable(query.workflow),
        "actor": storable(query.actor),
        "since": query.since and timestamp(query.since),
        "until": query.until and timestamp(query.until),
        "stage": query.stage,
        "action": query.action,
        "operation": storable(query.operation),
        "before": query.before,
        "limit": query.limit,
    }
    given = {name for name, value in parameters.items() if value not in (None, "")}
    numbers = [text for name, text in {**bounds, "before": _BEFORE}.items() if name in given]
    conditions = _conditions(given, numbers)
    leader = _rarest(connection, conditions, parameters)
    # In the order of the numbers, which the search index has too; its other order, by rank, would look at every
    # match of a common word.
    searched = leader == "words"
    source = (
        "audit_search JOIN audit_event AS event ON event.seq = audit_search.rowid"
        if searched
        else "audit_event AS event"
    )
    number = "audit_search.rowid" if searched else "event.seq"
    texts = [each.led if name == leader else each.other for name, each in conditions.items()]
    texts += [*numbers, *(text for name, text in _SPANS.items() if name in given)]
    where = " AND ".join(texts).format(number=number) or "TRUE"
    rows = connection.execute(
        f"SELECT event.seq, body, hash FROM {source} WHERE {where} ORDER BY {number} DESC LIMIT :limit",  # noqa: S608 - put together from the constants above; what people type is bound
        parameters,
    )
    return [SealedEntry(*row) for row in rows]


def _rarest(connection: sqlite3.Connection, conditions: Mapping[str, _Condition], parameters: Mapping[str, Any]) -> str:
    """The condition that the fewest entries meet: SQLite cannot know, and a common one would look at them all."""

    def count(name: str) -> int:
        statement = f"SELECT count(*) FROM ({conditions[name].all} LIMIT {_MANY})"  # noqa: S608 - as above
        (found,) = connection.execute(statement, parameters).fetchone()
        return int(found)

    return min(conditions, key=count) if len(conditions) > 1 else "".join(conditions)


def _match(query: TrailQuery) -> str:
    """What the search index is asked: the words, each, and what else of the query it can tell quickly.

    That only narrows: the other conditions still hold.
    """
    words = [_quoted(word) for word in shown(query.text).split()]
    beside = {"action": query.action, "stage": query.stage} if words else {}
    return " ".join([*words, *(f"{column} : {_quoted(value)}" for column, value in beside.items() if value)])


def read_trail(path: Path, query: TrailQuery) -> list[SealedEntry]:
    """Entries of the trail in a file, newest first. Reads only, also while the bot runs.

    Raises:
        StoreUnavailable: the file cannot be read.
    """
    try:
        with reading(path) as database:
            return search(database.connection, query, bounds=_BOUNDS if _lists_late(database.connection) else {})
    except sqlite3.Error as error:
        raise unavailable(error, f"The database {path}") from error


def _lists_late(connection: sqlite3.Connection) -> bool:
    # A file that an older version made and this one has not opened to write yet.
    return connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'audit_late'").fetchone() is not None


def _quoted(word: str) -> str:
    """A word that the search language takes as it is, operators and all."""
    return '"' + word.replace('"', '""') + '"'
