"""What a command means once it was understood: one value for each."""

from dataclasses import dataclass

from bot.domain.export import Format
from bot.domain.listing import Query
from bot.domain.trail_filters import Audit


@dataclass(frozen=True, slots=True)
class Help:
    """`help [command]`."""

    topic: str = ""


@dataclass(frozen=True, slots=True)
class Whoami:
    """`whoami`."""


@dataclass(frozen=True, slots=True)
class ListWorkflows:
    """`list`."""

    query: Query


@dataclass(frozen=True, slots=True)
class Show:
    """`show`."""

    reference: str


@dataclass(frozen=True, slots=True)
class Backup:
    """`backup`."""

    reference: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Delete:
    """`delete`, of one or several."""

    references: tuple[str, ...]
    reason: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Backups:
    """`backups`, of one workflow or of all."""

    reference: str = ""


@dataclass(frozen=True, slots=True)
class Restore:
    """`restore`."""

    reference: str


@dataclass(frozen=True, slots=True)
class Runs:
    """`runs`, of one workflow or of all."""

    reference: str = ""
    active_only: bool = False


@dataclass(frozen=True, slots=True)
class Kill:
    """`kill`."""

    reference: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Pending:
    """`pending`."""


@dataclass(frozen=True, slots=True)
class Status:
    """`status`."""


@dataclass(frozen=True, slots=True)
class LockWorkflow:
    """`lock`."""

    reference: str
    reason: str


@dataclass(frozen=True, slots=True)
class UnlockWorkflow:
    """`unlock`."""

    reference: str


@dataclass(frozen=True, slots=True)
class ShowEntry:
    """`audit --entry`."""

    seq: int


@dataclass(frozen=True, slots=True)
class ExportTrail:
    """`audit --export`."""

    asked: Audit
    form: Format


Command = (
    Help
    | Whoami
    | ListWorkflows
    | Show
    | Backup
    | Backups
    | Delete
    | Restore
    | Runs
    | Kill
    | Pending
    | Status
    | LockWorkflow
    | UnlockWorkflow
    | Audit
    | ShowEntry
    | ExportTrail
)
