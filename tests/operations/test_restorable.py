"""What can be brought back is looked up in the store: what is gone first, as far as that is known."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.backup import SnapshotId, SnapshotSummary
from bot.domain.errors import OutOfDate
from bot.domain.policy import Policy
from bot.operations.index import WorkflowIndex
from bot.operations.restorable import find_restorable, workflow_of
from bot.ports import Resources
from bot.store import open_store
from handlers.messages.suggestions import offered_snapshots
from tests.operations.stand_ins import CountedIds, Members, StoppedClock
from tests.operations.test_index import Platform
from tests.store.samples import NOON, a_snapshot
from tests.values import workflow


@pytest.fixture
async def resources() -> AsyncIterator[Resources]:
    store = await open_store(":memory:")
    platform: Any = Platform(workflow("there"))
    yield Resources(platform, platform, store, Members(), Policy(), StoppedClock(), CountedIds())
    await store.close()


async def kept(resources: Resources) -> tuple[WorkflowIndex, list[str]]:
    """Four snapshots of three workflows, of which one exists."""
    for number, name in enumerate(("there", "gone", "there", "gone too")):
        snapshot = replace(
            a_snapshot(at=NOON + timedelta(hours=number), workflow=name), workflow_name=f"Name of {name}"
        )
        await resources.store.keep_snapshot(snapshot)
    return WorkflowIndex(resources.workflows, resources.clock), ["gone too", "there", "gone"]


def ids(found: tuple[SnapshotSummary, ...]) -> list[str]:
    return [each.workflow_id for each in found]


async def test_what_is_gone_stands_apart_once_the_platform_was_looked_at(resources: Resources) -> None:
    index, newest_first = await kept(resources)
    found = await find_restorable(resources, index, "")
    assert (ids(found.gone), ids(found.others)) == ([], newest_first)
    await index.refresh()
    found = await find_restorable(resources, index, "")
    assert (ids(found.gone), ids(found.others)) == (["gone too", "gone"], ["there"])
    found = await find_restorable(resources, index, "OF GONE T")
    assert (ids(found.gone), ids(found.others)) == (["gone too"], [])


async def test_the_labels_say_how_many_and_of_which_kind(resources: Resources) -> None:
    index, _ids = await kept(resources)

    async def labels(typed: str = "") -> list[str]:
        groups = offered_snapshots(await find_restorable(resources, index, typed))
        return [group["label"]["text"] for group in groups]

    assert await labels() == ["3 workflows with a snapshot"]
    await index.refresh()
    assert await labels() == ["2 workflows that are gone", "1 other workflow with a snapshot"]
    assert await labels("too") == ["1 workflow that is gone"]
    for number in range(120):
        await resources.store.keep_snapshot(a_snapshot(at=NOON, workflow=f"many-{number}"))
    assert await labels() == ["100 of 122 workflows that are gone. Type to find others"]


async def test_a_snapshot_leads_to_its_workflow_and_one_that_is_not_kept_is_out_of_date(resources: Resources) -> None:
    snapshot = a_snapshot(workflow="x" * 255)
    await resources.store.keep_snapshot(snapshot)
    assert await workflow_of(resources, snapshot.id) == snapshot.workflow_id
    with pytest.raises(OutOfDate):
        await workflow_of(resources, SnapshotId("none"))
