"""The trail, the operations that are open in it, and its checkpoints."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.audit import (
    EMPTY,
    Action,
    Outcome,
    Stage,
    Subject,
    Target,
    chain_faults,
)
from bot.domain.checkpoint import Checkpoint
from bot.domain.errors import StoreUnavailable
from bot.domain.redaction import REMOVED
from bot.ports import Store, TrailQuery
from tests.store.contract.reading import WHOLE, numbers, oldest_first
from tests.store.samples import (
    NOON,
    OLE,
    an_entry,
)


class TrailContract:
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

    async def test_the_checkpoint_that_was_kept_last_comes_back(self, store: Store) -> None:
        assert await store.last_checkpoint() is None
        for checkpoint in (
            Checkpoint("org-1", await store.record(an_entry()), NOON, "0123456789abcdef", "c2lnbmVk"),
            Checkpoint("org-1", await store.record(an_entry()), NOON - timedelta(seconds=1)),
        ):
            await store.keep_checkpoint(checkpoint)
            assert await store.last_checkpoint() == checkpoint

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
