"""Backups: a copy in Vi beside the workflow, and a snapshot in the bot's own store."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NewType

from bot.domain.audit import Action, AuditEntry, OperationId, Stage
from bot.domain.document import canonical, differences, digest
from bot.domain.errors import BackupDiffers
from bot.domain.people import PersonId
from bot.domain.text import cut
from bot.domain.workflow import JsonObject, Workflow, WorkflowId, attributes_of, spec_of

SnapshotId = NewType("SnapshotId", str)

BACKUP_OF = "backup-of"
BACKUP_BY = "backup-by"
BACKUP_AT = "backup-at"
_OURS = frozenset({BACKUP_OF, BACKUP_BY, BACKUP_AT})

_NAME_LENGTH = 200
"""How long the name of a copy may be. Ours: the platform documents no limit."""


@dataclass(frozen=True, slots=True)
class BackupCheck:
    """What came of reading a copy back and comparing it with the snapshot that it was made from."""

    at: datetime
    equal: bool


@dataclass(frozen=True, slots=True)
class SnapshotSummary:
    """What a list to choose from shows of a snapshot."""

    id: SnapshotId
    workflow_id: WorkflowId
    workflow_name: str
    taken_at: datetime


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the platform had of a workflow at one moment: enough to make it anew.

    Attributes:
        document: canonical JSON of everything that the platform sent.
        sha256: of that text.
        operation_id: the operation that took it.
        copy_id: the copy in Vi that was to be made from it, where there is one.
        check: whether that copy came back equal; None where it was not compared, or not yet.
    """

    id: SnapshotId
    workflow_id: WorkflowId
    workflow_name: str
    taken_at: datetime
    operation_id: OperationId
    document: str
    sha256: str
    copy_id: WorkflowId | None = None
    check: BackupCheck | None = None


def check_of(entry: AuditEntry) -> BackupCheck | None:
    """What an entry of the trail says of the copy that its operation made; None where it says nothing of it."""
    if entry.action is not Action.BACKUP:
        return None
    if entry.stage is Stage.SUCCEEDED:
        return BackupCheck(entry.at, equal=True)
    differs = entry.outcome is not None and entry.outcome.code == BackupDiffers.code
    return BackupCheck(entry.at, equal=False) if differs else None


def snapshot_of(
    workflow: Workflow,
    *,
    snapshot_id: SnapshotId,
    operation_id: OperationId,
    at: datetime,
    copy_id: WorkflowId | None = None,
) -> Snapshot:
    """A snapshot of this workflow.

    Raises:
        ValueError: the document holds a number that JSON cannot carry.
    """
    document = canonical(workflow.document)
    return Snapshot(snapshot_id, workflow.id, workflow.name, at, operation_id, document, digest(document), copy_id)


def copy_name(name: str, at: datetime) -> str:
    """The name of a copy made at this moment: the source's, cut to fit, with the time in UTC."""
    suffix = f" (backup {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC)"
    return cut(name, _NAME_LENGTH - len(suffix)) + suffix


def copy_spec(source: Workflow, name: str) -> JsonObject:
    """The configuration of a copy: the source's own, unknown fields included, under another name."""
    return {**source.spec, "name": name}


def copy_attributes(source: Workflow, *, by: PersonId, at: datetime) -> Mapping[str, str]:
    """The labels of a copy: the source's, and where, by whom and when it was made."""
    return {
        **source.attributes,
        BACKUP_OF: source.id,
        BACKUP_BY: by,
        BACKUP_AT: at.astimezone(UTC).isoformat(timespec="seconds"),
    }


def copy_differences(source: JsonObject, copy: JsonObject) -> tuple[str, ...]:
    """JSON pointers of what a copy should have kept of its source's document and did not.

    Compared is the configuration without its name, and the labels without our three: all that a copy can keep.
    """
    return differences(_kept(source), _kept(copy))


def lasting_differences(before: JsonObject, after: JsonObject) -> tuple[str, ...]:
    """JSON pointers of what changed in a workflow's configuration and labels, its name included."""
    return differences(
        {"spec": spec_of(before), "attributes": attributes_of(before)},
        {"spec": spec_of(after), "attributes": attributes_of(after)},
    )


def _kept(document: JsonObject) -> JsonObject:
    spec = {name: value for name, value in spec_of(document).items() if name != "name"}
    attributes = {name: value for name, value in attributes_of(document).items() if name not in _OURS}
    return {"spec": spec, "attributes": attributes}
