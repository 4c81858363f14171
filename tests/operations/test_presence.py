"""Several processes on one store: who is taken to be at work, who leads, and who may change anything."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.audit import Action, OperationId, Stage, Target
from bot.domain.confirmation import Answer, Confirmation, ConfirmationId, ConfirmationState, Item
from bot.domain.errors import StoreUnavailable, ViNotFound
from bot.domain.policy import Policy
from bot.operations.carrying_out import resume
from bot.operations.presence import (
    LIFETIME,
    LONGEST_CHANGE,
    RENEWAL,
    check_presence,
    is_at_work_elsewhere,
    keep_present,
    leads,
    leave,
    show_presence,
)
from bot.operations.recovery import settle_open_operations
from bot.ports import Presence, Resources, Store
from bot.store import open_store
from tests.operations.stand_ins import CountedIds, Members, StoppedClock
from tests.store.samples import MIRA, NOON, an_entry


class Gone:
    """A platform on which nothing is left."""

    async def get_workflow(self, workflow_id: str) -> Any:
        raise ViNotFound(f"There is no {workflow_id}.", "")


class OutOfReach:
    """A store that takes no leases until told."""

    def __init__(self, store: Store, refusals: int) -> None:
        self._store = store
        self.refusals = refusals

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def take_lease(self, name: str, holder: str, seconds: float) -> bool:
        await self._refuse()
        return await self._store.take_lease(name, holder, seconds)

    async def drop_lease(self, name: str, holder: str) -> None:
        await self._refuse()
        await self._store.drop_lease(name, holder)

    async def _refuse(self) -> None:
        if self.refusals:
            self.refusals -= 1
            raise StoreUnavailable("It is away.", "")


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    opened = await open_store(":memory:")
    yield opened
    await opened.close()


def process(store: Any, name: str) -> Resources:
    """What a process of this name has; its presence was not shown yet."""
    unused: Any = Gone()
    presence = Presence(name, until=0)
    return Resources(
        unused,
        unused,
        store,
        Members(),
        Policy(),
        StoppedClock(),
        CountedIds(),
        host={"process": name},
        presence=presence,
    )


async def test_a_process_is_at_work_for_the_others_from_its_first_sign_of_life_until_it_leaves(store: Store) -> None:
    one, two = process(store, "one"), process(store, "two")
    assert not await is_at_work_elsewhere(two, "one")
    await show_presence(one)
    assert await is_at_work_elsewhere(two, "one")
    assert not await is_at_work_elsewhere(one, "one")
    assert not await is_at_work_elsewhere(two, "")
    await leave(one)
    assert not await is_at_work_elsewhere(two, "one")


async def test_one_process_leads_until_it_leaves(store: Store) -> None:
    one, two = process(store, "one"), process(store, "two")
    assert await leads(one, 60)
    assert await leads(one, 60)
    assert not await leads(two, 60)
    await leave(two)
    assert not await leads(two, 60)
    await leave(one)
    assert await leads(two, 60)


async def test_nothing_is_changed_once_the_others_may_soon_take_over(store: Store) -> None:
    one = process(store, "one")
    with pytest.raises(StoreUnavailable, match="out of touch"):
        check_presence(one)
    await show_presence(one)
    await one.clock.sleep(LIFETIME - LONGEST_CHANGE)
    check_presence(one)
    await one.clock.sleep(0.001)
    with pytest.raises(StoreUnavailable, match="out of touch"):
        check_presence(one)
    await show_presence(one)
    check_presence(one)


async def test_who_is_alone_may_always(store: Store) -> None:
    check_presence(replace(process(store, ""), presence=Presence()))


async def test_a_sign_of_life_that_the_store_does_not_take_is_given_again(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    one = process(OutOfReach(store, refusals=1), "one")
    times: list[float] = []

    class Enough(Exception):
        """The test has seen what it wanted."""

    class Clock(StoppedClock):
        async def sleep(self, seconds: float) -> None:
            times.append(seconds)
            if len(times) > 2:
                raise Enough
            await super().sleep(seconds)

    with pytest.raises(Enough):
        await keep_present(replace(one, clock=Clock()))
    assert times == [RENEWAL] * 3
    assert "could not be told that this one is at work" in caplog.text
    assert await is_at_work_elsewhere(process(store, "two"), "one")


async def test_a_lease_that_somebody_else_holds_gives_no_presence(store: Store) -> None:
    one = process(store, "one")
    await store.take_lease("process/one", "an impostor", 60)
    await show_presence(one)
    with pytest.raises(StoreUnavailable):
        check_presence(one)


async def test_what_cannot_be_given_up_runs_out_by_itself(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    one = process(OutOfReach(store, refusals=2), "one")
    await leave(one)
    assert "runs out by itself" in caplog.text


async def begun_by(resources: Resources, operation: str) -> OperationId:
    """An operation that a process has begun and not ended."""
    entry = replace(an_entry(Stage.STARTED, operation=operation), host=resources.host)
    await resources.store.record(entry)
    return entry.operation_id


async def test_an_operation_is_settled_by_others_only_once_its_process_is_gone(store: Store) -> None:
    one, two = process(store, "one"), process(store, "two")
    await show_presence(one)
    await begun_by(one, "op-1")
    assert await settle_open_operations(two) == []
    await leave(one)
    (settled,) = await settle_open_operations(two)
    assert (settled.started.operation_id, settled.stage) == ("op-1", Stage.SUCCEEDED)


async def test_who_finds_the_same_a_moment_later_writes_nothing(store: Store) -> None:
    two, three = process(store, "two"), process(store, "three")
    await begun_by(process(store, "one"), "op-1")

    class SettledMeanwhile(Gone):
        async def get_workflow(self, workflow_id: str) -> Any:
            assert len(await settle_open_operations(three)) == 1
            await super().get_workflow(workflow_id)

    meanwhile: Any = SettledMeanwhile()
    assert await settle_open_operations(replace(two, workflows=meanwhile)) == []
    assert (await store.head()).seq == 2


async def test_a_question_is_taken_up_by_one_and_only_once_its_process_is_gone(store: Store) -> None:
    one, two, three = (process(store, name) for name in ("one", "two", "three"))
    await show_presence(one)
    items = tuple(Item(OperationId(each), Target("workflow", f"wf-{each}")) for each in ("op-1", "op-2"))
    question = Confirmation(ConfirmationId("c1"), Action.DELETE, MIRA, "T0TEAM", items, "x", NOON, NOON)  # type: ignore[arg-type] # the trail keeps a team as text
    await store.open_confirmation(question, [an_entry(Stage.REQUESTED, operation="op-1")])
    claimed = replace(question, state=ConfirmationState.CLAIMED, answer=Answer(NOON))
    started = replace(an_entry(Stage.STARTED, operation="op-1"), host=one.host)
    await store.advance(claimed, expected=ConfirmationState.OPEN, entries=[started])
    await store.record(an_entry(Stage.SUCCEEDED, operation="op-1"))
    assert await resume(two) == []
    await leave(one)
    assert await store.take_lease("question/c1", "three", 60)
    assert await resume(two) == []
    await store.drop_lease("question/c1", "three")
    (resumed,) = await resume(two)
    assert [each.stage for each in resumed.ended] == [Stage.SUCCEEDED, Stage.FAILED]
    assert await resume(three) == []
