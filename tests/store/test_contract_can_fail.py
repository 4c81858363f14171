"""The contract is worth what it sees: stores with one fault each, and a test that must fail for each."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from bot.domain.audit import AuditEntry, Receipt, SealedEntry, Stage
from bot.domain.backup import Snapshot
from bot.domain.checkpoint import Checkpoint
from bot.domain.confirmation import Confirmation, ConfirmationId, ConfirmationState
from bot.domain.people import PersonId
from bot.domain.screen import Screen
from bot.domain.workflow import WorkflowId
from bot.ports import Claim, Store, TrailQuery
from bot.store import confirmations
from bot.store.sqlite import SqliteStore
from tests.store.contract import StoreContract
from tests.store.samples import NOON, an_entry


class EveryAnswerWins(SqliteStore):
    async def claim_confirmation(
        self, confirmation_id: ConfirmationId, *, by: PersonId, at: datetime, started: AuditEntry
    ) -> Claim:
        claim = await super().claim_confirmation(confirmation_id, by=by, at=at, started=started)
        return replace(claim, receipt=claim.receipt or await self.record(started))


class NothingExpires(SqliteStore):
    async def claim_confirmation(
        self, confirmation_id: ConfirmationId, *, by: PersonId, at: datetime, started: AuditEntry
    ) -> Claim:
        early = min(at, NOON - timedelta(seconds=1))
        return await super().claim_confirmation(confirmation_id, by=by, at=early, started=started)


class LooksThenAnswers(SqliteStore):
    """Two steps in place of one: others look between them."""

    async def claim_confirmation(
        self, confirmation_id: ConfirmationId, *, by: PersonId, at: datetime, started: AuditEntry
    ) -> Claim:
        found = await self.confirmation(confirmation_id)
        if found is None or found.claimed_by or found.is_expired(at):
            return Claim(found, None)
        receipt = await self.record(started)
        again = replace(started, id=an_entry().id)
        claim = await super().claim_confirmation(confirmation_id, by=by, at=at, started=again)
        return replace(claim, receipt=receipt)


class AsksInTwoSteps(SqliteStore):
    async def open_confirmation(self, confirmation: Confirmation, entry: AuditEntry) -> Receipt:
        await self._writer.run(lambda connection: confirmations.add(connection, confirmation))
        return await self.record(entry)


class KeepsInTwoSteps(SqliteStore):
    async def keep_snapshot(self, snapshot: Snapshot, entry: AuditEntry | None = None) -> Receipt | None:
        await super().keep_snapshot(snapshot)
        return await self.record(entry) if entry else None


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


class ClosesWhatWasAnswered(SqliteStore):
    async def close_confirmation(
        self, confirmation_id: ConfirmationId, state: ConfirmationState, entry: AuditEntry
    ) -> Receipt | None:
        return await super().close_confirmation(confirmation_id, state, entry) or await self.record(entry)


class ClosesInTwoSteps(SqliteStore):
    async def close_confirmation(
        self, confirmation_id: ConfirmationId, state: ConfirmationState, entry: AuditEntry
    ) -> Receipt | None:
        closed = await super().close_confirmation(confirmation_id, state, replace(entry, id=an_entry().id))
        return await self.record(entry) if closed else None


class ExpiresEverything(SqliteStore):
    async def confirmations_to_expire(self, at: datetime) -> Sequence[Confirmation]:
        return await super().confirmations_to_expire(at + timedelta(days=1))


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


async def does_not_expire(contract: StoreContract, store: Store) -> None:
    await contract.test_an_answer_at_the_moment_of_expiry_or_after_it_is_too_late(store, timedelta(0))


async def unknown_settles(contract: StoreContract, store: Store) -> None:
    await contract.test_nothing_else_settles_an_operation(store, Stage.UNKNOWN)


async def closes_twice(contract: StoreContract, store: Store) -> None:
    await contract.test_a_question_that_nobody_answered_is_closed_once_and_cannot_be_answered(
        store, ConfirmationState.EXPIRED
    )


async def reads_no_entry(contract: StoreContract, store: Store) -> None:
    await contract.test_a_number_that_no_entry_has_is_none(store, 0)


FAULTS: list[tuple[type[SqliteStore], Test]] = [
    (EveryAnswerWins, StoreContract.test_a_second_answer_changes_nothing),
    (EveryAnswerWins, StoreContract.test_twenty_answers_at_once_have_one_winner),
    (LooksThenAnswers, StoreContract.test_twenty_answers_at_once_have_one_winner),
    (AsksInTwoSteps, StoreContract.test_a_question_is_kept_with_its_entry_or_not_at_all),
    (KeepsInTwoSteps, StoreContract.test_a_snapshot_is_kept_with_its_entry_or_not_at_all),
    (ForgetsTheLastSnapshot, StoreContract.test_snapshots_of_one_workflow_come_newest_first),
    (ForgetsNoScreen, StoreContract.test_a_screen_older_than_a_day_is_dropped_when_another_is_kept),
    (TellsOldestFirst, StoreContract.test_the_trail_comes_newest_first_and_page_by_page),
    (NothingExpires, does_not_expire),
    (TakesUnknownForAnEnd, unknown_settles),
    (IgnoresText, StoreContract.test_text_finds_entries_with_each_of_its_words_newest_first),
    (StopsAtTheFirstTooOld, StoreContract.test_a_clock_that_went_back_hides_nothing_and_shows_nothing_too_old),
    (IgnoresUntil, StoreContract.test_a_clock_that_went_back_hides_nothing_and_shows_nothing_too_old),
    (RecordsWhateverComes, StoreContract.test_an_entry_that_is_there_already_is_recorded_once),
    (ClosesWhatWasAnswered, closes_twice),
    (ClosesWhatWasAnswered, StoreContract.test_a_question_that_was_answered_or_never_was_is_not_closed),
    (ClosesWhatWasAnswered, StoreContract.test_an_answer_and_an_end_at_once_have_one_winner),
    (ClosesInTwoSteps, StoreContract.test_a_question_is_closed_with_its_entry_or_not_at_all),
    (ExpiresEverything, StoreContract.test_open_questions_whose_time_is_over_come_oldest_first),
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
