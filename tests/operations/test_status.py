"""Which processes `status` finds at work, and who sees which."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.people import PersonId, Request, TeamId
from bot.domain.policy import Policy, Role
from bot.operations.lifetime import record_start
from bot.operations.presence import leave, show_presence
from bot.operations.readiness import Readiness, Vitals
from bot.operations.status import Status, read_status
from bot.ports import Presence, Resources, Store
from bot.store.sqlite import SqliteStore
from tests.operations.stand_ins import CountedIds, Members, StoppedClock


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    opened = await SqliteStore.open(None)
    yield opened
    await opened.close()


@pytest.fixture
def first(store: Store) -> Resources:
    """Of one process of several; Ada is an admin, and everybody else may look."""
    nobody: Any = None
    policy = Policy(people={PersonId("U0ADA"): frozenset({Role.ADMIN})}, default=Role.VIEWER)
    return process_like(Resources(nobody, nobody, store, Members(), policy, StoppedClock(), CountedIds()), "p1")


def process_like(other: Resources, process: str) -> Resources:
    """Another process on the same store."""
    host = {"name": f"host-of-{process}", "pid": "17", "version": "1.2.3", "process": process}
    return replace(other, host=host, presence=Presence(process))


async def begin(resources: Resources) -> None:
    await record_start(resources, {})
    await show_presence(resources)


async def status_for(person: str, resources: Resources) -> Status:
    readiness = Readiness(resources, Vitals(resources.clock.elapsed), None)
    return await read_status(resources, Request(PersonId(person), TeamId("T1"), "command"), readiness)


async def test_those_whose_lease_holds_are_at_work_and_those_that_left_are_not(first: Resources) -> None:
    second, third = process_like(first, "p2"), process_like(first, "p3")
    before_there_were_leases = process_like(first, "")
    await record_start(before_there_were_leases, {})
    for each in (first, second, third):
        await begin(each)
    await leave(second)
    found = (await status_for("U0ADA", first)).processes
    assert [(each.host, each.is_this) for each in found] == [("host-of-p3", False), ("host-of-p1", True)]
    assert {each.version for each in found} == {"1.2.3"}


async def test_details_are_for_admins(first: Resources) -> None:
    await begin(first)
    assert (await status_for("U0ADA", first)).shows_details
    assert not (await status_for("U0VERA", first)).shows_details
