"""The audit trail: what one entry says, and how entries are chained so that tampering shows.

An entry's `body` is canonical JSON (RFC 8785) that contains its number `seq` and `prev`, the SHA-256 of the body
before it. Line n+1 of an export therefore names the hash of line n, and `sha256sum` alone can check it.

An operation has several entries with one `op`: `requested` when a person is asked, `started` before anything leaves
for the platform, then `succeeded`, `failed` or `unknown`. Succeeded means that the platform confirmed the end state.
A look at something is one entry, `succeeded` or `failed`; a refusal is one entry, `denied`.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NewType, TypeVar

import rfc8785

from bot.domain.redaction import redact

EntryId = NewType("EntryId", str)
OperationId = NewType("OperationId", str)

FORMAT = 1
"""Version of the body's form, its member `v`. Bodies are never rewritten."""

GENESIS = "0" * 64
"""What the first entry names as the hash before it."""


class Stage(StrEnum):
    """How far an operation has come."""

    REQUESTED = "requested"
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
    AUDIT = "bot.audit.read"


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
        details: what else belongs to the action: arguments, reason, the copy's id, …
        host: which process wrote it.
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


_Value = TypeVar("_Value", Subject, Target, Origin, Outcome)


def hash_of(body: str) -> str:
    """The hash that chains entries: SHA-256 of the body's UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(body.encode()).hexdigest()


def timestamp(at: datetime) -> str:
    """A moment as the trail writes it: UTC, microseconds, `Z`. Text, since nanoseconds pass 2^53."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def seal(entry: AuditEntry, head: Receipt) -> SealedEntry:
    """Put an entry in its place behind `head`. Secrets are taken out here, before anything is written."""
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
        "details": dict(entry.details),
        "host": dict(entry.host),
    }
    clean, redacted = redact({name: value for name, value in content.items() if value})
    place: dict[str, Any] = {"seq": head.seq + 1, "prev": head.hash}
    body = rfc8785.dumps({**clean, **({"redacted": list(redacted)} if redacted else {}), **place}).decode()
    return SealedEntry(head.seq + 1, body, hash_of(body))


def _members(value: Subject | Origin | Target | Outcome | None) -> dict[str, Any]:
    return {} if value is None else {name: member for name, member in asdict(value).items() if member}


def content_of(sealed: SealedEntry) -> AuditEntry:
    """What a sealed entry says; a member that a later format may have added is passed over.

    Raises:
        ValueError: the text is not an entry.
    """
    try:
        content = json.loads(sealed.body)
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
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"entry #{sealed.seq} is not an entry") from error


def _value(kind: type[_Value], content: Mapping[str, Any]) -> _Value:
    known = {each.name for each in fields(kind)}
    return kind(**{name: value for name, value in content.items() if name in known})


def chain_faults(entries: Iterable[SealedEntry], *, after: Receipt = EMPTY) -> Iterator[str]:
    """Every place where the chain does not hold, one sentence each, in order.

    It sees a body that does not have its hash, a number missing or out of order, and a body that does not name the
    hash before it. It cannot see a trail cut off at its end, nor one rewritten whole from some place on: for
    that, a hash noted elsewhere is needed.
    """
    head = after
    for entry in entries:
        if entry.seq != head.seq + 1:
            yield f"entry #{entry.seq} stands where #{head.seq + 1} belongs"
        if hash_of(entry.body) != entry.hash:
            yield f"entry #{entry.seq} was changed: its text does not have its hash"
        try:
            content = json.loads(entry.body)
            seq, previous = content["seq"], content["prev"]
        except (ValueError, KeyError, TypeError, RecursionError):
            yield f"entry #{entry.seq} is not an entry: its text cannot be read"
        else:
            if seq != entry.seq:
                yield f"entry #{entry.seq} calls itself #{seq}"
            if previous != head.hash:
                yield f"entry #{entry.seq} does not follow the one before it"
        head = Receipt(entry.seq, entry.hash)
