"""The workflows to list and to choose from, and who may choose."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.domain.audit import Action
from bot.domain.people import Request
from bot.domain.policy import Role
from bot.domain.text import shown
from bot.domain.workflow import Project, ProjectId, WorkflowId, WorkflowSummary
from bot.operations.access import identify
from bot.operations.recording import operation
from bot.operations.warm import WAIT_SECONDS, WarmList, key_of
from bot.ports import Clock, Resources, Workflows

_FOLDED_AT_ONCE = 200  # names: about a millisecond; a thread is not worth its while for fewer


@dataclass(frozen=True, slots=True)
class Indexed:
    """One workflow of the index.

    Attributes:
        key: stands for its id where only 150 characters fit.
        name, id, project: what is looked through at every key pressed: folded, without what nobody can see.
    """

    key: str
    workflow: WorkflowSummary
    project_name: str
    name: str
    id: str
    project: str


@dataclass(frozen=True, slots=True)
class Found:
    """What fits the words typed: the first of `total`."""

    entries: tuple[Indexed, ...]
    total: int


class WorkflowIndex(WarmList):
    """The workflows and projects, warm."""

    def __init__(self, workflows: Workflows, clock: Clock) -> None:
        super().__init__(workflows, clock)
        self._by_key: Mapping[str, Indexed] = {}
        self._newest_first: Sequence[WorkflowSummary] = ()
        self._projects: tuple[Project, ...] = ()

    @property
    def workflows(self) -> Sequence[WorkflowSummary]:
        """All workflows, in the platform's order: newest first."""
        return self._newest_first

    @property
    def projects(self) -> Sequence[Project]:
        """The projects, by name."""
        return self._projects

    def search(self, typed: str, *, limit: int, project: str = "") -> Found:
        """Workflows with these words in their name, id or project, those that begin with them first.

        Args:
            typed: nothing finds all, those that changed last first.
            limit: how many are wanted.
            project: only of the project with this id.
        """
        words = shown(typed).casefold()
        found = [
            (rank, entry)
            for entry in self._by_key.values()
            if (not project or entry.workflow.project_id == project) and (rank := _rank(entry, words)) is not None
        ]
        found.sort(key=lambda each: each[0])  # stable: within a rank, in the platform's order, newest first
        return Found(tuple(entry for _rank, entry in found[:limit]), len(found))

    def get(self, key: str) -> Indexed | None:
        """The workflow for which this key stands, or None."""
        return self._by_key.get(key)

    def id_of(self, key: str) -> WorkflowId:
        """The id for which this key stands, whether or not such a workflow exists."""
        entry = self._by_key.get(key)
        return entry.workflow.id if entry is not None else WorkflowId(key)

    async def _read(self) -> None:
        workflows, projects = await asyncio.gather(self._workflows.list_workflows(), self._workflows.list_projects())
        # In a thread where they are many: ten thousand names take longer to fold than an ack may wait.
        is_quick = len(workflows) <= _FOLDED_AT_ONCE
        self._by_key = (
            _by_key(workflows, projects) if is_quick else await asyncio.to_thread(_by_key, workflows, projects)
        )
        self._newest_first = workflows
        self._projects = tuple(sorted(projects, key=lambda each: (shown(each.name).casefold(), each.id)))


async def may_choose(resources: Resources, request: Request, patience: float = WAIT_SECONDS) -> bool:
    """Whether somebody may see the index: viewers may. Not written down, since it is asked at every key pressed.

    What takes too long to look up counts as no.
    """
    try:
        async with asyncio.timeout(patience):
            actor = await identify(operation(resources, request, Action.LIST))
    except TimeoutError:
        return False
    return actor.may(Role.VIEWER)


def _by_key(workflows: Sequence[WorkflowSummary], projects: Sequence[Project]) -> dict[str, Indexed]:
    names = {project.id: project.name for project in projects}
    folded: dict[str, str] = {}  # one text for all workflows of a project
    return {entry.key: entry for entry in (_indexed(each, names, folded) for each in workflows)}


def _indexed(workflow: WorkflowSummary, names: Mapping[ProjectId, str], folded: dict[str, str]) -> Indexed:
    project = names.get(workflow.project_id, workflow.project_id) if workflow.project_id else ""
    if project not in folded:
        folded[project] = _folded(project)
    return Indexed(
        key_of(workflow.id), workflow, project, _folded(workflow.name), _folded(workflow.id), folded[project]
    )


def _folded(text: str) -> str:
    found = shown(text).casefold()
    return text if found == text else found  # no second copy of what is folded already, as most ids are


def _rank(entry: Indexed, words: str) -> int | None:
    if entry.name.startswith(words) or entry.id.startswith(words):
        return 0
    if words in entry.name:
        return 1
    return 2 if words in entry.project else None
