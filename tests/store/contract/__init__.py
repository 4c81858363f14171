"""What every store must do, whatever keeps its data. A store's own test file inherits this and brings the store."""

from dataclasses import replace

from bot.domain.confirmation import Answer, ConfirmationId, ConfirmationState
from bot.domain.screen import ScreenId
from bot.ports import Store, TrailQuery
from tests.store.contract.belongings import BelongingsContract
from tests.store.contract.leases import LeasesContract
from tests.store.contract.questions import QuestionsContract
from tests.store.contract.reading import numbers
from tests.store.contract.trail import TrailContract
from tests.store.samples import NOON, a_confirmation, a_lock, a_snapshot, an_entry, an_item, answered


class StoreContract(TrailContract, QuestionsContract, BelongingsContract, LeasesContract):
    """All of it, one theme a file; here is what concerns every one of them."""

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
