"""One workflow with everything that belongs to it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.audit import Action
from bot.domain.lock import Lock
from bot.domain.people import Request
from bot.domain.policy import Role
from bot.domain.workflow import Run, Workflow, runs_of
from bot.operations.access import authorize
from bot.operations.finding import find_workflow
from bot.operations.recording import one_entry, workflow_target
from bot.ports import Resources


@dataclass(frozen=True, slots=True)
class LastBackup:
    """The newest backup that came back equal to its source."""

    at: datetime
    copy_id: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """A workflow with its project's name, its runs, its last verified backup and its lock."""

    workflow: Workflow
    project_name: str
    runs: tuple[Run, ...]
    last_backup: LastBackup | None
    lock: Lock | None = None

    @property
    def active_runs(self) -> tuple[Run, ...]:
        """Those that may be using it now."""
        return tuple(run for run in self.runs if run.is_active)


async def show_workflow(resources: Resources, request: Request, reference: str) -> Inspection:
    """The workflow meant by `reference`, with everything that belongs to it."""
    async with one_entry(resources, request, Action.SHOW) as entry:
        await authorize(entry, Role.VIEWER)
        workflow = await find_workflow(resources.workflows, reference)
        entry.target = workflow_target(workflow)
        return await inspect(resources, workflow)


async def inspect(resources: Resources, workflow: Workflow) -> Inspection:
    """What belongs to a workflow that was just read."""
    return (await inspect_all(resources, [workflow]))[0]


async def inspect_all(resources: Resources, workflows: Sequence[Workflow]) -> tuple[Inspection, ...]:
    """What belongs to workflows that were just read: runs, projects and locks are listed once for all of them."""
    runs, projects, locks, backups = await asyncio.gather(
        resources.workflows.list_runs(),
        resources.workflows.list_projects(),
        resources.store.locks(),
        asyncio.gather(*(_last_backup(resources, workflow) for workflow in workflows)),
    )
    names = {project.id: project.name for project in projects}
    locked = {lock.workflow_id: lock for lock in locks}
    return tuple(
        Inspection(
            workflow,
            names.get(workflow.project_id, workflow.project_id) if workflow.project_id else "",
            runs_of(workflow, runs),
            last_backup,
            locked.get(workflow.id),
        )
        for workflow, last_backup in zip(workflows, backups, strict=True)
    )


async def _last_backup(resources: Resources, workflow: Workflow) -> LastBackup | None:
    for snapshot in await resources.store.snapshots_of(workflow.id):
        if snapshot.copy_id is not None and snapshot.check is not None and snapshot.check.equal:
            return LastBackup(snapshot.check.at, snapshot.copy_id)
    return None
