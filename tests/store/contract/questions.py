"""Questions: each moves on once from each of its states, together with its entries."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from bot.domain.audit import (
    EMPTY,
    OperationId,
    Stage,
    Target,
    content_of,
)
from bot.domain.backup import SnapshotId
from bot.domain.confirmation import (
    SETTLED,
    Approval,
    Confirmation,
    ConfirmationId,
    ConfirmationState,
    Item,
    Post,
)
from bot.domain.errors import StoreUnavailable
from bot.domain.people import PersonId
from bot.ports import Store
from tests.store.contract.reading import oldest_first
from tests.store.samples import (
    MIRA,
    NOON,
    OLE,
    a_confirmation,
    an_entry,
    an_item,
    answered,
)

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


class QuestionsContract:
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

    async def test_posts_are_added_to_a_question_in_any_state_and_to_no_other(self, store: Store) -> None:
        confirmation = await asked(store)
        first, second = Post("C0OPS", "1.1"), Post("C0OPS", "1.2")
        await store.keep_posts(confirmation.id, [first])
        await store.advance(answered(confirmation), expected=ConfirmationState.OPEN)
        kept = await store.keep_posts(confirmation.id, [second])
        assert kept == await store.confirmation(confirmation.id)
        assert kept is not None
        assert kept.posts == (first, second)
        assert await store.keep_posts(ConfirmationId("none"), [first]) is None

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

    async def test_settled_questions_from_before_a_time_are_forgotten_and_no_others(self, store: Store) -> None:
        day = timedelta(days=1)
        old = [a_confirmation(state=state, at=NOON - day) for state in ConfirmationState]
        young = a_confirmation(state=ConfirmationState.DONE)
        for confirmation in (*old, young):
            await store.open_confirmation(confirmation, [an_entry(Stage.REQUESTED)])
        before = await store.head()
        assert await store.drop_questions(NOON, 100) == len(SETTLED)
        assert await store.confirmations(set(ConfirmationState)) == [
            *(each for each in old if each.state not in SETTLED),
            young,
        ]
        for confirmation in old:
            kept = None if confirmation.state in SETTLED else confirmation
            assert await store.confirmation(confirmation.id) == kept
            assert await store.confirmation_of(confirmation.items[0].operation_id) == kept
        assert await store.drop_questions(NOON, 100) == 0
        assert await store.head() == before

    async def test_a_settled_question_is_kept_while_one_of_its_operations_is_open(self, store: Store) -> None:
        items = (an_item(), an_item())
        confirmation = replace(a_confirmation(state=ConfirmationState.DONE), items=items)
        await store.open_confirmation(confirmation, [an_entry(Stage.REQUESTED)])
        for stage, kept in ((Stage.STARTED, confirmation), (Stage.UNKNOWN, confirmation), (Stage.SUCCEEDED, None)):
            await store.record(an_entry(stage, operation=items[1].operation_id))
            assert await store.drop_questions(NOON + timedelta(days=1), 100) == (kept is None)
            assert await store.confirmation(confirmation.id) == kept

    async def test_no_more_questions_are_forgotten_at_once_than_asked_for(self, store: Store) -> None:
        for _ in range(3):
            await asked(store, ConfirmationState.WITHDRAWN)
        later = NOON + timedelta(days=1)
        assert [await store.drop_questions(later, 2) for _ in range(3)] == [2, 1, 0]

    async def test_the_items_of_a_forgotten_question_can_be_asked_about_again(self, store: Store) -> None:
        confirmation = await asked(store, ConfirmationState.EXPIRED)
        await store.drop_questions(NOON + timedelta(days=1), 1)
        again = replace(confirmation, id=ConfirmationId("again"), state=ConfirmationState.OPEN)
        await store.open_confirmation(again, [an_entry(Stage.REQUESTED)])
        assert await store.confirmation_of(confirmation.items[0].operation_id) == again
