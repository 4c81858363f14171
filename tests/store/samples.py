"""Values to keep in a store."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from bot.domain.audit import (
    Action,
    AuditEntry,
    EntryId,
    OperationId,
    Origin,
    Outcome,
    Stage,
    Subject,
    Target,
)
from bot.domain.backup import Snapshot, SnapshotId
from bot.domain.confirmation import Confirmation, ConfirmationId
from bot.domain.document import canonical, digest
from bot.domain.people import PersonId, TeamId
from bot.domain.screen import Screen, ScreenId
from bot.domain.workflow import ProjectId, WorkflowId, WorkflowVersion

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
MIRA = PersonId("U0MIRA")
OLE = PersonId("U0OLE")


def an_entry(
    stage: Stage = Stage.SUCCEEDED,
    *,
    at: datetime = NOON,
    operation: str = "",
    action: Action = Action.DELETE,
    actor: Subject | None = None,
    target: Target | None = None,
    outcome: Outcome | None = None,
    details: dict[str, Any] | None = None,
) -> AuditEntry:
    return AuditEntry(
        EntryId(str(uuid4())),
        OperationId(operation or str(uuid4())),
        at,
        stage,
        action,
        actor or Subject("person", MIRA, "T0TEAM", "Mira Böhm"),
        Origin("command", "C0OPS", "/vi delete resnet"),
        target or Target("workflow", "wf-resnet", "ResNet 50 (night)", "etag-1"),
        outcome,
        details or {},
        {"name": "test"},
    )


def a_confirmation(*, expires_at: datetime = NOON + timedelta(minutes=15)) -> Confirmation:
    return Confirmation(
        ConfirmationId(str(uuid4())),
        OperationId(str(uuid4())),
        MIRA,
        TeamId("T0TEAM"),
        WorkflowId("wf-resnet"),
        "ResNet 50 “night”",
        ProjectId("project-1"),
        WorkflowVersion("etag-1", 7, NOON - timedelta(days=3)),
        "ResNet 50 “night”",
        NOON,
        expires_at,
    )


def a_snapshot(document: Any = None, *, at: datetime = NOON, workflow: str = "wf-resnet") -> Snapshot:
    text = canonical({"id": workflow, "größe": 1.0} if document is None else document)
    return Snapshot(
        SnapshotId(str(uuid4())),
        WorkflowId(workflow),
        "ResNet 50",
        at,
        OperationId(str(uuid4())),
        text,
        digest(text),
        WorkflowId("wf-copy"),
    )


def a_screen(name: str = "one", *, page: int = 1, at: datetime = NOON) -> Screen:
    return Screen(ScreenId(name), MIRA, {"text": "night \ud800", "active": True, "page": page}, at)
