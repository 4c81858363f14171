"""One workflow with everything that belongs to it."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from bot.domain.audit import Action
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
    """A workflow with its project's name, its runs and its last verified backup."""

    workflow: Workflow
    project_name: str
    runs: tuple[Run, ...]
    last_backup: LastBackup | None

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
    runs, projects, last_backup = await asyncio.gather(
        resources.workflows.list_runs(), resources.workflows.list_projects(), _last_backup(resources, workflow)
    )
    names = {project.id: project.name for project in projects}
    project = workflow.project_id
    return Inspection(workflow, names.get(project, project) if project else "", runs_of(workflow, runs), last_backup)


async def _last_backup(resources: Resources, workflow: Workflow) -> LastBackup | None:
    for snapshot in await resources.store.snapshots_of(workflow.id):
        if snapshot.copy_id is not None and snapshot.check is not None and snapshot.check.equal:
            return LastBackup(snapshot.check.at, snapshot.copy_id)
    return None
