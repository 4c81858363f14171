"""A company of a hundred people, its workflows, and the bot between them: what the crowd meets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import Timing, running
from bot.checks.manifest import manifest_path
from bot.vi.retries import Limits
from handlers.context import Context
from sandbox.playground import playground_settings
from sandbox.scenarios import StartingState, load
from sandbox.slack.directory import Directory, Person, UserGroup
from sandbox.slack.driver.person import User
from sandbox.slack.workspace import SlackWorkspace
from sandbox.vi.server import ViEmulator
from tests.journeys.steps import TurnedClock

SIZE = 100
GOVERNED = "Road Inspection"
"""The project in which a second person has to agree to a deletion."""
CAP = 2
"""How many workflows one person may delete within an hour without a second person."""

_FAST = Limits(reading=3.0, listing=3.0, creating=3.0, deleting=3.0, attempts=2, first_pause=0.01, longest_pause=0.02)
_ROUND = 0.05
TIMING = Timing(patience=10.0, recovery=_ROUND, shutdown=0.0, look_back=(0.0, 0.0), vi=_FAST)
"""`shutdown=0`: whoever stops the bot breaks off what is running, as `kill` does."""

ROLES = ("crowd-viewers", "crowd-operators", "crowd-admins", "crowd-approvers")
ROLE_KEPT = timedelta(seconds=10)
"""For so long may the bot go by what it knows of a user group, right before a change."""

_SHARES = {"crowd-viewers": range(45), "crowd-operators": range(35, 90), "crowd-admins": range(90, 95)}
_APPROVERS = range(60, 98)
"""The two after the last of them have no role; some approvers are operators and admins too."""


class RoundsClock(TurnedClock):
    """A clock that can be turned, and tells when the bot has done all that it does again and again."""

    def __init__(self) -> None:
        super().__init__()
        self._rounds: asyncio.Queue[None] = asyncio.Queue()

    async def sleep(self, seconds: float) -> None:
        """Wait; the pause between two rounds ends one."""
        if seconds == _ROUND:
            self._rounds.put_nowait(None)
        await super().sleep(seconds)

    async def rounds(self, count: int) -> None:
        """Wait until that many whole rounds have ended from now on."""
        while not self._rounds.empty():
            self._rounds.get_nowait()
        for _ in range(count + 1):  # the first one may have begun before
            await self._rounds.get()


class SteppedClock(RoundsClock):
    """A clock with which the bot does what it does again and again only when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self._steps: asyncio.Queue[None] = asyncio.Queue()

    async def sleep(self, seconds: float) -> None:
        """Wait; between two rounds, for `rounds`."""
        if seconds != _ROUND:
            await super().sleep(seconds)
            return
        self._rounds.put_nowait(None)
        try:
            await self._steps.get()
        except asyncio.CancelledError:  # the bot is killed; the next one begins by itself
            self._rounds.get_nowait()
            raise

    async def rounds(self, count: int) -> None:
        """Have that many rounds done, after the one that the bot may be at."""
        await self._rounds.get()
        for _ in range(count):
            self._steps.put_nowait(None)
            await self._rounds.get()
        self._rounds.put_nowait(None)


