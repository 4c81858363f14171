"""Deleting a workflow: the question, its answer, and what came of it.

1. `ask` gathers the facts that a person needs and opens a confirmation.
2. `check_answer` compares what was typed, quickly enough for a form that waits for it.
3. `answer` claims the confirmation and writes `started` in one transaction, reads the workflow again, makes the backup
   that was asked for, and only then sends the one DELETE.

The platform cannot undo a deletion. So nothing is sent unless the trail says `started`, nothing is sent twice, and an
outcome that is not known is found out by looking, never by trying again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.domain.audit import Action, Outcome, Receipt, Stage, Target
from bot.domain.backup import SnapshotId, lasting_differences, snapshot_of
from bot.domain.confirmation import Confirmation, ConfirmationId, ConfirmationState, is_typed, phrase_to_type
from bot.domain.errors import (
    BadInput,
    BotError,
    ConfirmationClosed,
    ViError,
    ViNotFound,
    ViOutcomeUnknown,
)
from bot.domain.people import Request
from bot.domain.policy import Role
from bot.domain.workflow import Workflow, WorkflowId
from bot.operations.access import authorize
from bot.operations.backup import Backup, copy_workflow
from bot.operations.finding import find_workflow
from bot.operations.inspection import Inspection, inspect
from bot.operations.recording import OK, Operation, Started, operation, outcome_of, workflow_target
from bot.ports import Resources

PHRASE = "phrase"
REASON = "reason"
"""The fields of the answer: what was typed, and why."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked before a deletion.

    Attributes:
        confirmation: None where the deletion cannot happen now; `inspection.active_runs` then says why.
        reason_required: whether the answer must say why.
    """

    inspection: Inspection
    confirmation: Confirmation | None
    reason_required: bool


@dataclass(frozen=True, slots=True)
class Deletion:
    """What came of a deletion.

    Attributes:
        stage: succeeded, failed or unknown.
        sentence, advice: what happened and what to do next, where it was not done or is not known.
        changes: JSON pointers of what changed since the person looked.
        backup: the copy made first, if one was asked for and made.
        receipt: of the entry that says how it ended; None where the trail could not be written any more.
    """

    confirmation: Confirmation
    reason: str
    stage: Stage
    receipt: Receipt | None
    sentence: str = ""
    advice: str = ""
    changes: tuple[str, ...] = ()
    backup: Backup | None = None


class _Changed(BotError):
    code = "changed"

    def __init__(self, changes: tuple[str, ...]) -> None:
        what = "What changed stands below." if changes else "Its configuration is the same, but not its version."
        super().__init__(f"The workflow was changed after you looked at it. {what}", "Ask again if it should still go.")
        self.changes = changes


async def admit(resources: Resources, request: Request) -> None:
    """Let somebody ask who may delete; a refusal is written down.

    Raises:
        Refused: they may not.
    """
    under_way = operation(resources, request, Action.DELETE)
    try:
        await authorize(under_way, Role.OPERATOR)
    except BotError as error:
        await under_way.fail(error)
        raise


async def preview(resources: Resources, request: Request, reference: str) -> Inspection:
    """What a deletion would meet, for `--dry-run`: nothing is opened and nothing can be confirmed."""
    inspection, under_way = await _gather(resources, request, reference)
    await under_way.record(Stage.NOTE, OK, {"dry_run": True})
    return inspection


async def ask(resources: Resources, request: Request, reference: str) -> Question:
    """Gather the facts and open a confirmation, unless an active run forbids the deletion.

    Raises:
        Refused, WorkflowMissing, WorkflowAmbiguous, ViError.
    """
    inspection, under_way = await _gather(resources, request, reference)
    if inspection.active_runs:
        runs = [run.id for run in inspection.active_runs]
        await under_way.record(Stage.FAILED, Outcome("active_runs"), {"runs": runs})
        return Question(inspection, None, resources.rules.reason_required)
    workflow, now = inspection.workflow, resources.clock.now()
    snapshot = snapshot_of(workflow, snapshot_id=SnapshotId(resources.ids.new()), operation_id=under_way.id, at=now)
    confirmation = Confirmation(
        id=ConfirmationId(resources.ids.secret()),
        operation_id=under_way.id,
        person_id=request.person_id,
        team=request.team,
        workflow_id=workflow.id,
        workflow_name=workflow.name,
        project_id=workflow.project_id,
        version=workflow.version,
        phrase=phrase_to_type(workflow),
        opened_at=now,
        expires_at=now + resources.rules.confirmation_lifetime,
    )
    under_way.details["snapshot"] = snapshot.sha256
    await resources.store.keep_snapshot(snapshot)
    await resources.store.open_confirmation(confirmation, under_way.entry(Stage.REQUESTED))
    return Question(inspection, confirmation, resources.rules.reason_required)


async def check_answer(resources: Resources, confirmation_id: ConfirmationId, typed: str, reason: str) -> None:
    """Compare what was typed with what was asked for. One look into the store: a form waits for this.

    Raises:
        BadInput: the name is not the one asked for, or the reason is missing. The question stays open.
    """
    confirmation = await resources.store.confirmation(confirmation_id)
    if confirmation is None or confirmation.state is not ConfirmationState.OPEN:
        return  # `answer` says what has become of it.
    faults = {}
    if not is_typed(confirmation.phrase, typed):
        faults[PHRASE] = f"This is not what was asked for. Type: {confirmation.phrase}"
    if resources.rules.reason_required and not reason.strip():
        faults[REASON] = "Say why it goes. The reason stays in the audit trail."
    if faults:
        raise BadInput(faults)


async def answer(
    resources: Resources, request: Request, confirmation_id: ConfirmationId, *, reason: str, back_up_first: bool
) -> Deletion:
    """Carry out what was confirmed, once, whoever else answers at the same moment.

    Raises:
        ConfirmationClosed: it was answered before, is too old, or was put to somebody else. Nothing was done.
        Refused: the role is gone since. Nothing was done.
        StoreUnavailable: `started` could not be written. Nothing was sent.
    """
    confirmation = await resources.store.confirmation(confirmation_id)
    if confirmation is None:
        raise ConfirmationClosed("This question is no longer open.", "Ask again.", code="expired")
    under_way = Operation(
        resources, request, Action.DELETE, confirmation.operation_id, _target(confirmation), {"reason": reason}
    )
    try:
        if confirmation.person_id != request.person_id:
            raise ConfirmationClosed("This question was put to somebody else.", "Ask your own.", code="not_yours")
        await authorize(under_way, Role.OPERATOR, fresh=True)
    except BotError as error:
        await under_way.record(Stage.DENIED, outcome_of(error))
        raise
    with under_way.marked():
        entry = under_way.entry(Stage.STARTED, details={"back_up_first": back_up_first})
        claim = await resources.store.claim_confirmation(
            confirmation_id, by=request.person_id, at=resources.clock.now(), started=entry
        )
        if claim.receipt is None:
            raise await _closed(under_way, claim.confirmation or confirmation)
        started = Started(under_way, claim.receipt)
        return await _carry_out(started, confirmation, reason, back_up_first=back_up_first)


async def withdraw(resources: Resources, request: Request, confirmation_id: ConfirmationId) -> None:
    """End a question because the person closed its dialogue without an answer.

    Nothing happens where it was answered, is over, or was put to somebody else.
    """
    confirmation = await resources.store.confirmation(confirmation_id)
    if confirmation is None or confirmation.person_id != request.person_id:
        return
    under_way = Operation(resources, request, Action.DELETE, confirmation.operation_id, _target(confirmation))
    entry = under_way.entry(Stage.FAILED, Outcome("withdrawn", message="The dialogue was closed. Nothing was deleted."))
    await resources.store.close_confirmation(confirmation_id, ConfirmationState.WITHDRAWN, entry)


async def expire_questions(resources: Resources) -> None:
    """End the questions that nobody answered in time.

    Raises:
        StoreUnavailable: the questions cannot be read, or their end cannot be written.
    """
    now = resources.clock.now()
    for confirmation in await resources.store.confirmations_to_expire(now):
        request = Request(confirmation.person_id, confirmation.team, "schedule")
        under_way = Operation(resources, request, Action.DELETE, confirmation.operation_id, _target(confirmation))
        entry = under_way.entry(Stage.FAILED, Outcome("expired", message="Nobody answered. Nothing was deleted."))
        await resources.store.close_confirmation(confirmation.id, ConfirmationState.EXPIRED, entry)


async def settle_deletion(resources: Resources, workflow_id: WorkflowId) -> Stage:
    """Find out by looking whether a deletion without an answer was carried out: succeeded, failed or unknown.

    It looks more than once: the platform may still be at it when the connection is gone.
    """
    stage = Stage.UNKNOWN
    for pause in resources.rules.look_back:
        await resources.clock.sleep(pause)
        try:
            await resources.workflows.get_workflow(workflow_id)
        except ViNotFound:
            return Stage.SUCCEEDED
        except ViError:
            stage = Stage.UNKNOWN
        else:
            stage = Stage.FAILED
    return stage


def _target(confirmation: Confirmation) -> Target:
    return Target("workflow", confirmation.workflow_id, confirmation.workflow_name, confirmation.version.etag)


async def _gather(resources: Resources, request: Request, reference: str) -> tuple[Inspection, Operation]:
    under_way = operation(resources, request, Action.DELETE)
    try:
        await authorize(under_way, Role.OPERATOR)
        workflow = await find_workflow(resources.workflows, reference)
        under_way.target = workflow_target(workflow)
        return await inspect(resources, workflow), under_way
    except BotError as error:
        await under_way.fail(error)
        raise


async def _closed(under_way: Operation, confirmation: Confirmation) -> ConfirmationClosed:
    if confirmation.state is ConfirmationState.CLAIMED:
        error = ConfirmationClosed(
            "This was already confirmed, and it is carried out once only.",
            "What came of it stands in the audit trail.",
            code="used",
            by=confirmation.claimed_by,
            at=confirmation.claimed_at,
        )
    elif confirmation.state is ConfirmationState.WITHDRAWN:
        error = ConfirmationClosed(
            "This question was withdrawn: its dialogue was closed. Nothing was deleted.",
            "Ask again to see how things stand now.",
            code="withdrawn",
        )
    else:
        error = ConfirmationClosed(
            "This question has expired. Nothing was deleted.", "Ask again to see how things stand now.", code="expired"
        )
    # A note, not an end: the operation belongs to whoever answered first.
    await under_way.record(Stage.NOTE, outcome_of(error))
    return error


async def _carry_out(started: Started, confirmation: Confirmation, reason: str, *, back_up_first: bool) -> Deletion:
    under_way = started.operation
    deletion = Deletion(confirmation, reason, Stage.STARTED, None)
    try:
        workflow = await _read_again(under_way, confirmation)
        if back_up_first:
            copying = operation(under_way.resources, under_way.request, Action.BACKUP)
            copying.details["before"] = under_way.id
            deletion = replace(deletion, backup=await copy_workflow(copying, workflow))
    except BotError as error:
        return await _not_done(under_way, deletion, error)
    try:
        trace = await started.delete_workflow(workflow.id)
    except ViOutcomeUnknown as error:
        stage = await settle_deletion(under_way.resources, workflow.id)
        return await _looked_up(under_way, deletion, error, stage)
    except ViError as error:
        return await _not_done(under_way, deletion, error)
    return await _ended(under_way, replace(deletion, stage=Stage.SUCCEEDED), Outcome("ok", trace=trace))


async def _read_again(under_way: Operation, confirmation: Confirmation) -> Workflow:
    store = under_way.resources.store
    workflow = await under_way.resources.workflows.get_workflow(confirmation.workflow_id)
    snapshots = await store.snapshots_of(confirmation.workflow_id)
    seen = next(each for each in snapshots if each.operation_id == confirmation.operation_id)
    # Not the etag alone: whatever the platform counts as a change, what is lost must be what was seen.
    changes = lasting_differences(json.loads(seen.document), workflow.document)
    if changes or workflow.version.etag != confirmation.version.etag:
        raise _Changed(changes)
    return workflow


async def _not_done(under_way: Operation, deletion: Deletion, error: BotError) -> Deletion:
    changes = error.changes if isinstance(error, _Changed) else ()
    ended = replace(deletion, stage=Stage.FAILED, sentence=error.sentence, advice=error.advice, changes=changes)
    return await _ended(under_way, ended, outcome_of(error), {"changes": list(changes)} if changes else {})


async def _looked_up(under_way: Operation, deletion: Deletion, error: ViOutcomeUnknown, stage: Stage) -> Deletion:
    sentence, advice = _AFTER_LOOKING[stage]
    ended = replace(deletion, stage=stage, sentence=sentence, advice=advice)
    return await _ended(under_way, ended, replace(outcome_of(error), message=sentence))


_AFTER_LOOKING = {
    Stage.SUCCEEDED: ("Vi did not answer the deletion. The bot looked: the workflow is gone.", ""),
    Stage.FAILED: (
        "Vi did not answer the deletion. The bot looked: the workflow is still there.",
        "Nothing is tried again by itself. Ask again if it should go.",
    ),
    Stage.UNKNOWN: (
        "Vi did not answer, neither to the deletion nor to the question what became of it.",
        "The bot keeps looking and tells you as soon as it knows. It does not delete again.",
    ),
}


async def _ended(
    under_way: Operation, deletion: Deletion, outcome: Outcome, details: Mapping[str, Any] | None = None
) -> Deletion:
    return replace(deletion, receipt=await under_way.record_end(deletion.stage, outcome, details))
