"""The bot's inside, without its wires: a Vi that is held in memory and counts its calls, a Slack that only serialises.

Store, policy, operations, listeners and messages are the bot's own.
"""

import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn, cast

from slack_bolt.context.ack.async_ack import AsyncAck

from benchmarks.flows import PROJECTS, flow, id_of, name_of
from bot.app import SystemClock, SystemIds
from bot.domain.errors import ViNotFound
from bot.domain.people import GroupId, Memberships, Person, PersonId, Standing, TeamId
from bot.domain.policy import Policy, Role
from bot.domain.workflow import (
    JsonObject,
    Project,
    ProjectId,
    Run,
    RunId,
    RunState,
    Workflow,
    WorkflowId,
    WorkflowSummary,
)
from bot.metrics import PrometheusMeter
from bot.operations.active_runs import ActiveRuns
from bot.operations.index import WorkflowIndex
from bot.operations.readiness import Readiness, Vitals
from bot.ports import Resources
from bot.store.sqlite import SqliteStore
from bot.vi import wire
from bot.vi.calls import Answer
from handlers import action_ids
from handlers.command import handle_vi_command
from handlers.context import Context
from handlers.delivery import Delivery
from handlers.messages.blocks import Frame, Message
from handlers.options import handle_options
from handlers.work import Work

_PERSON, _TEAM, _CHANNEL = "U05EED0001", "T05EED0TEAM", "C05EED0OPS"
_SECONDS = 60.0  # for a command to end
_NEWEST = datetime(2026, 1, 1, tzinfo=UTC)


class HeldVi:
    """An organization in memory; `asked` counts the calls by name."""

    def __init__(self, workflows: int, runs: int = 0) -> None:
        self.asked: Counter[str] = Counter()
        self._runs = held_runs(runs, workflows)
        self._summaries = held_workflows(workflows)
        self._numbers = {each.id: number for number, each in enumerate(self._summaries)}

    async def list_workflows(self) -> Sequence[WorkflowSummary]:
        """Every workflow."""
        self.asked["list_workflows"] += 1
        return self._summaries

    async def list_runs(self) -> Sequence[Run]:
        """Every run."""
        self.asked["list_runs"] += 1
        return self._runs

    async def list_projects(self) -> Sequence[Project]:
        """Every project."""
        self.asked["list_projects"] += 1
        return [Project(ProjectId(f"project_{number}"), f"Project {number}") for number in range(PROJECTS)]

    async def get_workflow(self, workflow_id: WorkflowId) -> Workflow:
        """One workflow, read from its document."""
        self.asked["get_workflow"] += 1
        if workflow_id not in self._numbers:
            raise ViNotFound("Vi has no such workflow.")
        return self.read_kept(json.dumps(flow(self._numbers[workflow_id])), workflow_id)

    def read_kept(self, document: str, workflow_id: WorkflowId) -> Workflow:
        """A workflow from its document."""
        return wire.workflow_in(Answer(200, {}, document.encode()), workflow_id)

    async def get_run(self, run_id: RunId) -> Run:
        """Nothing: no benchmark asks for a single run."""
        self.asked["get_run"] += 1
        raise ViNotFound(f"Vi has no run {run_id}.")

    async def ping(self) -> None:
        """Nothing to do."""
        self.asked["ping"] += 1

    async def write_workflow(self, workflow_id: WorkflowId, spec: JsonObject, attributes: Mapping[str, str]) -> None:
        """Never called."""
        _refuse(workflow_id, spec, attributes)

    async def delete_workflow(self, workflow_id: WorkflowId) -> str:
        """Never called."""
        _refuse(workflow_id)

    async def kill_run(self, run_id: RunId, at: datetime) -> str:
        """Never called."""
        _refuse(run_id, at)


class _Members:
    """A workspace where everybody is a member, and in no group."""

    async def person(self, person_id: PersonId, team: TeamId, *, fresh: bool = False) -> Person:  # noqa: ARG002 - the port's
        return Person(person_id, team, "Sam", Standing.MEMBER)

    async def memberships(
        self,
        person_id: PersonId,  # noqa: ARG002 - the port's
        groups: Sequence[GroupId],  # noqa: ARG002 - the port's
        *,
        fresh: bool = False,  # noqa: ARG002 - the port's
    ) -> Memberships:
        return Memberships()

    async def members(self, groups: Sequence[GroupId]) -> frozenset[PersonId]:  # noqa: ARG002 - the port's
        return frozenset()


