"""What the way back does where no journey leads: two at once, a trail that was rotated, a snapshot that is gone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.domain.audit import Action, Stage
from bot.domain.backup import SnapshotId, snapshot_of
from bot.domain.confirmation import Confirmation, ConfirmationId, ConfirmationState, Item, Post, Shows
from bot.domain.errors import ConfirmationClosed, Locked, NotLocked, StoreUnavailable
from bot.domain.people import PersonId, Request, TeamId
from bot.domain.policy import Policy, Role
from bot.domain.workflow import WorkflowId
from bot.operations.bringing_back import undone_by_restoring
from bot.operations.confirming import keep_post, open_question
from bot.operations.locking import lock_workflow, unlock_workflow
from bot.operations.recording import OK, Operation, operation, workflow_target
from bot.operations.restoration import snapshot_to_restore
from bot.ports import Resources, Store
from bot.store import open_store
from sandbox.vi.server import ViEmulator
from tests.operations.stand_ins import CountedIds, Members, StoppedClock
from tests.values import workflow
from tests.vi.conftest import client_of

ALICE, TEAM = PersonId("U0ALICE"), TeamId("T0TEAM")
REQUEST = Request(ALICE, TEAM, "modal")
WORKFLOW = workflow()


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    opened = await open_store(":memory:")
    yield opened
    await opened.close()


@pytest.fixture
async def vi() -> AsyncIterator[ViEmulator]:
    async with ViEmulator.start() as emulator:
        yield emulator


@pytest.fixture
async def resources(store: Store, vi: ViEmulator) -> AsyncIterator[Resources]:
    policy = Policy(people={ALICE: frozenset({Role.ADMIN})})
    async with client_of(vi) as client:
        yield Resources(client, client, store, Members(), policy, StoppedClock(), CountedIds())


async def asked(resources: Resources, under_way: Operation) -> Confirmation:
    """A question about one workflow."""
    item = Item(under_way.id, workflow_target(WORKFLOW))
    return await open_question(resources, REQUEST, under_way.action, [under_way], (item,), "x")


def about(resources: Resources, action: Action) -> Operation:
    under_way = operation(resources, REQUEST, action)
    under_way.target = workflow_target(WORKFLOW)
    return under_way


async def test_of_two_who_lock_at_once_one_reads_that_the_other_did(resources: Resources, vi: ViEmulator) -> None:
    workflow_id = vi.organization.workflow_ids()[0]
    results = await asyncio.gather(
        *(lock_workflow(resources, REQUEST, workflow_id, "mine") for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in results) == ["Lock", Locked.__name__]
    assert len(await resources.store.locks()) == 1


async def test_of_two_who_unlock_at_once_one_reads_that_it_is_not_locked(resources: Resources, vi: ViEmulator) -> None:
    workflow_id = vi.organization.workflow_ids()[0]
    await lock_workflow(resources, REQUEST, workflow_id, "mine")
    results = await asyncio.gather(
        *(unlock_workflow(resources, REQUEST, workflow_id) for _ in range(2)), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in results) == ["Lock", NotLocked.__name__]
    assert await resources.store.locks() == []


async def test_an_operation_without_a_question_is_left_out(resources: Resources) -> None:
    await about(resources, Action.DELETE).record(Stage.SUCCEEDED, OK)
    assert await undone_by_restoring(resources, WORKFLOW.id) == []


async def test_a_restoration_that_a_later_one_took_back_is_found_with_where_it_stands(resources: Resources) -> None:
    restored = about(resources, Action.RESTORE)
    confirmation = await asked(resources, restored)
    posts = (Post("C1", "1.0", Shows.OUTCOME), Post("C2", "1.1", Shows.LINE))
    assert await keep_post(resources, confirmation.id, *posts) == replace(confirmation, posts=posts)
    await restored.record(Stage.SUCCEEDED, OK)
    await about(resources, Action.RESTORE).record(Stage.SUCCEEDED, OK)
    (undone,) = await undone_by_restoring(resources, WORKFLOW.id)
    assert undone.confirmation.posts == posts
    assert set(undone.brought_back) == {restored.id}


async def test_a_question_that_moves_on_keeps_the_posts_that_were_noted_at_the_same_moment(
    resources: Resources,
) -> None:
    stale = await asked(resources, about(resources, Action.DELETE))
    post = Post("C1", "1.0", Shows.OUTCOME)
    await keep_post(resources, stale.id, post)
    moved = replace(stale, state=ConfirmationState.WITHDRAWN)
    assert await resources.store.advance(moved, expected=ConfirmationState.OPEN) == ()
    assert await resources.store.advance(moved, expected=ConfirmationState.OPEN) is None
    assert await resources.store.confirmation(stale.id) == replace(moved, posts=(post,))
    with pytest.raises(ConfirmationClosed):
        await keep_post(resources, ConfirmationId("none"), post)


async def test_of_several_items_those_whose_end_is_not_in_the_trail_are_left_out(resources: Resources) -> None:
    first, second = about(resources, Action.DELETE), about(resources, Action.DELETE)
    items = tuple(Item(each.id, workflow_target(WORKFLOW)) for each in (first, second))
    await open_question(resources, REQUEST, Action.DELETE, [first, second], items, "x")
    await first.record(Stage.SUCCEEDED, OK)
    (undone,) = await undone_by_restoring(resources, WORKFLOW.id)
    assert [each.item for each in undone.ended] == [items[0]]
    assert undone.brought_back == {}


@pytest.mark.parametrize("snapshot_id", [None, SnapshotId("gone")])
async def test_a_snapshot_that_is_gone_is_said_so(resources: Resources, snapshot_id: SnapshotId | None) -> None:
    with pytest.raises(StoreUnavailable, match="The snapshot is gone"):
        await snapshot_to_restore(resources, snapshot_id)


async def test_snapshots_are_found_by_id_name_beginning_of_an_id_and_operation_and_not_by_part_of_a_name(
    resources: Resources,
) -> None:
    under_way = about(resources, Action.DELETE)
    source = workflow("workflow-1", "Potholes")
    kept = snapshot_of(source, snapshot_id=SnapshotId("s1"), operation_id=under_way.id, at=resources.clock.now())
    await resources.store.keep_snapshot(kept)
    for reference in ("", WorkflowId("workflow-1"), "Potholes", "workfl", under_way.id):
        assert list(await resources.store.find_snapshots(reference, 10)) == [kept]
    for reference in ("workf", "Pothol", "workfl%", "nothing"):
        assert list(await resources.store.find_snapshots(reference, 10)) == []
    assert await resources.store.confirmation_of(under_way.id) is None
