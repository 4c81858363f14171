"""The audit trail: what one entry says, and how entries are chained so that tampering shows.

An entry's `body` is canonical JSON (RFC 8785) that contains its number `seq` and `prev`, the SHA-256 of the body
before it. Line n+1 of an export therefore names the hash of line n, and `sha256sum` alone can check it.

An operation has several entries with one `op`: `requested` when a person is asked, `started` before anything leaves
for the platform, then `succeeded`, `failed` or `unknown`. Succeeded means that the platform confirmed the end state.
A look at something is one entry, `succeeded` or `failed`; a refusal is one entry, `denied`. A question that nobody
answered ends as `failed`, with the code `expired` or `withdrawn`.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NewType, TypeVar

import msgspec

from bot.domain.plain import canonical_json
from bot.domain.redaction import redact
from bot.domain.text import storable

EntryId = NewType("EntryId", str)
OperationId = NewType("OperationId", str)

FORMAT = 1
"""Version of the body's form, its member `v`. Bodies are never rewritten."""

GENESIS = "0" * 64
"""What the first entry names as the hash before it."""


class Stage(StrEnum):
    """How far an operation has come."""

    REQUESTED = "requested"
    APPROVED = "approved"
    DENIED = "denied"
    STARTED = "started"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOTE = "note"


class Action(StrEnum):
    """What an operation does."""

    HELP = "bot.help"
    WHOAMI = "bot.whoami"
    UNDERSTAND = "bot.understand"
    LIST = "vi.workflow.list"
    SHOW = "vi.workflow.show"
    BACKUP = "vi.workflow.backup"
    DELETE = "vi.workflow.delete"
    RESTORE = "vi.workflow.restore"
    BACKUPS = "vi.workflow.backups"
    LOCK = "vi.workflow.lock"
    UNLOCK = "vi.workflow.unlock"
    RUNS = "vi.run.list"
    KILL = "vi.run.kill"
    PENDING = "bot.pending"
    HOME = "bot.home"
    STATUS = "bot.status"
    AUDIT = "bot.audit.read"
    EXPORT = "bot.audit.export"
    CHECKPOINT = "bot.audit.checkpoint"
    ROTATE = "bot.audit.rotate"
    START = "bot.start"
    STOP = "bot.stop"


_ALWAYS = frozenset({"missing", "spooled", "reason", "approver", "approval"})
_QUERY = frozenset({"query", "found"})

DETAILS: Mapping[Action, frozenset[str]] = {
    Action.HELP: frozenset({"roles"}),
    Action.WHOAMI: frozenset({"roles"}),
    Action.UNDERSTAND: frozenset(),
    Action.LIST: frozenset({"query", "page", "total"}),
    Action.SHOW: frozenset(),
    Action.BACKUP: frozenset({"copy", "copy_name", "snapshot", "before"}),
    Action.DELETE: frozenset({"back_up_first", "snapshot", "dry_run", "runs", "changes", "batch", "locked_by"}),
    Action.RESTORE: frozenset(
        {"snapshot", "source", "from", "new_id", "replaces", "changes", "differences", "batch", "locked_by"}
    ),
    Action.BACKUPS: frozenset({"query", "found"}),
    Action.LOCK: frozenset(),
    Action.UNLOCK: frozenset(),
    Action.RUNS: frozenset({"query", "found"}),
    Action.KILL: frozenset({"workflow", "state", "batch"}),
    Action.PENDING: frozenset({"found"}),
    Action.HOME: frozenset(),
    Action.STATUS: frozenset(),
    Action.AUDIT: _QUERY | {"entry"},
    Action.EXPORT: _QUERY | {"format"},
    Action.CHECKPOINT: frozenset({"checkpoint", "place", "faults"}),
    Action.ROTATE: frozenset({"base", "base_hash", "previous"}),
    Action.START: frozenset({"settings", "settings_sha256", "changed"}),
    Action.STOP: frozenset(),
}
"""Which details an entry of each action may have. What is not listed here is never written."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Who did it: a person, or the bot itself when it settles what it left open."""

    kind: str
    id: str
    team: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """What it was done to; `version` is the state that was seen."""

    kind: str
    id: str
    name: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """From where it was asked."""

    kind: str
    channel: str = ""
    command: str = ""
    trigger: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended.

    Attributes:
        code: `ok`, or the code of the error.
        status: the platform's HTTP status, 0 where there was none.
        message: what a person was told, in one sentence.
        trace: the platform's id of the request.
    """

    code: str
    status: int = 0
    message: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry before it has its place in the chain.

    Attributes:
        at: when, by the bot's clock (UTC); the order is `seq`, never the clock.
        details: what else belongs to the action: arguments, reason, the copy's id, … Those that `DETAILS` lists.
        host: which process wrote it.
        redacted: JSON pointers of what was taken out, where the entry was kept elsewhere before.
    """

    id: EntryId
    operation_id: OperationId
    at: datetime
    stage: Stage
    action: Action
    actor: Subject
    origin: Origin
    target: Target | None = None
    outcome: Outcome | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    host: Mapping[str, str] = field(default_factory=dict)
    redacted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that an entry is in the trail: its number and its hash."""

    seq: int
    hash: str

    def __str__(self) -> str:
        return f"#{self.seq} · {self.hash[:16]}"


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """An entry in its place: `body` is what is hashed."""

    seq: int
    body: str
    hash: str

    @property
    def receipt(self) -> Receipt:
        """Its number and hash."""
        return Receipt(self.seq, self.hash)


EMPTY = Receipt(0, GENESIS)
"""The head of a trail without entries."""

CLOCK_TOLERANCE = timedelta(minutes=1)
"""How far the clock may go back between two entries before a verification speaks of it."""


_Value = TypeVar("_Value", Subject, Target, Origin, Outcome)


def hash_of(body: str) -> str:
    """The hash that chains entries: SHA-256 of the body's UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(body.encode()).hexdigest()


