"""Values that several tests need."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.domain.workflow import ProjectId, Run, RunId, RunState, Workflow, WorkflowId, WorkflowVersion

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def workflow(
    workflow_id: str = "w1",
    name: str = "Potholes",
    *,
    project: str | None = "p1",
    document: Mapping[str, Any] | None = None,
    at: datetime = NOON,
) -> Workflow:
    """A workflow; its document is a small one unless given."""
    document = document or {"spec": {"name": name}, "metadata": {"attributes": {}}, "etag": "e1"}
    return Workflow(
        id=WorkflowId(workflow_id),
        name=name,
        project_id=ProjectId(project) if project else None,
        created_at=at,
        updated_at=at,
        version=WorkflowVersion("e1", 1, at),
        spec=document["spec"],
        attributes=document["metadata"]["attributes"],
        document=document,
        blocks=("dataset", "model"),
        model="NVILA-Lite",
        dataset="Roads",
        system_prompt="You look at roads.",
    )


def run(run_id: str = "r1", name: str = "Potholes", *, project: str | None = "p1", state: str = "running") -> Run:
    """A run of a workflow of that name."""
    return Run(RunId(run_id), name, ProjectId(project) if project else None, RunState(state), NOON)
