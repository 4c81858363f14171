"""Leases, one process at a time, with a clock that is turned by hand."""

import asyncio
import logging
import math
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.audit import Action, EntryId, OperationId, Outcome, Stage, Target, content_of
from bot.domain.confirmation import Confirmation, ConfirmationId, ConfirmationState, Item
from bot.domain.errors import StoreUnavailable
from bot.domain.people import PersonId, Request, TeamId
from bot.domain.policy import Policy
from bot.operations.carrying_out import resume
from bot.operations.presence import check_presence, is_at_work_elsewhere, keep_present, leads, leave, show_presence
from bot.operations.recording import Operation, end_id
from bot.operations.recovery import bring_in_spooled
from bot.ports import Presence, Resources, TrailQuery
from bot.store.sqlite import SqliteStore
from tests.operations.stand_ins import CountedIds, StoppedClock
from tests.store.samples import MIRA, an_entry
from tests.values import NOON

OPERATION = OperationId("operation")


class HandClock(StoppedClock):
    """Goes when it is told to, and lets who sleeps wait for that."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0
        self.asleep = asyncio.Event()
        self.wake = asyncio.Event()

    def elapsed(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.asleep.set()
        await self.wake.wait()
        self.wake.clear()
        self.seconds += seconds


class Away:
    """A store that cannot be reached."""

    def __getattr__(self, name: str) -> Any:
        raise StoreUnavailable(f"{name}: it is away.", "Wait.")


@pytest.fixture
async def store() -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(None)
    yield opened
    await opened.close()


def resources(store: Any, process: str = "one") -> Resources:
    nobody: Any = None
    host = {"process": process}
    return Resources(
        nobody, nobody, store, nobody, Policy(), HandClock(), CountedIds(), host=host, presence=Presence(process)
    )


async def test_a_call_is_sent_only_where_the_lease_lasts_for_it(store: SqliteStore) -> None:
    around = resources(store)
    await show_presence(around)
    check_presence(around, OPERATION)
    around.clock.seconds = 35.0  # type: ignore[attr-defined] # the clock of this file
    check_presence(around, OPERATION)
    around.clock.seconds = 35.1  # type: ignore[attr-defined] # as above
    with pytest.raises(StoreUnavailable, match="out of touch"):
        check_presence(around, OPERATION)


async def test_what_was_under_way_when_the_lease_ran_out_is_given_up_and_nothing_else(store: SqliteStore) -> None:
    around = resources(store)
    await show_presence(around)
    around.under_way.append(OPERATION)
    around.clock.seconds = 60.0  # type: ignore[attr-defined] # the clock of this file
    await show_presence(around)
    with pytest.raises(StoreUnavailable):
        check_presence(around, OPERATION)
    check_presence(around, OperationId("another"))


async def test_signs_of_life_go_on_although_one_of_them_did_not_reach_the_store(
    store: SqliteStore, caplog: pytest.LogCaptureFixture
) -> None:
    around, clock = resources(store), HandClock()
    around = replace(around, clock=clock)
    away = replace(around, store=Away())
    task = asyncio.ensure_future(keep_present(away))
    for _ in range(2):
        await clock.asleep.wait()
        clock.asleep.clear()
        clock.wake.set()
    await clock.asleep.wait()
    task.cancel()
    assert caplog.text.count("could not be told that this one is at work") == 2
    assert around.presence.until == math.inf
    clock.asleep.clear()
    task = asyncio.ensure_future(keep_present(around))
    await clock.asleep.wait()
    clock.asleep.clear()
    clock.wake.set()
    await clock.asleep.wait()
    task.cancel()
    assert around.presence.until == 90.0


async def test_a_lease_of_one_s_own_that_somebody_else_holds_counts_for_nothing(store: SqliteStore) -> None:
    await store.take_lease("process/one", "somebody", 60)
    around = resources(store)
    await show_presence(around)
    assert around.presence.until == math.inf


async def test_who_leaves_changes_nothing_any_more_and_holds_nothing(store: SqliteStore) -> None:
    one, two = resources(store), resources(store, "two")
    await show_presence(one)
    assert await leads(one, 60)
    assert await is_at_work_elsewhere(two, "one")
    await leave(one)
    assert await leads(two, 60)
    assert not await is_at_work_elsewhere(two, "one")
    with pytest.raises(StoreUnavailable):
        check_presence(one, OPERATION)


async def test_who_leaves_something_open_keeps_the_others_away_for_a_while(store: SqliteStore) -> None:
    one, two = resources(store), resources(store, "two")
    await show_presence(one)
    await store.record(replace(an_entry(Stage.STARTED), host={"process": "one"}))
    await leave(one)
    assert await is_at_work_elsewhere(two, "one")


async def test_leaving_a_store_that_is_away_says_so_and_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        await leave(resources(Away()))
    assert "what process one held runs out by itself" in caplog.text


def an_operation(around: Resources) -> Operation:
    request = Request(PersonId("U1"), TeamId("T1"), "command")
    return Operation(around, request, Action.DELETE, OPERATION)


async def test_an_operation_is_begun_once_and_ends_once_whoever_is_at_it(store: SqliteStore) -> None:
    one, two = an_operation(resources(store)), an_operation(resources(store, "two"))
    assert await one.begin() is not None
    assert await two.begin() is None
    first = await two.record_end(Stage.FAILED, Outcome("reconciled_not_done"))
    assert first is not None
    assert await one.record_end(Stage.SUCCEEDED, Outcome("ok")) == first
    stages = [content_of(each).stage for each in await store.trail(TrailQuery(operation=OPERATION))]
    assert stages == [Stage.FAILED, Stage.STARTED]


async def test_an_outcome_that_is_not_known_leaves_room_for_one_that_is(store: SqliteStore) -> None:
    one = an_operation(resources(store))
    await one.begin()
    await one.record_end(Stage.UNKNOWN, Outcome("unknown"))
    await one.record_end(Stage.SUCCEEDED, Outcome("ok"))
    assert await store.open_operations() == []


class Spooled:
    """A spool with one entry."""

    def __init__(self, entry: Any) -> None:
        self.waiting = [entry]

    async def entries(self) -> list[Any]:
        return list(self.waiting)

    async def drop(self, ids: Any) -> None:
        self.waiting = [each for each in self.waiting if each.id not in ids]


@pytest.mark.parametrize(("begun_by", "open_after"), [("one", 0), ("two", 1)])
async def test_an_end_in_the_spool_is_left_out_where_another_process_has_begun_the_operation(
    store: SqliteStore, begun_by: str, open_after: int
) -> None:
    around = resources(store)
    await an_operation(resources(store, begun_by)).begin()
    end = replace(an_operation(around).entry(Stage.FAILED, Outcome("store_unavailable")), id=EntryId(end_id(OPERATION)))
    spool: Any = Spooled(end)
    await bring_in_spooled(replace(around, spool=spool))
    assert spool.waiting == []
    assert len(await store.open_operations()) == open_after


async def test_a_question_is_taken_up_only_once_its_process_is_gone_and_by_one(store: SqliteStore) -> None:
    one, two = resources(store), resources(store, "two")
    await show_presence(one)
    items = tuple(Item(OperationId(each), Target("workflow", f"wf-{each}")) for each in ("op-1", "op-2"))
    long_ago = NOON - timedelta(days=1)
    question = Confirmation(
        ConfirmationId("c1"), Action.DELETE, MIRA, TeamId("T1"), items, "x", opened_at=long_ago, expires_at=long_ago
    )
    await store.open_confirmation(question, [an_entry(Stage.REQUESTED, operation="op-1")])
    started = replace(an_entry(Stage.STARTED, operation="op-1"), host=dict(one.host))
    claimed = replace(question, state=ConfirmationState.CLAIMED)
    await store.advance(claimed, expected=ConfirmationState.OPEN, entries=[started])
    await store.record(an_entry(Stage.SUCCEEDED, operation="op-1"))
    assert await resume(two) == []
    await leave(one)
    assert await store.take_lease("question/c1", "three", 60)
    assert await resume(two) == []
    await store.drop_lease("question/c1", "three")
    (resumed,) = await resume(two)
    assert [each.stage for each in resumed.ended] == [Stage.SUCCEEDED, Stage.FAILED]