def timestamp(at: datetime) -> str:
    """A moment as the trail writes it: UTC, microseconds, `Z`. Text, since nanoseconds pass 2^53."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def seal(entry: AuditEntry, head: Receipt) -> SealedEntry:
    """Put an entry in its place behind `head`."""
    body = canonical_json({**clean(entry), "seq": head.seq + 1, "prev": head.hash})
    return SealedEntry(head.seq + 1, body, hash_of(body))


def clean(entry: AuditEntry) -> dict[str, Any]:
    """What is written of an entry: no detail that its action does not have, and no secret, wherever it stood.

    `redacted` in it lists what was taken out, as JSON pointers.
    """
    allowed = DETAILS[entry.action] | _ALWAYS
    content: dict[str, Any] = {
        "v": FORMAT,
        "id": entry.id,
        "op": entry.operation_id,
        "ts": timestamp(entry.at),
        "stage": entry.stage.value,
        "action": entry.action.value,
        "actor": _members(entry.actor),
        "source": _members(entry.origin),
        "target": _members(entry.target),
        "outcome": _members(entry.outcome),
        "details": {name: value for name, value in entry.details.items() if name in allowed},
        "host": dict(entry.host),
    }
    without_secrets, places = redact({name: value for name, value in content.items() if value})
    unlisted = (f"/details/{storable(name)}" for name in sorted(entry.details) if name not in allowed)
    redacted = sorted({*entry.redacted, *places, *unlisted})
    return {**without_secrets, **({"redacted": redacted} if redacted else {})}


def _members(value: Subject | Origin | Target | Outcome | None) -> dict[str, Any]:
    return {} if value is None else {name: member for name in value.__slots__ if (member := getattr(value, name))}


def content_of(sealed: SealedEntry) -> AuditEntry:
    """What a sealed entry says; a member that a later format may have added is passed over.

    Raises:
        ValueError: the text is not an entry.
    """
    try:
        return entry_of(json.loads(sealed.body))
    except (KeyError, TypeError) as error:
        raise ValueError(f"entry #{sealed.seq} is not an entry") from error


def entry_of(content: Mapping[str, Any]) -> AuditEntry:
    """What `clean` made of an entry, read again.

    Raises:
        KeyError, TypeError, ValueError: it is not that.
    """
    return AuditEntry(
        id=EntryId(content["id"]),
        operation_id=OperationId(content["op"]),
        at=datetime.fromisoformat(content["ts"]),
        stage=Stage(content["stage"]),
        action=Action(content["action"]),
        actor=_value(Subject, content["actor"]),
        origin=_value(Origin, content["source"]),
        target=_value(Target, content["target"]) if "target" in content else None,
        outcome=_value(Outcome, content["outcome"]) if "outcome" in content else None,
        details=content.get("details", {}),
        host=content.get("host", {}),
        redacted=tuple(content.get("redacted", ())),
    )


def _value(kind: type[_Value], content: Mapping[str, Any]) -> _Value:
    known = {each.name for each in fields(kind)}
    return kind(**{name: value for name, value in content.items() if name in known})


class Link(msgspec.Struct, frozen=True, gc=False):
    """What chains an entry, out of its body: the rest is passed over, which makes reading it quick."""

    seq: int
    prev: str
    ts: str = ""


_LINK = msgspec.json.Decoder(Link)
_SPOOLED = b'"spooled":'  # inside a text, the second quotation mark has a backslash before it


def link_of(body: bytes) -> Link:
    """What chains an entry.

    Raises:
        ValueError: the text is not an entry.
    """
    try:
        return _LINK.decode(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _pass_over(_warning: str) -> None:
    """Warnings are for those who ask for them."""


def chain_faults(
    entries: Iterable[SealedEntry], *, after: Receipt = EMPTY, warn: Callable[[str], None] = _pass_over
) -> Iterator[str]:
    """Every place where the chain does not hold, one sentence each, in order.

    It sees a body that does not have its hash, a number missing or out of order, and a body that does not name the
    hash before it. It cannot see a trail cut off at its end, nor one rewritten whole from some place on: for
    that, a hash noted elsewhere is needed.

    Args:
        entries: in their order.
        after: the entry that the first one follows.
        warn: is given a sentence for each entry whose clock was more than a minute behind that of the one before
            it, unless it waited in the spool.
    """
    number, digest, time = after.seq, after.hash, ""
    for entry in entries:
        body = entry.body.encode()
        if entry.seq != number + 1:
            yield f"entry #{entry.seq} stands where #{number + 1} belongs"
        if hashlib.sha256(body).hexdigest() != entry.hash:
            yield f"entry #{entry.seq} was changed: its text does not have its hash"
        try:
            link = link_of(body)
        except ValueError:
            yield f"entry #{entry.seq} is not an entry: its text cannot be read"
        else:
            if link.seq != entry.seq:
                yield f"entry #{entry.seq} calls itself #{link.seq}"
            if link.prev != digest:
                yield f"entry #{entry.seq} does not follow the one before it"
            if link.ts >= time or _SPOOLED not in body:
                if _is_behind(link.ts, time):
                    warn(f"entry #{entry.seq} was written at {link.ts}, the one before it at {time}")
                time = link.ts
        number, digest = entry.seq, entry.hash


def _is_behind(time: str, before: str) -> bool:
    if time >= before:
        return False
    try:
        return datetime.fromisoformat(before) - datetime.fromisoformat(time) > CLOCK_TOLERANCE
    except (ValueError, TypeError):  # not as this bot writes it
        return True