@dataclass
class Company:
    """Everything that lasts while bots come and go.

    Attributes:
        people: the crowd.
        approvers: the ids of those who may agree, and since when, oldest first.
    """

    slack: SlackWorkspace
    vi: ViEmulator
    store: Path
    clock: RoundsClock
    people: list[User]
    approvers: list[tuple[datetime, frozenset[str]]]
    governed: str
    names: list[str] = field(default_factory=list)

    def members(self, handle: str) -> list[str]:
        """The ids of those in a user group, to be looked at and changed."""
        return self.slack.state.directory.groups[self.slack.group_id(handle)].members

    def has_role(self, person_id: str, role: str) -> bool:
        """Whether somebody is in a user group now."""
        return person_id in self.members(role)

    def change_role(self, person_id: str, role: str) -> None:
        """Put somebody into a user group or out of it, and let so much time pass that the bot has to know."""
        members = self.members(role)
        if person_id in members:
            members.remove(person_id)
        else:
            members.append(person_id)
        self.clock.ahead += ROLE_KEPT
        self.approvers.append((self.clock.now(), frozenset(self.members("crowd-approvers"))))

    def was_approver(self, person_id: str, at: datetime) -> bool:
        """Whether somebody might agree at that time."""
        return next(person_id in ids for since, ids in reversed(self.approvers) if since <= at)

    def is_governed(self, workflow_id: str) -> bool:
        """Whether a second person has to agree to the deletion of this workflow, which exists."""
        document = self.vi.organization.flows.get(workflow_id).document  # no copy: this is asked thousands of times
        return bool(document["spec"].get("trainingProject") == self.governed)

    def settings(self) -> dict[str, Any]:
        """What a bot of this company is told beside where Slack, Vi and its store are."""
        return {
            "SLACK_APP_TOKEN": self.slack.app_token,
            "VI_BOT_VIEWERS": self.slack.group_id("crowd-viewers"),
            "VI_BOT_OPERATORS": self.slack.group_id("crowd-operators"),
            "VI_BOT_ADMINS": self.slack.group_id("crowd-admins"),
            "VI_BOT_APPROVERS": self.slack.group_id("crowd-approvers"),
            "VI_BOT_APPROVALS_CHANNEL": self.slack.channel_id("approvals"),
            "VI_BOT_APPROVALS": [{"actions": ["delete"], "projects": [self.governed]}],
            "VI_BOT_HOURLY_CAP": CAP,
        }

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[Context]:
        """A bot at work until the block ends."""
        settings = playground_settings(self.slack, self.vi, str(self.store), **self.settings())
        async with running(settings, TIMING, self.clock) as bot:
            await self.slack.wait_for_connection()
            yield bot.context


@asynccontextmanager
async def company(store: Path, clock: RoundsClock | None = None) -> AsyncIterator[Company]:
    """A Slack with the crowd in it and a Vi with forty-eight workflows. No limits of Slack's: they are not at stake."""
    slack = await SlackWorkspace.start(manifest_path(), rate_limited=False)
    try:
        people = _join(slack.state.directory)
        async with ViEmulator.start(scenario=_workflows()) as vi:
            documents = [vi.organization.workflow(each)["spec"] for each in vi.organization.workflow_ids()]
            clock = clock or RoundsClock()
            yield Company(
                slack,
                vi,
                store,
                clock,
                [slack.user(each.id) for each in people],
                [(clock.now(), frozenset(people[number].id for number in _APPROVERS))],
                next(each.id for each in vi.organization.projects if each.document["spec"]["name"] == GOVERNED),
                sorted({str(each["name"]) for each in documents}),
            )
    finally:
        await slack.stop()


def _join(directory: Directory) -> list[Person]:
    people = [
        Person(f"U0CROWD{number:04}", f"person{number}", f"Person {number}", directory.team, f"D0CROWD{number:04}")
        for number in range(SIZE)
    ]
    directory.people |= {each.id: each for each in people}
    directory.channel("ml-ops").members |= {each.id for each in people}
    directory.channel("approvals").members |= {each.id for each in people}  # those who may not agree see it too
    for place, (handle, numbers) in enumerate([*_SHARES.items(), ("crowd-approvers", _APPROVERS)]):
        group = UserGroup(f"S0CROWD{place:04}", handle, handle, "", [people[number].id for number in numbers])
        directory.groups[group.id] = group
    return people


def _workflows() -> StartingState:
    state = load("small-team", now=datetime.now(UTC))
    more = tuple(
        replace(each, id=f"{each.id[:-2]}{copy:02}", spec={**each.spec, "name": f"{each.spec['name']} {copy}"})
        for copy in range(3)
        for each in state.workflows
    )
    return replace(state, workflows=(*state.workflows, *more))
