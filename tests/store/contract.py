"""What every store must do, whatever keeps its data. A store's own test file inherits this and brings the store."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from bot.domain.audit import (
    EMPTY,
    Action,
    OperationId,
    Outcome,
    SealedEntry,
    Stage,
    Subject,
    Target,
    chain_faults,
    content_of,
)
from bot.domain.backup import BackupCheck, SnapshotId
from bot.domain.checkpoint import Checkpoint
from bot.domain.confirmation import Answer, Approval, Confirmation, ConfirmationId, ConfirmationState, Item, Post
from bot.domain.errors import StoreUnavailable
from bot.domain.people import PersonId
from bot.domain.redaction import REMOVED
from bot.domain.screen import ScreenId
from bot.domain.workflow import WorkflowId
from bot.ports import Store, TrailQuery
from tests.store.samples import (
    MIRA,
    NOON,
    OLE,
    a_confirmation,
    a_lock,
    a_screen,
    a_snapshot,
    an_entry,
    an_item,
    answered,
)

WHOLE = TrailQuery(limit=1_000)

_LEFT_ALONE = {ConfirmationState.EXPIRED, ConfirmationState.WITHDRAWN}
FORWARD = {
    ConfirmationState.OPEN: {ConfirmationState.AWAITING, ConfirmationState.CLAIMED, *_LEFT_ALONE},
    ConfirmationState.AWAITING: {
        ConfirmationState.CLAIMED,
        ConfirmationState.REFUSED,
        ConfirmationState.VOID,
        *_LEFT_ALONE,
    },
    ConfirmationState.CLAIMED: {ConfirmationState.DONE},
}
"""Where a question may go from each state; from the others nowhere."""


async def asked(store: Store, state: ConfirmationState = ConfirmationState.OPEN) -> Confirmation:
    confirmation = a_confirmation(state=state)
    await store.open_confirmation(confirmation, [an_entry(Stage.REQUESTED)])
    return confirmation


async def numbers(store: Store, query: TrailQuery) -> list[int]:
    return [each.seq for each in await store.trail(query)]


async def oldest_first(store: Store) -> Sequence[SealedEntry]:
    return tuple(reversed(await store.trail(WHOLE)))


class StoreContract:
    async def test_an_empty_trail_has_the_head_that_the_first_entry_names(self, store: Store) -> None:
        assert await store.head() == EMPTY
        assert await store.trail(WHOLE) == []

    async def test_entries_stand_in_one_chain_in_the_order_of_their_receipts(self, store: Store) -> None:
        receipts = [await store.record(an_entry()) for _ in range(3)]
        entries = await oldest_first(store)
        assert [each.receipt for each in entries] == receipts
        assert [each.seq for each in entries] == [1, 2, 3]
        assert list(chain_faults(entries)) == []
        assert await store.head() == receipts[-1]

    async def test_entries_recorded_at_once_stand_in_one_chain(self, store: Store) -> None:
        receipts = await asyncio.gather(*(store.record(an_entry()) for _ in range(300)))
        entries = await oldest_first(store)
        assert sorted(receipts, key=lambda receipt: receipt.seq) == [each.receipt for each in entries]
        assert list(chain_faults(entries)) == []

    async def test_a_secret_is_removed_before_it_is_written(self, store: Store) -> None:
        await store.record(an_entry(details={"reason": "key dtvi_abcdefghijkl"}))
        (entry,) = await store.trail(WHOLE)
        assert "dtvi_" not in entry.body
        assert REMOVED in entry.body

    async def test_an_entry_that_is_there_already_is_refused_and_the_next_one_kept(self, store: Store) -> None:
        entry = an_entry()
        await store.record(entry)
        with pytest.raises(StoreUnavailable):
            await store.record(entry)
        assert (await store.record(an_entry())).seq == 2

    async def test_one_that_is_refused_does_not_take_its_neighbours_with_it(self, store: Store) -> None:
        entry = an_entry()
        results = await asyncio.gather(
            *(store.record(each) for each in (an_entry(), entry, entry, an_entry())), return_exceptions=True
        )
        assert [type(each).__name__ for each in results] == ["Receipt", "Receipt", "StoreUnavailable", "Receipt"]
        assert list(chain_faults(await oldest_first(store))) == []
        assert (await store.head()).seq == 3

    async def test_an_entry_that_is_there_already_is_recorded_once(self, store: Store) -> None:
        entry, other = an_entry(), an_entry()
        receipts = await asyncio.gather(*(store.record_once(each) for each in (entry, other, entry)))
        assert receipts == [*(each.receipt for each in await oldest_first(store)), None]
        assert await store.record_once(entry) is None
        assert (await store.head()).seq == 2

    async def test_one_entry_is_read_by_its_number(self, store: Store) -> None:
        receipts = [await store.record(an_entry()) for _ in range(3)]
        found = await store.entry(2)
        assert found
        assert found.receipt == receipts[1]
        assert found == (await store.trail(TrailQuery(before=3, limit=1)))[0]

    @pytest.mark.parametrize("seq", [-(10**30), -1, 0, 2, 2**63 - 1, 10**30])
    async def test_a_number_that_no_entry_has_is_none(self, store: Store, seq: int) -> None:
        await store.record(an_entry())
        assert await store.entry(seq) is None

    async def test_entries_behind_a_number_come_oldest_first(self, store: Store) -> None:
        for _ in range(4):
            await store.record(an_entry())
        whole = list(await oldest_first(store))
        for seq, limit in ((0, 9), (0, 2), (2, 9), (2, 1), (4, 9), (-1, 1), (10**30, 9)):
            assert await store.entries_after(seq, limit) == [each for each in whole if each.seq > seq][:limit]

    async def test_a_question_comes_back_as_it_was_asked(self, store: Store) -> None:
        plain = a_confirmation()
        restoring = Item(OperationId("op"), Target("workflow", "wf-2", "", "etag"), source=SnapshotId("snapshot"))
        approval = Approval(NOON + timedelta(hours=1), "The policy asks for it.", reminded=True, by=OLE, at=NOON)
        posts = (Post("C0OPS", "1.000001"), Post("D0OLE", "1.000002"))
        for confirmation in (
            plain,
            replace(a_confirmation(), items=(an_item(), restoring, an_item("größe\0\u2028😀")), phrase=""),
            replace(answered(a_confirmation()), approval=approval, posts=posts),
        ):
            await store.open_confirmation(confirmation, [an_entry(Stage.REQUESTED)])
            assert await store.confirmation(confirmation.id) == confirmation

    async def test_a_question_is_kept_with_an_entry_for_each_item(self, store: Store) -> None:
        entries = [an_entry(Stage.REQUESTED) for _ in range(3)]
        receipt = await store.open_confirmation(a_confirmation(), entries)
        assert receipt == await store.head()
        assert [content_of(each).id for each in await oldest_first(store)] == [each.id for each in entries]

    async def test_a_question_is_kept_with_its_entries_or_not_at_all(self, store: Store) -> None:
        taken = an_entry(Stage.REQUESTED)
        receipt = await store.open_confirmation(a_confirmation(), [taken])
        lost = a_confirmation()
        with pytest.raises(StoreUnavailable):
            await store.open_confirmation(lost, [an_entry(Stage.REQUESTED), taken])
        assert await store.confirmation(lost.id) is None
        assert await store.head() == receipt

    async def test_a_question_is_not_asked_twice(self, store: Store) -> None:
        confirmation = await asked(store)
        before = await store.head()
        with pytest.raises(StoreUnavailable):
            await store.open_confirmation(answered(confirmation), [an_entry(Stage.REQUESTED)])
        assert await store.confirmation(confirmation.id) == confirmation
        assert await store.head() == before

    async def test_a_question_that_never_was_is_none(self, store: Store) -> None:
        assert await store.confirmation(ConfirmationId("none")) is None

    async def test_an_answer_is_kept_with_its_entries_and_their_receipts_come_in_order(self, store: Store) -> None:
        confirmation = answered(await asked(store))
        entries = [an_entry(Stage.NOTE), an_entry(Stage.STARTED)]
        receipts = await store.advance(confirmation, expected=ConfirmationState.OPEN, entries=entries)
        assert await store.confirmation(confirmation.id) == confirmation
        written = (await oldest_first(store))[1:]
        assert receipts == tuple(each.receipt for each in written)
        assert [content_of(each).id for each in written] == [each.id for each in entries]

    async def test_a_question_moves_on_without_an_entry_too(self, store: Store) -> None:
        confirmation = answered(await asked(store))
        assert await store.advance(confirmation, expected=ConfirmationState.OPEN) == ()
        done = replace(confirmation, state=ConfirmationState.DONE)
        assert await store.advance(done, expected=ConfirmationState.CLAIMED) == ()
        assert await store.confirmation(confirmation.id) == done
        assert (await store.head()).seq == 1

    async def test_a_second_answer_changes_nothing(self, store: Store) -> None:
        confirmation = answered(await asked(store))
        first = await store.advance(confirmation, expected=ConfirmationState.OPEN, entries=[an_entry(Stage.STARTED)])
        assert first == (await store.head(),)
        other = replace(confirmation, answer=None)
        for _ in range(2):
            again = await store.advance(other, expected=ConfirmationState.OPEN, entries=[an_entry(Stage.STARTED)])
            assert again is None
        assert await store.confirmation(confirmation.id) == confirmation
        assert (await store.head(),) == first

    async def test_twenty_answers_at_once_have_one_winner(self, store: Store) -> None:
        confirmation = await asked(store)
        rivals = [replace(answered(confirmation), phrase=str(number)) for number in range(20)]
        results = await asyncio.gather(
            *(
                store.advance(each, expected=ConfirmationState.OPEN, entries=[an_entry(Stage.STARTED)])
                for each in rivals
            )
        )
        winners = [number for number, result in enumerate(results) if result is not None]
        assert len(winners) == 1
        assert results[winners[0]] == (await store.head(),)
        assert (await store.head()).seq == 2
        assert await store.confirmation(confirmation.id) == rivals[winners[0]]

    async def test_an_answer_and_an_end_at_once_have_one_winner(self, store: Store) -> None:
        confirmation = await asked(store)
        rivals = (answered(confirmation), replace(confirmation, state=ConfirmationState.WITHDRAWN))
        results = await asyncio.gather(
            *(store.advance(each, expected=ConfirmationState.OPEN, entries=[an_entry()]) for each in rivals)
        )
        assert [result for result in results if result is not None] == [(await store.head(),)]

    @pytest.mark.parametrize("expected", sorted(set(ConfirmationState) - {ConfirmationState.AWAITING}))
    async def test_a_question_in_another_state_than_expected_stays_as_it_is(
        self, store: Store, expected: ConfirmationState
    ) -> None:
        waiting = await asked(store, ConfirmationState.AWAITING)
        before = await store.head()
        assert await store.advance(answered(waiting), expected=expected, entries=[an_entry()]) is None
        assert await store.confirmation(waiting.id) == waiting
        assert await store.head() == before

    async def test_an_answer_to_no_question_changes_nothing(self, store: Store) -> None:
        nobodys = answered(a_confirmation())
        assert await store.advance(nobodys, expected=ConfirmationState.OPEN, entries=[an_entry()]) is None
        assert await store.confirmation(nobodys.id) is None
        assert await store.head() == EMPTY

    async def test_an_answer_is_kept_with_its_entries_or_not_at_all(self, store: Store) -> None:
        confirmation = a_confirmation()
        taken = an_entry(Stage.REQUESTED)
        receipt = await store.open_confirmation(confirmation, [taken])
        with pytest.raises(StoreUnavailable):
            await store.advance(
                answered(confirmation), expected=ConfirmationState.OPEN, entries=[an_entry(Stage.STARTED), taken]
            )
        assert await store.confirmation(confirmation.id) == confirmation
        assert await store.head() == receipt

    @pytest.mark.parametrize(("before", "after"), list(product(ConfirmationState, ConfirmationState)))
    async def test_a_question_goes_forward_only(
        self, store: Store, before: ConfirmationState, after: ConfirmationState
    ) -> None:
        confirmation = await asked(store, before)
        moved = replace(confirmation, state=after)
        if before is after or after in FORWARD.get(before, ()):
            assert await store.advance(moved, expected=before, entries=[an_entry()]) == (await store.head(),)
            assert await store.confirmation(confirmation.id) == moved
        else:
            with pytest.raises(StoreUnavailable):
                await store.advance(moved, expected=before, entries=[an_entry()])
            assert await store.confirmation(confirmation.id) == confirmation
            assert (await store.head()).seq == 1

    async def test_posts_kept_since_a_question_was_read_stay_with_it(self, store: Store) -> None:
        posts = [Post("C0OPS", f"1.{number}") for number in range(3)]
        confirmation = replace(a_confirmation(state=ConfirmationState.AWAITING), posts=(posts[0],))
        await store.open_confirmation(confirmation, [an_entry()])
        for post in posts[1:]:
            kept = replace(confirmation, posts=(posts[0], post))
            assert await store.advance(kept, expected=ConfirmationState.AWAITING) == ()
        await store.advance(answered(confirmation), expected=ConfirmationState.AWAITING)
        assert await store.confirmation(confirmation.id) == replace(answered(confirmation), posts=tuple(posts))

    async def test_questions_are_found_by_state_person_and_time_oldest_first(self, store: Store) -> None:
        later, first, oles, waiting, closed = (
            a_confirmation(at=NOON + timedelta(minutes=minutes), person=person, state=state)
            for minutes, person, state in (
                (3, MIRA, ConfirmationState.OPEN),
                (1, MIRA, ConfirmationState.OPEN),
                (2, OLE, ConfirmationState.OPEN),
                (4, OLE, ConfirmationState.AWAITING),
                (0, MIRA, ConfirmationState.WITHDRAWN),
            )
        )
        for confirmation in (later, first, oles, waiting, closed):
            await store.open_confirmation(confirmation, [an_entry(Stage.REQUESTED)])
        both = {ConfirmationState.OPEN, ConfirmationState.AWAITING}
        assert await store.confirmations({ConfirmationState.OPEN}) == [first, oles, later]
        assert await store.confirmations(both) == [first, oles, later, waiting]
        assert await store.confirmations(both, OLE) == [oles, waiting]
        assert await store.confirmations(both, since=oles.opened_at) == [oles, later, waiting]
        just_after = oles.opened_at + timedelta(microseconds=1)
        assert await store.confirmations(set(ConfirmationState), MIRA, just_after) == [later]
        assert await store.confirmations(set(ConfirmationState), PersonId("\ud800")) == []
        assert await store.confirmations(set()) == []

    async def test_a_question_that_moved_on_is_found_in_its_new_state(self, store: Store) -> None:
        confirmation = answered(await asked(store))
        await store.advance(confirmation, expected=ConfirmationState.OPEN)
        assert await store.confirmations({ConfirmationState.OPEN}) == []
        assert await store.confirmations({ConfirmationState.CLAIMED}) == [confirmation]

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
            assert await store.keep_snapshot(snapshot) is None
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

    async def test_a_snapshot_is_kept_with_its_entry_or_not_at_all(self, store: Store) -> None:
        taken = an_entry()
        assert await store.keep_snapshot(a_snapshot(workflow="kept"), taken) == await store.head()
        with pytest.raises(StoreUnavailable):
            await store.keep_snapshot(a_snapshot(workflow="lost"), taken)
        assert await store.snapshots_of(WorkflowId("lost")) == []

    async def test_a_snapshot_comes_with_the_newest_check_of_its_copy(self, store: Store) -> None:
        checked, unchecked = a_snapshot(), a_snapshot(at=NOON - timedelta(hours=1))
        for snapshot in (checked, unchecked):
            await store.keep_snapshot(snapshot, an_entry(Stage.STARTED, operation=snapshot.operation_id))
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

    async def test_the_checkpoint_that_was_kept_last_comes_back(self, store: Store) -> None:
        assert await store.last_checkpoint() is None
        for checkpoint in (
            Checkpoint("org-1", await store.record(an_entry()), NOON, "0123456789abcdef", "c2lnbmVk"),
            Checkpoint("org-1", await store.record(an_entry()), NOON - timedelta(seconds=1)),
        ):
            await store.keep_checkpoint(checkpoint)
            assert await store.last_checkpoint() == checkpoint

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

    @pytest.mark.parametrize("end", [Stage.SUCCEEDED, Stage.FAILED])
    async def test_an_operation_is_open_from_started_until_it_succeeded_or_failed(
        self, store: Store, end: Stage
    ) -> None:
        await store.record(an_entry(Stage.REQUESTED, operation="asked only"))
        first = await store.record(an_entry(Stage.STARTED, operation="first"))
        second = await store.record(an_entry(Stage.STARTED, operation="second"))
        assert [each.receipt for each in await store.open_operations()] == [first, second]
        await store.record(an_entry(end, operation="first"))
        assert [each.receipt for each in await store.open_operations()] == [second]

    @pytest.mark.parametrize("stage", [Stage.UNKNOWN, Stage.NOTE, Stage.DENIED])
    async def test_nothing_else_settles_an_operation(self, store: Store, stage: Stage) -> None:
        started = await store.record(an_entry(Stage.STARTED, operation="one"))
        await store.record(an_entry(stage, operation="one"))
        assert [each.receipt for each in await store.open_operations()] == [started]

    async def test_an_operation_started_twice_is_open_once_since_its_first_start(self, store: Store) -> None:
        started = await store.record(an_entry(Stage.STARTED, operation="one"))
        await store.record(an_entry(Stage.STARTED, operation="one"))
        assert [each.receipt for each in await store.open_operations()] == [started]

    async def test_an_operation_started_again_after_its_end_is_open_again(self, store: Store) -> None:
        for stage in (Stage.STARTED, Stage.FAILED):
            await store.record(an_entry(stage, operation="one"))
        again = await store.record(an_entry(Stage.STARTED, operation="one"))
        assert [each.receipt for each in await store.open_operations()] == [again]

    async def test_the_trail_comes_newest_first_and_page_by_page(self, store: Store) -> None:
        for _ in range(5):
            await store.record(an_entry())
        assert await numbers(store, TrailQuery(limit=2)) == [5, 4]
        assert await numbers(store, TrailQuery(limit=2, before=4)) == [3, 2]
        assert await numbers(store, TrailQuery(limit=2, before=2)) == [1]
        assert await numbers(store, TrailQuery(limit=2, before=1)) == []
        assert await numbers(store, TrailQuery(limit=2, before=0)) == []

    async def test_a_workflow_is_found_by_its_id_or_its_whole_name(self, store: Store) -> None:
        await store.record(an_entry(target=Target("workflow", "wf-1", "night run")))
        await store.record(an_entry(target=Target("workflow", "wf-2", "night run")))
        await store.record(an_entry(target=Target("workflow", "wf-1", "day run")))
        assert await numbers(store, TrailQuery(workflow="wf-1")) == [3, 1]
        assert await numbers(store, TrailQuery(workflow="night run")) == [2, 1]
        assert await numbers(store, TrailQuery(workflow="night")) == []

    async def test_the_trail_is_narrowed_by_each_of_its_conditions(self, store: Store) -> None:
        other = Subject("person", OLE, "T0TEAM", "Ole")
        await store.record(an_entry(Stage.FAILED, operation="other", at=NOON, action=Action.BACKUP, actor=other))
        await store.record(an_entry(Stage.SUCCEEDED, at=NOON + timedelta(hours=1), action=Action.DELETE))
        assert await numbers(store, TrailQuery(actor=OLE)) == [1]
        assert await numbers(store, TrailQuery(stage=Stage.FAILED)) == [1]
        assert await numbers(store, TrailQuery(action=Action.BACKUP)) == [1]
        assert await numbers(store, TrailQuery(since=NOON + timedelta(hours=1))) == [2]
        assert await numbers(store, TrailQuery(since=NOON)) == [2, 1]
        assert await numbers(store, TrailQuery(since=NOON + timedelta(hours=2))) == []
        assert await numbers(store, TrailQuery(until=NOON + timedelta(hours=1))) == [1]
        assert await numbers(store, TrailQuery(until=NOON + timedelta(hours=2))) == [2, 1]
        assert await numbers(store, TrailQuery(until=NOON)) == []
        assert await numbers(store, TrailQuery(operation="other")) == [1]
        assert await numbers(store, TrailQuery(operation="oth")) == []
        both = TrailQuery(text="resnet", workflow="wf-resnet", actor=OLE, since=NOON, stage=Stage.FAILED)
        assert await numbers(store, both) == [1]
        assert await numbers(store, replace(both, action=Action.DELETE)) == []
        assert await numbers(store, replace(both, before=1)) == []

    async def test_a_clock_that_went_back_hides_nothing_and_shows_nothing_too_old(self, store: Store) -> None:
        for hours in (2, 0, 3, 1):
            await store.record(an_entry(at=NOON + timedelta(hours=hours)))
        two, three = NOON + timedelta(hours=2), NOON + timedelta(hours=3)
        assert await numbers(store, TrailQuery(since=two)) == [3, 1]
        assert await numbers(store, TrailQuery(until=two)) == [4, 2]
        assert await numbers(store, TrailQuery(since=two, until=three)) == [1]
        assert await numbers(store, TrailQuery(since=two, until=two)) == []

    async def test_text_finds_entries_with_each_of_its_words_newest_first(self, store: Store) -> None:
        await store.record(an_entry(details={"reason": "too old"}))
        await store.record(an_entry(outcome=Outcome("ok", 200, "It is old.")))
        await store.record(an_entry(target=Target("workflow", "wf-9", "old_net-7")))
        assert await numbers(store, TrailQuery(text="OLD")) == [3, 2, 1]
        assert await numbers(store, TrailQuery(text="old too")) == [1]
        assert await numbers(store, TrailQuery(text="bohm delete old_net")) == [3]
        assert await numbers(store, TrailQuery(text="missing")) == []
        assert await numbers(store, TrailQuery(text="old", before=3, limit=1)) == [2]
        assert await numbers(store, TrailQuery(text="old", since=NOON, limit=1)) == [3]

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            ("old OR young", []),
            ("NEAR(too old)", []),
            ("reason:old", []),
            ("ol*", []),
            ("^old", [1]),
            ("too ( old", [1]),
            ("too - old", [1]),
            ("NOT", []),
            ('"', []),
            ('old"', [1]),
            ("old\0", [1]),
            ("-", []),
        ],
    )
    async def test_text_is_never_taken_for_the_language_of_the_search(
        self, store: Store, text: str, found: list[int]
    ) -> None:
        await store.record(an_entry(details={"reason": "too old"}))
        assert await numbers(store, TrailQuery(text=text)) == found

    @pytest.mark.parametrize("text", ["", "  ", "\u202e"])
    async def test_text_without_anything_to_see_narrows_nothing(self, store: Store, text: str) -> None:
        await store.record(an_entry())
        assert await numbers(store, TrailQuery(text=text)) == [1]

    async def test_names_that_no_encoding_can_carry_are_kept_with_a_mark_in_their_place(self, store: Store) -> None:
        confirmation = replace(a_confirmation(), items=(an_item("a\ud800"),), phrase="a\ud800")
        await store.open_confirmation(confirmation, [an_entry(details={"name": "a\ud800", "b\ud800": 1})])
        again = replace(answered(confirmation), answer=Answer(NOON, "b\ud800"))
        await store.advance(again, expected=ConfirmationState.OPEN)
        await store.lock(replace(a_lock(), name="a\ud800", reason="b\ud800"), an_entry())
        snapshot = replace(a_snapshot(), workflow_name="a\ud800")
        await store.keep_snapshot(snapshot)
        kept = await store.confirmation(confirmation.id)
        assert kept
        assert (kept.items[0].target.name, kept.phrase) == ("a?", "a?")
        assert kept.answer == Answer(NOON, "b?")
        assert [(each.name, each.reason) for each in await store.locks()] == [("a?", "b?")]
        assert [each.workflow_name for each in await store.snapshots_of(snapshot.workflow_id)] == ["a?"]
        assert await store.screen(ScreenId("\ud800")) is None
        assert await numbers(store, TrailQuery(workflow="\ud800", actor="\ud800", operation="\ud800")) == []
        assert await store.confirmation(ConfirmationId("\ud800")) is None
