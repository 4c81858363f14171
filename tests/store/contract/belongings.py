"""Locks, snapshots and screens."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.audit import (
    Action,
    Outcome,
    Stage,
)
from bot.domain.backup import BackupCheck, SnapshotId, SnapshotSummary
from bot.domain.errors import StoreUnavailable
from bot.domain.screen import ScreenId
from bot.domain.workflow import WorkflowId
from bot.ports import Store
from tests.store.samples import (
    NOON,
    a_lock,
    a_screen,
    a_snapshot,
    an_entry,
)


class BelongingsContract:
    async def test_a_lock_is_kept_with_its_entry_and_comes_back(self, store: Store) -> None:
        later, first = a_lock("wf-2", at=NOON + timedelta(seconds=1)), a_lock("wf-1")
        for lock in (later, first):
            assert await store.lock(lock, an_entry(action=Action.LOCK)) == await store.head()
        assert await store.locks() == [first, later]

    async def test_a_workflow_is_locked_once(self, store: Store) -> None:
        locks = [replace(a_lock(), reason=str(number)) for number in range(20)]
        results = await asyncio.gather(*(store.lock(each, an_entry(action=Action.LOCK)) for each in locks))
        winners = [number for number, result in enumerate(results) if result is not None]
        assert len(winners) == 1
        assert results[winners[0]] == await store.head()
        assert (await store.head()).seq == 1
        assert await store.locks() == [locks[winners[0]]]

    async def test_a_lock_is_dropped_once_and_can_be_set_again(self, store: Store) -> None:
        other = a_lock("wf-other")
        for lock in (a_lock(), other):
            await store.lock(lock, an_entry(action=Action.LOCK))
        dropped = await store.unlock(WorkflowId("wf-resnet"), an_entry(action=Action.UNLOCK))
        assert dropped == await store.head()
        for name in ("wf-resnet", "none", "\ud800"):
            assert await store.unlock(WorkflowId(name), an_entry(action=Action.UNLOCK)) is None
        assert await store.head() == dropped
        assert await store.locks() == [other]
        assert await store.lock(a_lock(), an_entry(action=Action.LOCK)) == await store.head()

    async def test_a_lock_is_set_or_dropped_with_its_entry_or_not_at_all(self, store: Store) -> None:
        taken = an_entry(action=Action.LOCK)
        await store.lock(a_lock(), taken)
        with pytest.raises(StoreUnavailable):
            await store.lock(a_lock("wf-lost"), taken)
        with pytest.raises(StoreUnavailable):
            await store.unlock(WorkflowId("wf-resnet"), taken)
        assert await store.locks() == [a_lock()]

    async def test_a_snapshot_comes_back_as_it_was_kept(self, store: Store) -> None:
        for workflow, copy_id in (("one", WorkflowId("copy")), ("two", None)):
            snapshot = replace(a_snapshot(workflow=workflow), copy_id=copy_id)
            await store.keep_snapshot(snapshot)
            assert await store.snapshots_of(snapshot.workflow_id) == [snapshot]

    async def test_snapshots_of_one_workflow_come_newest_first(self, store: Store) -> None:
        middle, newest, oldest = (a_snapshot(at=NOON + timedelta(hours=hours)) for hours in (1, 2, 0))
        for snapshot in (middle, newest, oldest, a_snapshot(workflow="another")):
            await store.keep_snapshot(snapshot)
        assert await store.snapshots_of(middle.workflow_id) == [newest, middle, oldest]
        assert await store.snapshots_of(WorkflowId("none")) == []

    async def test_snapshots_are_found_by_id_whole_name_or_operation_newest_first(self, store: Store) -> None:
        day = timedelta(days=1)
        oldest, middle, newest = (
            replace(a_snapshot(at=NOON + number * day, workflow=f"wf-{number}"), workflow_name=name)
            for number, name in enumerate(("same name", "other name", "same name"))
        )
        for snapshot in (middle, newest, oldest):
            await store.keep_snapshot(snapshot)
        assert await store.find_snapshots("wf-1", 9) == [middle]
        assert await store.find_snapshots("same name", 9) == [newest, oldest]
        assert await store.find_snapshots(middle.operation_id, 9) == [middle]
        assert await store.find_snapshots("", 9) == [newest, middle, oldest]
        assert await store.find_snapshots("", 2) == [newest, middle]
        assert await store.find_snapshots("same name", 1) == [newest]
        for nothing in ("same", "wf-", "\ud800", "%"):
            assert await store.find_snapshots(nothing, 9) == []

    async def test_one_snapshot_is_read_by_its_id(self, store: Store) -> None:
        snapshots = [a_snapshot(), a_snapshot()]
        for snapshot in snapshots:
            await store.keep_snapshot(snapshot)
        for snapshot in snapshots:
            assert await store.snapshot(snapshot.id) == snapshot
        for name in ("none", "\ud800"):
            assert await store.snapshot(SnapshotId(name)) is None

    async def test_the_newest_snapshot_of_each_workflow_comes_newest_first(self, store: Store) -> None:
        hour = timedelta(hours=1)
        kept = [a_snapshot(at=NOON + n * hour, workflow=w) for n, w in ((2, "a"), (0, "b"), (3, "c"), (1, "a"))]
        for snapshot in kept:
            await store.keep_snapshot(snapshot)
        newest = [
            SnapshotSummary(each.id, each.workflow_id, each.workflow_name, each.taken_at)
            for each in (kept[2], kept[0], kept[1])
        ]
        assert await store.newest_snapshots(9) == newest
        assert await store.newest_snapshots(3) == newest[:2]
        assert await store.newest_snapshots(0) == []

    async def test_a_snapshot_comes_with_the_newest_check_of_its_copy(self, store: Store) -> None:
        checked, unchecked = a_snapshot(), a_snapshot(at=NOON - timedelta(hours=1))
        for snapshot in (checked, unchecked):
            await store.keep_snapshot(snapshot)
            await store.record(an_entry(Stage.STARTED, operation=snapshot.operation_id))
        # The second by its place, not by its time: the clock may have gone back.
        for check in (BackupCheck(NOON, equal=False), BackupCheck(NOON - timedelta(seconds=1), equal=True)):
            outcome = Outcome("ok" if check.equal else "backup_differs")
            stage = Stage.SUCCEEDED if check.equal else Stage.FAILED
            await store.record(
                an_entry(stage, at=check.at, action=Action.BACKUP, operation=checked.operation_id, outcome=outcome)
            )
            assert await store.snapshots_of(checked.workflow_id) == [replace(checked, check=check), unchecked]
            assert await store.find_snapshots("", 2) == [replace(checked, check=check), unchecked]
            assert await store.snapshot(checked.id) == replace(checked, check=check)

    async def test_a_snapshot_is_never_replaced(self, store: Store) -> None:
        snapshot = a_snapshot()
        await store.keep_snapshot(snapshot)
        with pytest.raises(StoreUnavailable):
            await store.keep_snapshot(replace(snapshot, document="{}"))
        assert await store.snapshots_of(snapshot.workflow_id) == [snapshot]

    async def test_a_snapshot_without_its_hash_is_not_handed_out(self, store: Store) -> None:
        snapshot = replace(a_snapshot(), document="{}")
        await store.keep_snapshot(snapshot)
        for look in (
            store.snapshots_of(snapshot.workflow_id),
            store.find_snapshots("", 1),
            store.snapshot(snapshot.id),
        ):
            with pytest.raises(StoreUnavailable, match="does not have its hash"):
                await look

    async def test_a_screen_comes_back_as_it_was_shown(self, store: Store) -> None:
        screen = a_screen()
        await store.keep_screen(screen)
        assert await store.screen(screen.id) == screen
        assert await store.screen(ScreenId("none")) is None

    async def test_a_page_turned_takes_the_place_of_the_one_before(self, store: Store) -> None:
        for page in (1, 2):
            await store.keep_screen(a_screen("on screen", page=page))
        assert await store.screen(ScreenId("on screen")) == a_screen("on screen", page=2)

    async def test_a_screen_older_than_a_day_is_dropped_when_another_is_kept(self, store: Store) -> None:
        day = timedelta(days=1)
        await store.keep_screen(a_screen("older", at=NOON - day - timedelta(microseconds=1)))
        await store.keep_screen(a_screen("a day old", at=NOON - day))
        await store.keep_screen(a_screen(at=NOON))
        assert await store.screen(ScreenId("older")) is None
        assert await store.screen(ScreenId("a day old")) is not None

    async def test_leases_are_counted_by_how_their_names_begin_while_they_are_held(self, store: Store) -> None:
        for name in ("a process/1", "a process/2", "another", "a pro%"):
            assert await store.take_lease(name, "me", 60)
        assert await store.take_lease("a process/3", "me", 0)
        assert await store.count_leases("a process/") == 2
        await store.drop_lease("a process/1", "me")
        assert await store.count_leases("a process/") == 1
        assert await store.count_leases("a pro%") == 1
