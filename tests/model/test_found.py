"""What the crowd found, each by itself: mostly moments in which one part of the bot overtakes another."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.app import Timing
from bot.domain.audit import Action, OperationId, SealedEntry, Stage, Target, content_of
from bot.domain.confirmation import Answer, Confirmation, ConfirmationId, ConfirmationState, Item
from bot.domain.errors import ViNotFound
from bot.domain.policy import Policy
from bot.operations.carrying_out import marked, resume
from bot.operations.recovery import Settled, settle_open_operations
from bot.ports import Resources, TrailQuery
from bot.store.sqlite import SqliteStore
from sandbox.playground import playground
from sandbox.vi import faults
from tests.journeys.steps import asked, confirm, dialogue, idle
from tests.operations.stand_ins import CountedIds, StoppedClock
from tests.store.samples import MIRA, NOON, an_entry
from tests.values import NOON as NOW

OPERATION = OperationId("op-1")
STARTED = an_entry(Stage.STARTED, operation=OPERATION, at=NOON)


class Overtaken:
    """A store in which something happens right after something was listed, and before who listed it goes on."""

    def __init__(self, store: SqliteStore, meanwhile: Callable[[], Awaitable[object]]) -> None:
        self._store = store
        self._meanwhile: Callable[[], Awaitable[object]] | None = meanwhile

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def open_operations(self) -> Sequence[SealedEntry]:
        listed = await self._store.open_operations()
        await self._overtake()
        return listed

    async def confirmations(self, *asked_for: Any) -> Sequence[Confirmation]:
        listed = await self._store.confirmations(*asked_for)
        await self._overtake()
        return listed

    async def _overtake(self) -> None:
        meanwhile, self._meanwhile = self._meanwhile, None
        if meanwhile is not None:
            await meanwhile()


class GoneForTwo:
    """A platform without any workflow, which answers once two have asked."""

    def __init__(self) -> None:
        self._both = asyncio.Barrier(2)

    async def get_workflow(self, *_asked: object) -> Any:
        await self._both.wait()
        raise ViNotFound("There is no such workflow.")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = await SqliteStore.open(tmp_path / "vi.db")
    yield opened
    await opened.close()


def resources(store: Any) -> Resources:
    """Without a platform and people: whoever asked them would fail."""
    nobody: Any = None
    return Resources(nobody, nobody, store, nobody, Policy(), StoppedClock(), CountedIds())


def claimed() -> Confirmation:
    items = (Item(OPERATION, Target("workflow", "wf-resnet")),)
    question = Confirmation(ConfirmationId("c1"), Action.DELETE, MIRA, STARTED.actor.team, items, "x", NOW, NOW)  # type: ignore[arg-type] # the trail keeps a team as text
    return replace(question, state=ConfirmationState.CLAIMED, answer=Answer(NOW))


async def stages(store: SqliteStore) -> list[Stage]:
    return [content_of(each).stage for each in reversed(await store.trail(TrailQuery(limit=100)))]


async def test_what_ended_since_it_was_listed_is_not_settled_again(store: SqliteStore) -> None:
    await store.record(STARTED)
    overtaken = Overtaken(store, lambda: store.record(an_entry(Stage.SUCCEEDED, operation=OPERATION)))
    assert [each async for each in settle_open_operations(resources(overtaken))] == []
    assert await stages(store) == [Stage.STARTED, Stage.SUCCEEDED]


async def test_of_two_that_settle_an_operation_at_once_one_writes_its_end(store: SqliteStore) -> None:
    await store.record(STARTED)
    platform: Any = GoneForTwo()

    async def settle() -> list[Settled]:
        return [each async for each in settle_open_operations(replace(resources(store), workflows=platform))]

    first, second = await asyncio.gather(settle(), settle())
    assert [each.stage for each in (*first, *second)] == [Stage.SUCCEEDED]
    assert await stages(store) == [Stage.STARTED, Stage.SUCCEEDED]


async def test_what_was_done_since_it_was_listed_is_not_taken_up_again(store: SqliteStore) -> None:
    await store.open_confirmation(claimed(), [an_entry(Stage.REQUESTED, operation=OPERATION)])
    done = replace(claimed(), state=ConfirmationState.DONE)
    overtaken = Overtaken(store, lambda: store.advance(done, expected=ConfirmationState.CLAIMED))
    assert await resume(resources(overtaken)) == []
    assert await stages(store) == [Stage.REQUESTED]


async def test_what_is_marked_is_left_alone_from_before_the_claim_on(store: SqliteStore) -> None:
    await store.open_confirmation(claimed(), [STARTED])
    around = resources(store)
    with marked(around, claimed()), marked(around, None):
        assert [each async for each in settle_open_operations(around)] == []
        assert await resume(around) == []
    assert around.under_way == []
    assert await stages(store) == [Stage.STARTED]


async def test_a_lock_that_comes_while_the_copy_is_made_stops_the_deletion() -> None:
    async with playground(timing=Timing(recovery=3600.0, look_back=(0.0, 0.0))) as play:
        omar, workflow_id = play.slack.user("omar"), idle(play)
        hold = play.vi.faults.on("PUT", "flows/*", faults.Hold())
        await confirm(await dialogue(omar, f"/vi delete {workflow_id}"))
        await hold.reached()
        await asked(play.slack.user("alice"), f'/vi lock {workflow_id} --reason "in production"')
        hold.release()
        message = await omar.sees(text="was not deleted", channel="dm")
        assert "It is locked, with the reason “in production”." in message.text
        assert play.vi.requests.count("DELETE") == 0
        assert workflow_id in play.vi.organization.workflow_ids()


async def test_who_withdraws_a_question_of_their_own_is_told_so() -> None:
    async with playground(timing=Timing(recovery=3600.0)) as play:
        omar = play.slack.user("omar")
        await dialogue(omar, f"/vi delete {idle(play)}")
        omar.reload()
        pending = await asked(omar, "/vi pending")
        await pending.click("Withdraw")
        await pending.updated("Nothing waits.")
