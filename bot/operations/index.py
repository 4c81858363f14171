"""A warm list of the workflows, in memory, for choosing one while typing.

It is for finding a name, never for deciding about a change: whatever was chosen here is read again. So it may be a
minute old, and who asks is answered with what there is while it is read anew.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.audit import Action
from bot.domain.errors import ViError
from bot.domain.people import Request
from bot.domain.policy import Role
from bot.domain.text import shown
from bot.domain.workflow import Project, ProjectId, WorkflowId, WorkflowSummary
from bot.operations.access import identify
from bot.operations.recording import operation
from bot.ports import Clock, Resources, Workflows

_KEPT = timedelta(minutes=1)
_WAIT_SECONDS = 1.2
"""How long somebody waits for the very first look, and for the look-up of their roles: Slack waits 3 s in all."""
_KEY_LENGTH = 150
"""What the value of an option in Slack holds; an id of the platform's may have 255 characters."""


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


class WorkflowIndex:
    """The workflows as they were when the platform was last looked at.

    Attributes:
        read_at: when it was last read, from the beginning of that; None where it never was.
        looked_at: when that was last tried.
        trouble: why the last try failed, in one sentence; empty where it did not.
    """

    def __init__(self, workflows: Workflows, clock: Clock) -> None:
        self.read_at: datetime | None = None
        self.looked_at: datetime | None = None
        self.trouble = ""
        self._workflows = workflows
        self._clock = clock
        self._by_key: Mapping[str, Indexed] = {}
        self._projects: tuple[Project, ...] = ()
        self._outdated = True
        self._looking = asyncio.Lock()
        self._looked = asyncio.Event()

    @property
    def is_old(self) -> bool:
        """Whether the last look, also one that failed, is more than a minute ago, or something was changed since."""
        return self._outdated or self.looked_at is None or self._clock.now() - self.looked_at >= _KEPT

    @property
    def projects(self) -> Sequence[Project]:
        """The projects, by name."""
        return self._projects

    def outdate(self) -> None:
        """Something was changed: the next look does not wait for a minute to pass."""
        self._outdated = True

    async def refresh(self) -> None:
        """Look again if it is old, once however many ask at the same time. Trouble is kept in mind, not raised."""
        async with self._looking:
            if not self.is_old:
                return
            self._outdated, began = False, self._clock.now()
            try:
                workflows, projects = await asyncio.gather(
                    self._workflows.list_workflows(), self._workflows.list_projects()
                )
            except ViError as error:
                self.trouble = error.sentence
            else:
                # In a thread: ten thousand names take longer to fold than an ack may wait.
                self._by_key = await asyncio.to_thread(_by_key, workflows, projects)
                self._projects = tuple(sorted(projects, key=lambda each: (shown(each.name).casefold(), each.id)))
                self.read_at, self.trouble = began, ""
            finally:
                self.looked_at = began
                self._looked.set()

    async def first_look(self, patience: float = _WAIT_SECONDS) -> None:
        """Wait until there was a look at all, for a moment at most."""
        try:
            async with asyncio.timeout(patience):
                await self._looked.wait()
        except TimeoutError:
            pass  # There is nothing to offer yet, and `looked_at` says so.

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


async def may_choose(resources: Resources, request: Request, patience: float = _WAIT_SECONDS) -> bool:
    """Whether somebody may see the index: viewers may. Not written down, since it is asked at every key pressed.

    What takes too long to look up counts as no.
    """
    try:
        async with asyncio.timeout(patience):
            actor = await identify(operation(resources, request, Action.LIST))
    except TimeoutError:
        return False
    return actor.may(Role.VIEWER)


def key_of(workflow_id: WorkflowId) -> str:
    """The id itself where it is short enough, else what stands for it."""
    return workflow_id if len(workflow_id) <= _KEY_LENGTH else hashlib.sha256(workflow_id.encode()).hexdigest()


def _by_key(workflows: Sequence[WorkflowSummary], projects: Sequence[Project]) -> dict[str, Indexed]:
    names = {project.id: project.name for project in projects}
    return {entry.key: entry for entry in (_indexed(each, names) for each in workflows)}


def _indexed(workflow: WorkflowSummary, names: Mapping[ProjectId, str]) -> Indexed:
    project = names.get(workflow.project_id, workflow.project_id) if workflow.project_id else ""
    folded = (shown(text).casefold() for text in (workflow.name, workflow.id, project))
    return Indexed(key_of(workflow.id), workflow, project, *folded)


def _rank(entry: Indexed, words: str) -> int | None:
    if entry.name.startswith(words) or entry.id.startswith(words):
        return 0
    if words in entry.name:
        return 1
    return 2 if words in entry.project else None