class Serialising(Delivery):
    """Makes of each answer what would be sent; `answers` counts them, `last` is the last one."""

    def __init__(self) -> None:
        self.answers = 0
        self.last = ""

    async def answer(
        self,
        response_url: str,  # noqa: ARG002 - nothing is sent
        message: Message,
        *,
        replace: bool = False,
        in_channel: bool = False,
    ) -> bool:
        """Serialise, and count."""
        content = {"text": message.text, "blocks": list(message.blocks), "replace_original": replace or in_channel}
        self.last = json.dumps(content)
        self.answers += 1
        return True


class Unwired:
    """A bot to which one speaks from inside."""

    def __init__(self, context: Context, vi: HeldVi, slack: Serialising) -> None:
        self.context = context
        self.vi = vi
        self.slack = slack
        self._acked: list[Mapping[str, Any]] = []

    async def command(self, text: str, *, at_once: int = 1) -> None:
        """Give a command so many times at once, and wait until all are answered.

        Raises:
            RuntimeError: there was no answer, or one that says that something went wrong.
        """
        answers = self.slack.answers
        body = {
            "user_id": _PERSON,
            "team_id": _TEAM,
            "channel_id": _CHANNEL,
            "command": "/vi",
            "text": text,
            "trigger_id": "7391845.206.d5b1c0",
            "response_url": "unwired",
        }
        for _ in range(at_once):
            await handle_vi_command(self.context, self._ack(), body)
        await self.context.work.drain(_SECONDS)
        if self.slack.answers != answers + at_once or "went wrong" in self.slack.last:
            raise RuntimeError(f"/vi {text} was not answered: its figures would mean nothing.")

    async def typeahead(self, typed: str) -> Mapping[str, Any]:
        """What the select of workflows is offered for these letters."""
        self._acked.clear()
        body = {
            "user": {"id": _PERSON, "team_id": _TEAM},
            "team": {"id": _TEAM},
            "action_id": action_ids.WORKFLOW_FOUND,
            "value": typed,
        }
        await handle_options(self.context, self._ack(), body)
        json.dumps(self._acked[-1])
        return self._acked[-1]

    def _ack(self) -> AsyncAck:
        async def ack(**content: Any) -> None:
            self._acked.append(content)

        return cast("AsyncAck", ack)


@asynccontextmanager
async def unwired(folder: Path, workflows: int, runs: int = 0) -> AsyncIterator[Unwired]:
    """Such a bot, with a new store in this folder and its index warm."""
    vi, slack, clock = HeldVi(workflows, runs), Serialising(), SystemClock()
    store = await SqliteStore.open(folder / "unwired.db")
    resources = Resources(vi, vi, store, _Members(), Policy(default=Role.VIEWER), clock, SystemIds())
    index = WorkflowIndex(vi, clock)
    context = Context(
        resources,
        slack,
        Frame("/vi", "org_benchmark"),
        Work(),
        index,
        ActiveRuns(vi, clock),
        Readiness(resources, Vitals(clock.elapsed), None),
        PrometheusMeter("benchmark"),
        patience=_SECONDS,
    )
    await index.refresh()
    try:
        yield Unwired(context, vi, slack)
    finally:
        await context.work.drain(_SECONDS)
        await store.close()


def held_workflows(count: int) -> Sequence[WorkflowSummary]:
    """So many workflows, as the bot holds what it has read of them."""
    chance = random.Random(0)
    return [
        WorkflowSummary(
            WorkflowId(id_of(number)),
            name_of(number),
            ProjectId(f"project_{number % PROJECTS}"),
            _NEWEST - timedelta(minutes=number),
            _NEWEST - timedelta(seconds=chance.randrange(10**7)),
        )
        for number in range(count)
    ]


def held_runs(count: int, workflows: int) -> Sequence[Run]:
    """So many active runs, of so many workflows in turn."""
    return [
        Run(
            RunId(f"run_{number}"),
            name_of(number % workflows),
            ProjectId(f"project_{number % workflows % PROJECTS}"),
            RunState.RUNNING,
            _NEWEST - timedelta(minutes=number),
        )
        for number in range(count)
    ]


def _refuse(*asked: object) -> NoReturn:
    raise RuntimeError(f"A benchmark changes nothing: {asked}")
