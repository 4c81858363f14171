"""Values to keep in a store."""

from dataclasses import replace
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
from bot.domain.confirmation import Answer, Confirmation, ConfirmationId, ConfirmationState, Item
from bot.domain.document import canonical, digest
from bot.domain.lock import Lock
from bot.domain.people import PersonId, TeamId
from bot.domain.screen import Screen, ScreenId
from bot.domain.workflow import ProjectId, WorkflowId

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


def an_item(name: str = "ResNet 50 “night”") -> Item:
    target = Target("workflow", "wf-resnet", name, "etag-1")
    return Item(OperationId(str(uuid4())), target, ProjectId("project-1"))


def a_confirmation(
    *, state: ConfirmationState = ConfirmationState.OPEN, person: PersonId = MIRA, at: datetime = NOON
) -> Confirmation:
    return Confirmation(
        ConfirmationId(str(uuid4())),
        Action.DELETE,
        person,
        TeamId("T0TEAM"),
        (an_item(),),
        "ResNet 50 “night”",
        at,
        at + timedelta(minutes=15),
        state,
    )


def answered(confirmation: Confirmation) -> Confirmation:
    answer = Answer(NOON + timedelta(minutes=1), "too “old” 😀", back_up_first=True)
    return replace(confirmation, state=ConfirmationState.CLAIMED, answer=answer)


def a_lock(workflow: str = "wf-resnet", *, at: datetime = NOON) -> Lock:
    return Lock(WorkflowId(workflow), "ResNet 50 “night”", MIRA, at, "in production")


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
