"""The warm list of workflows: how old it may be, what it finds, and what it does where the platform does not answer."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.domain.errors import ViUnreachable
from bot.domain.people import Memberships, Person, PersonId, Request, Standing, TeamId
from bot.domain.policy import Policy
from bot.domain.workflow import Project, ProjectId, Run, WorkflowId, WorkflowSummary
from bot.operations.index import WorkflowIndex, may_choose
from bot.operations.warm import Age, key_of
from bot.ports import Resources, Workflows
from tests.operations.stand_ins import CountedIds, StoppedClock
from tests.values import workflow

MINUTE = timedelta(minutes=1)


class Platform:
    """Lists these workflows and runs, and counts how often it was asked."""

    def __init__(self, *workflows: WorkflowSummary, runs: tuple[Run, ...] = ()) -> None:
        self.workflows = workflows
        self.runs = runs
        self.asked = 0
        self.trouble: BaseException | None = None

    async def list_workflows(self) -> tuple[WorkflowSummary, ...]:
        await self._answer()
        return self.workflows

    async def list_runs(self) -> tuple[Run, ...]:
        await self._answer()
        return self.runs

    async def list_projects(self) -> tuple[Project, ...]:
        return (Project(ProjectId("p2"), "Zebra crossings"), Project(ProjectId("p1"), "Roads"))

    async def _answer(self) -> None:
        self.asked += 1
        await asyncio.sleep(0)
        if self.trouble:
            raise self.trouble


Make = Callable[..., tuple[WorkflowIndex, Platform]]


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def index_of(clock: StoppedClock) -> Make:
    def make(*workflows: WorkflowSummary) -> tuple[WorkflowIndex, Platform]:
        platform = Platform(*workflows)
        return WorkflowIndex(_as_workflows(platform), clock), platform

    return make


def _as_workflows(platform: Platform) -> Workflows:
    return platform  # type: ignore[return-value] # the index lists, and asks nothing else of the platform


def names(index: WorkflowIndex, typed: str, limit: int = 100, project: str = "") -> list[str]:
    return [entry.workflow.name for entry in index.search(typed, limit=limit, project=project).entries]


async def test_however_many_ask_at_once_the_platform_is_asked_once(index_of: Make) -> None:
    index, platform = index_of(workflow())
    await asyncio.gather(*(index.refresh() for _ in range(10)))
    assert platform.asked == 1
    assert names(index, "") == ["Potholes"]


async def test_a_list_is_old_after_a_minute(index_of: Make, clock: StoppedClock) -> None:
    index, platform = index_of(workflow())
    ages = [index.is_old]
    await index.refresh()
    for seconds in (59, 1):
        clock.time += timedelta(seconds=seconds)
        ages.append(index.is_old)
    assert ages == [True, False, True]
    await index.refresh()
    assert platform.asked == 2


async def test_what_was_changed_makes_it_old_at_once(index_of: Make) -> None:
    index, _platform = index_of(workflow())
    await index.refresh()
    index.outdate()
    assert index.is_old
    await index.refresh()
    assert not index.is_old


async def test_trouble_is_kept_in_mind_with_the_list_from_before(index_of: Make, clock: StoppedClock) -> None:
    index, platform = index_of(workflow())
    await index.refresh()
    read_at = index.read_at
    clock.time += MINUTE
    platform.trouble = ViUnreachable("Vi cannot be reached.")
    await index.refresh()
    assert (index.age, index.looked_at) == (Age(read_at, "Vi cannot be reached."), clock.time)
    assert names(index, "") == ["Potholes"]
    assert not index.is_old
    clock.time += MINUTE
    platform.trouble = None
    await index.refresh()
    assert index.age == Age(clock.time)


async def test_a_list_can_be_shown_for_two_minutes(index_of: Make, clock: StoppedClock) -> None:
    index, _platform = index_of(workflow())
    ages = [index.is_recent]
    await index.refresh()
    for seconds in (119, 1):
        clock.time += timedelta(seconds=seconds)
        ages.append(index.is_recent)
    assert ages == [False, True, False]


async def test_a_list_that_lacks_a_change_is_not_shown_until_it_was_read_since(index_of: Make) -> None:
    index, platform = index_of(workflow())
    await index.refresh()
    index.outdate()
    assert not index.is_recent
    platform.trouble = ViUnreachable("Vi cannot be reached.")
    await index.refresh()
    assert not index.is_recent
    platform.trouble = None
    index.outdate()
    reading = asyncio.create_task(index.refresh())
    await asyncio.sleep(0)
    index.outdate()  # while it is read
    await reading
    assert not index.is_recent
    await index.refresh()
    assert index.is_recent


async def test_a_look_that_was_broken_off_counts_for_nothing(index_of: Make) -> None:
    index, platform = index_of(workflow())
    platform.trouble = asyncio.CancelledError()
    with pytest.raises(asyncio.CancelledError):
        await index.refresh()
    assert index.is_old
    platform.trouble = None
    await index.refresh()
    assert index.is_recent


async def test_nobody_waits_long_for_the_first_look(index_of: Make) -> None:
    index, _platform = index_of(workflow())
    await index.first_look(patience=0)
    assert index.looked_at is None
    await asyncio.gather(index.first_look(), index.refresh())
    assert index.looked_at is not None


async def test_it_finds_by_name_id_and_project_and_puts_beginnings_first(index_of: Make) -> None:
    index, _platform = index_of(
        workflow("a1", "Big roads", project=None),
        workflow("roads7", "Seven", project=None),
        workflow("b1", "Lamps", project="p1"),
        workflow("c1", "ROADS\u202e at night", project=None),
        workflow("d1", "Stripes", project="p2"),
        workflow("e1", "Unknown project", project="p9"),
    )
    await index.refresh()
    assert names(index, "roads") == ["Seven", "ROADS\u202e at night", "Big roads", "Lamps"]
    assert names(index, "zebra") == ["Stripes"]
    assert names(index, "p9") == ["Unknown project"]
    assert names(index, "nothing") == []
    assert names(index, "", project="p2") == ["Stripes"]
    assert [project.name for project in index.projects] == ["Roads", "Zebra crossings"]
    found = index.search("", limit=2)
    assert (len(found.entries), found.total) == (2, 6)


async def test_an_id_too_long_for_an_option_is_found_by_what_stands_for_it(index_of: Make) -> None:
    long_id = WorkflowId("x" * 255)
    index, _platform = index_of(workflow(long_id), workflow("short"))
    await index.refresh()
    assert len(key_of(long_id)) <= 150
    assert index.id_of(key_of(long_id)) == long_id
    assert index.id_of(key_of(WorkflowId("short"))) == "short"
    assert index.id_of("gone") == "gone"
    entry = index.get(key_of(long_id))
    assert entry is not None
    assert entry.workflow.id == long_id
    assert index.get("gone") is None


async def test_who_cannot_be_looked_up_in_time_may_not_choose(clock: StoppedClock) -> None:
    class Slow:
        async def person(self, person_id: PersonId, team: TeamId, *, fresh: bool = False) -> Person:
            await asyncio.Event().wait()
            return Person(person_id, team, str(fresh), Standing.MEMBER)

        async def memberships(self, *_given: object, **_more: object) -> Memberships:
            return Memberships()

        async def members(self, *_given: object) -> frozenset[PersonId]:
            return frozenset()

    resources = Resources(
        workflows=None,  # type: ignore[arg-type] # never asked
        workflow_changes=None,  # type: ignore[arg-type] # never asked
        store=None,  # type: ignore[arg-type] # never asked
        people=Slow(),
        policy=Policy(),
        clock=clock,
        ids=CountedIds(),
    )
    request = Request(PersonId("U1"), TeamId("T1"), "button")
    assert not await may_choose(resources, request, patience=0)


async def test_what_is_folded_already_is_kept_once(index_of: Make) -> None:
    index, _platform = index_of(*(workflow(f"w{number}", "Lamps", project="p1") for number in range(2)))
    await index.refresh()
    first, second = index.search("", limit=2).entries
    assert first.project is second.project
    assert first.id is first.workflow.id
