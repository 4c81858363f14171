"""The contract is worth what it sees: stores with one fault each, and a test that must fail for each."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from bot.domain.audit import AuditEntry, Receipt, SealedEntry, Stage, content_of
from bot.domain.backup import Snapshot, SnapshotId, SnapshotSummary
from bot.domain.checkpoint import Checkpoint
from bot.domain.confirmation import Confirmation, ConfirmationState
from bot.domain.errors import StoreUnavailable
from bot.domain.lock import Lock
from bot.domain.people import PersonId
from bot.domain.screen import Screen
from bot.domain.workflow import WorkflowId
from bot.ports import Store, TrailQuery
from bot.store import confirmations
from bot.store.driver import sqlite3
from bot.store.sqlite import SqliteStore
from tests.store.contract import StoreContract
from tests.store.samples import NOON, an_entry


class EveryAnswerWins(SqliteStore):
    async def advance(
        self, confirmation: Confirmation, *, expected: ConfirmationState, entries: Sequence[AuditEntry] = ()
    ) -> tuple[Receipt, ...] | None:
        receipts = await super().advance(confirmation, expected=expected, entries=entries)
        return tuple([await self.record(each) for each in entries]) if receipts is None else receipts


class LooksThenAnswers(SqliteStore):
    """Two steps in place of one: others look between them."""

    async def advance(
        self, confirmation: Confirmation, *, expected: ConfirmationState, entries: Sequence[AuditEntry] = ()
    ) -> tuple[Receipt, ...] | None:
        found = await self.confirmation(confirmation.id)
        if found is None or found.state is not expected:
            return None
        receipts = tuple([await self.record(each) for each in entries])
        await super().advance(confirmation, expected=expected)
        return receipts


class AnswersWhateverTheState(SqliteStore):
    async def advance(
        self, confirmation: Confirmation, *, expected: ConfirmationState, entries: Sequence[AuditEntry] = ()
    ) -> tuple[Receipt, ...] | None:
        found = await self.confirmation(confirmation.id)
        return await super().advance(confirmation, expected=found.state if found else expected, entries=entries)


class MovesOnInTwoSteps(SqliteStore):
    async def advance(
        self, confirmation: Confirmation, *, expected: ConfirmationState, entries: Sequence[AuditEntry] = ()
    ) -> tuple[Receipt, ...] | None:
        if await super().advance(confirmation, expected=expected) is None:
            return None
        return tuple([await self.record(each) for each in entries])


class ForgetsPosts(SqliteStore):
    async def advance(
        self, confirmation: Confirmation, *, expected: ConfirmationState, entries: Sequence[AuditEntry] = ()
    ) -> tuple[Receipt, ...] | None:
        return await super().advance(replace(confirmation, posts=()), expected=expected, entries=entries)


class AsksInTwoSteps(SqliteStore):
    async def open_confirmation(self, confirmation: Confirmation, entries: Sequence[AuditEntry]) -> Receipt:
        await self._writer.run(lambda connection: confirmations.add(connection, confirmation))
        return [await self.record(each) for each in entries][-1]


class AsksForTheFirstOnly(SqliteStore):
    async def open_confirmation(self, confirmation: Confirmation, entries: Sequence[AuditEntry]) -> Receipt:
        return await super().open_confirmation(confirmation, entries[:1])


class ForgetsWhoWasAsked(SqliteStore):
    async def confirmations(
        self,
        states: Collection[ConfirmationState],
        person_id: PersonId | None = None,  # noqa: ARG002 - the fault
        since: datetime | None = None,
    ) -> Sequence[Confirmation]:
        return await super().confirmations(states, None, since)


class ForgetsWhenItWasAsked(SqliteStore):
    async def confirmations(
        self,
        states: Collection[ConfirmationState],
        person_id: PersonId | None = None,
        since: datetime | None = None,  # noqa: ARG002 - the fault
    ) -> Sequence[Confirmation]:
        return await super().confirmations(states, person_id)


class LocksTwice(SqliteStore):
    async def lock(self, lock: Lock, entry: AuditEntry) -> Receipt | None:
        return await super().lock(lock, entry) or await self.record(entry)


class UnlocksWhatIsNotLocked(SqliteStore):
    async def unlock(self, workflow_id: WorkflowId, entry: AuditEntry) -> Receipt | None:
        return await super().unlock(workflow_id, entry) or await self.record(entry)


class LocksInTwoSteps(SqliteStore):
    async def lock(self, lock: Lock, entry: AuditEntry) -> Receipt | None:
        locked = await super().lock(lock, replace(entry, id=an_entry().id))
        return await self.record(entry) if locked else None


class UnlocksInTwoSteps(SqliteStore):
    async def unlock(self, workflow_id: WorkflowId, entry: AuditEntry) -> Receipt | None:
        unlocked = await super().unlock(workflow_id, replace(entry, id=an_entry().id))
        return await self.record(entry) if unlocked else None


class FindsByIdOnly(SqliteStore):
    async def find_snapshots(self, reference: str, limit: int) -> Sequence[Snapshot]:
        return (await self.snapshots_of(WorkflowId(reference)))[:limit]


class FindsAllThereAre(SqliteStore):
    async def find_snapshots(self, reference: str, limit: int) -> Sequence[Snapshot]:
        return await super().find_snapshots(reference, limit + 1_000)


class ReadsTheNewestSnapshot(SqliteStore):
    async def snapshot(self, snapshot_id: SnapshotId) -> Snapshot | None:
        return next(iter(await self.find_snapshots("", 1)), None) if snapshot_id else None


class ListsEverySnapshot(SqliteStore):
    async def newest_snapshots(self, looked_through: int) -> Sequence[SnapshotSummary]:
        found = await self.find_snapshots("", looked_through)
        return [SnapshotSummary(each.id, each.workflow_id, each.workflow_name, each.taken_at) for each in found]


class ForgetsNothing(SqliteStore):
    async def drop_questions(self, before: datetime, limit: int) -> int:
        return await super().drop_questions(before, 0 * limit)


class ForgetsAllThatIsOver(SqliteStore):
    async def drop_questions(self, before: datetime, limit: int) -> int:
        return await super().drop_questions(before + timedelta(days=1), limit)


class ForgetsAllAtOnce(SqliteStore):
    async def drop_questions(self, before: datetime, limit: int) -> int:
        return await super().drop_questions(before, limit + 1_000)


class ForgetsWhatIsOpen(SqliteStore):
    async def drop_questions(self, before: datetime, limit: int) -> int:
        for each in await self.open_operations():
            await self.record(an_entry(Stage.FAILED, operation=content_of(each).operation_id))
        return await super().drop_questions(before, limit)


class LeavesItems(SqliteStore):
    async def drop_questions(self, before: datetime, limit: int) -> int:
        def job(connection: sqlite3.Connection) -> int:
            items = connection.execute("SELECT * FROM question_item").fetchall()
            dropped = confirmations.drop_settled(connection, before, limit)
            connection.executemany("INSERT OR IGNORE INTO question_item VALUES (?, ?)", items)
            return dropped

        return await self._writer.run(job)


class ForgetsTheLastSnapshot(SqliteStore):
    async def snapshots_of(self, workflow_id: WorkflowId) -> Sequence[Snapshot]:
        return (await super().snapshots_of(workflow_id))[:-1]


class ForgetsNoScreen(SqliteStore):
    async def keep_screen(self, screen: Screen) -> None:
        await super().keep_screen(replace(screen, shown_at=NOON))


class TakesUnknownForAnEnd(SqliteStore):
    async def record(self, entry: AuditEntry) -> Receipt:
        return await super().record(replace(entry, stage=Stage.FAILED) if entry.stage == Stage.UNKNOWN else entry)


class TellsOldestFirst(SqliteStore):
    async def trail(self, query: TrailQuery) -> Sequence[SealedEntry]:
        return tuple(reversed(await super().trail(query)))


class IgnoresText(SqliteStore):
    async def trail(self, query: TrailQuery) -> Sequence[SealedEntry]:
        return await super().trail(replace(query, text=""))


class StopsAtTheFirstTooOld(SqliteStore):
    async def trail(self, query: TrailQuery) -> Sequence[SealedEntry]:
        found = await super().trail(query)
        return [each for each, later in pairwise(found) if each.seq - later.seq == 1]


class RecordsWhateverComes(SqliteStore):
    async def record_once(self, entry: AuditEntry) -> Receipt | None:
        return await self.record(replace(entry, id=an_entry().id))


class TakesEveryCopyForUnequal(SqliteStore):
    async def snapshots_of(self, workflow_id: WorkflowId) -> Sequence[Snapshot]:
        found = await super().snapshots_of(workflow_id)
        return [replace(each, check=each.check and replace(each.check, equal=False)) for each in found]


class ForgetsTheSignature(SqliteStore):
    async def keep_checkpoint(self, checkpoint: Checkpoint) -> None:
        await super().keep_checkpoint(replace(checkpoint, signature=""))


class ReadsTheNextEntry(SqliteStore):
    async def entry(self, seq: int) -> SealedEntry | None:
        return next(iter(await self.entries_after(seq - 1, 1)), None)


class ReadsFromTheNumberOn(SqliteStore):
    async def entries_after(self, seq: int, limit: int) -> Sequence[SealedEntry]:
        return await super().entries_after(seq - 1, limit)


class IgnoresUntil(SqliteStore):
    async def trail(self, query: TrailQuery) -> Sequence[SealedEntry]:
        return await super().trail(replace(query, until=None))


Test = Callable[[StoreContract, Store], Awaitable[None]]


async def unknown_settles(contract: StoreContract, store: Store) -> None:
    await contract.test_nothing_else_settles_an_operation(store, Stage.UNKNOWN)


async def is_moved_from_any_state(contract: StoreContract, store: Store) -> None:
    await contract.test_a_question_in_another_state_than_expected_stays_as_it_is(store, ConfirmationState.OPEN)


async def asked_about_again(contract: StoreContract, store: Store) -> None:
    try:
        await contract.test_the_items_of_a_forgotten_question_can_be_asked_about_again(store)
    except StoreUnavailable as error:
        raise AssertionError from error


async def reads_no_entry(contract: StoreContract, store: Store) -> None:
    await contract.test_a_number_that_no_entry_has_is_none(store, 0)


FAULTS: list[tuple[type[SqliteStore], Test]] = [
    (EveryAnswerWins, StoreContract.test_a_second_answer_changes_nothing),
    (EveryAnswerWins, StoreContract.test_twenty_answers_at_once_have_one_winner),
    (EveryAnswerWins, StoreContract.test_an_answer_and_an_end_at_once_have_one_winner),
    (EveryAnswerWins, StoreContract.test_an_answer_to_no_question_changes_nothing),
    (LooksThenAnswers, StoreContract.test_twenty_answers_at_once_have_one_winner),
    (LooksThenAnswers, StoreContract.test_an_answer_is_kept_with_its_entries_or_not_at_all),
    (AnswersWhateverTheState, is_moved_from_any_state),
    (MovesOnInTwoSteps, StoreContract.test_an_answer_is_kept_with_its_entries_or_not_at_all),
    (ForgetsPosts, StoreContract.test_posts_kept_since_a_question_was_read_stay_with_it),
    (AsksInTwoSteps, StoreContract.test_a_question_is_kept_with_its_entries_or_not_at_all),
    (AsksForTheFirstOnly, StoreContract.test_a_question_is_kept_with_an_entry_for_each_item),
    (ForgetsWhoWasAsked, StoreContract.test_questions_are_found_by_state_person_and_time_oldest_first),
    (ForgetsWhenItWasAsked, StoreContract.test_questions_are_found_by_state_person_and_time_oldest_first),
    (LocksTwice, StoreContract.test_a_workflow_is_locked_once),
    (UnlocksWhatIsNotLocked, StoreContract.test_a_lock_is_dropped_once_and_can_be_set_again),
    (LocksInTwoSteps, StoreContract.test_a_lock_is_set_or_dropped_with_its_entry_or_not_at_all),
    (UnlocksInTwoSteps, StoreContract.test_a_lock_is_set_or_dropped_with_its_entry_or_not_at_all),
    (FindsByIdOnly, StoreContract.test_snapshots_are_found_by_id_whole_name_or_operation_newest_first),
    (FindsAllThereAre, StoreContract.test_snapshots_are_found_by_id_whole_name_or_operation_newest_first),
    (ReadsTheNewestSnapshot, StoreContract.test_one_snapshot_is_read_by_its_id),
    (ListsEverySnapshot, StoreContract.test_the_newest_snapshot_of_each_workflow_comes_newest_first),
    (ForgetsNothing, StoreContract.test_settled_questions_from_before_a_time_are_forgotten_and_no_others),
    (ForgetsAllThatIsOver, StoreContract.test_settled_questions_from_before_a_time_are_forgotten_and_no_others),
    (ForgetsAllAtOnce, StoreContract.test_no_more_questions_are_forgotten_at_once_than_asked_for),
    (ForgetsWhatIsOpen, StoreContract.test_a_settled_question_is_kept_while_one_of_its_operations_is_open),
    (LeavesItems, asked_about_again),
    (ForgetsTheLastSnapshot, StoreContract.test_snapshots_of_one_workflow_come_newest_first),
    (ForgetsNoScreen, StoreContract.test_a_screen_older_than_a_day_is_dropped_when_another_is_kept),
    (TellsOldestFirst, StoreContract.test_the_trail_comes_newest_first_and_page_by_page),
    (TakesUnknownForAnEnd, unknown_settles),
    (IgnoresText, StoreContract.test_text_finds_entries_with_each_of_its_words_newest_first),
    (StopsAtTheFirstTooOld, StoreContract.test_a_clock_that_went_back_hides_nothing_and_shows_nothing_too_old),
    (IgnoresUntil, StoreContract.test_a_clock_that_went_back_hides_nothing_and_shows_nothing_too_old),
    (RecordsWhateverComes, StoreContract.test_an_entry_that_is_there_already_is_recorded_once),
    (TakesEveryCopyForUnequal, StoreContract.test_a_snapshot_comes_with_the_newest_check_of_its_copy),
    (ForgetsTheSignature, StoreContract.test_the_checkpoint_that_was_kept_last_comes_back),
    (ReadsTheNextEntry, reads_no_entry),
    (ReadsFromTheNumberOn, StoreContract.test_entries_behind_a_number_come_oldest_first),
]


@pytest.mark.parametrize(("broken", "test"), FAULTS, ids=lambda value: value.__name__)
async def test_the_contract_fails_for_a_store_that_breaks_it(broken: type[SqliteStore], test: Test) -> None:
    store = await broken.open(None)
    try:
        with pytest.raises((AssertionError, pytest.fail.Exception)):
            await test(StoreContract(), store)
    finally:
        await store.close()


@pytest.mark.parametrize("test", dict.fromkeys(test for _, test in FAULTS), ids=lambda value: value.__name__)
async def test_the_same_tests_hold_for_the_store_as_it_is(test: Test) -> None:
    store = await SqliteStore.open(None)
    try:
        await test(StoreContract(), store)
    finally:
        await store.close()
