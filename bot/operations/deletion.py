"""Deleting workflows: the question with its facts, and the deletion of each one.

1. `ask` gathers the facts that a person needs and opens a question about all that can go (`bot.operations.confirming`).
2. `delete_one` reads the workflow again, makes the backup that was asked for, and only then sends the one DELETE.

The platform cannot undo a deletion. So nothing is sent unless the trail says `started`, nothing is sent twice, and an
outcome that is not known is found out by looking, never by trying again.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bot.domain.audit import Action, Outcome, Stage
from bot.domain.backup import SnapshotId, lasting_differences, snapshot_of
from bot.domain.confirmation import Confirmation, Item, phrase_to_type
from bot.domain.errors import (
    BadCommand,
    BotError,
    Locked,
    ViError,
    ViNotFound,
    ViOutcomeUnknown,
    WorkflowChanged,
    WorkflowMissing,
)
from bot.domain.people import Request
from bot.domain.policy import Role
from bot.domain.text import cut, shown
from bot.domain.workflow import Workflow, WorkflowId
from bot.operations.access import authorize
from bot.operations.backup import copy_workflow
from bot.operations.confirming import open_question
from bot.operations.ended import Ended
from bot.operations.finding import find_workflow
from bot.operations.inspection import Inspection, inspect_all
from bot.operations.locking import require_unlocked
from bot.operations.recording import OK, Operation, Started, operation, outcome_of, workflow_target
from bot.ports import Resources

MOST_ITEMS = 20
"""How many workflows one question may be about: a dialogue of Slack's holds 100 blocks."""

_NAMED_MISSING = 5


@dataclass(frozen=True, slots=True)
class Question:
    """What a person is asked before a deletion.

    Attributes:
        going: what would be deleted.
        staying: what cannot go now; its active runs or its lock say why.
        confirmation: None where nothing can go.
        reason_required: whether the answer must say why.
    """

    going: tuple[Inspection, ...]
    staying: tuple[Inspection, ...]
    confirmation: Confirmation | None
    reason_required: bool


async def preview(resources: Resources, request: Request, references: Sequence[str]) -> tuple[Inspection, ...]:
    """What a deletion would meet, for `--dry-run`: nothing is opened and nothing can be confirmed."""
    gathered = await _gather(resources, request, references)
    for under_way, _inspection in gathered:
        await under_way.record(Stage.NOTE, OK, {"dry_run": True})
    return tuple(inspection for _under_way, inspection in gathered)


async def ask(resources: Resources, request: Request, references: Sequence[str]) -> Question:
    """Gather the facts and open a question about what can go: not what a run is using, and nothing that is locked.

    Raises:
        Refused, WorkflowMissing, WorkflowAmbiguous, ViError.
    """
    gathered = await _gather(resources, request, references)
    going = [each for each in gathered if not _obstacle(each[1])]
    for under_way, inspection in gathered:
        if obstacle := _obstacle(inspection):
            await under_way.record(Stage.FAILED, obstacle, {"runs": [run.id for run in inspection.active_runs]})
    confirmation = await _open(resources, request, going) if going else None
    return Question(
        tuple(inspection for _under_way, inspection in going),
        tuple(inspection for _under_way, inspection in gathered if _obstacle(inspection)),
        confirmation,
        resources.rules.reason_required,
    )


async def delete_one(started: Started, confirmation: Confirmation, item: Item) -> Ended:
    """Delete one workflow, once, if it is still what the person saw."""
    under_way = started.operation
    ended = Ended(item, Stage.STARTED, None)
    back_up_first = confirmation.answer is not None and confirmation.answer.back_up_first
    try:
        await require_unlocked(under_way.resources, WorkflowId(item.target.id))
        workflow = await _read_again(under_way, item)
        if back_up_first:
            copying = operation(under_way.resources, under_way.request, Action.BACKUP)
            copying.details["before"] = under_way.id
            ended = replace(ended, backup=await copy_workflow(copying, workflow))
            await require_unlocked(under_way.resources, workflow.id)  # a copy takes its time
    except BotError as error:
        return await _not_done(under_way, ended, error)
    try:
        trace = await started.delete_workflow(workflow.id)
    except ViOutcomeUnknown as error:
        stage = await settle_deletion(under_way.resources, workflow.id)
        return await _looked_up(under_way, ended, error, stage)
    except BotError as error:
        return await _not_done(under_way, ended, error)
    return await _ended(under_way, replace(ended, stage=Stage.SUCCEEDED), Outcome("ok", trace=trace))


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


async def _gather(
    resources: Resources, request: Request, references: Sequence[str]
) -> list[tuple[Operation, Inspection]]:
    first = operation(resources, request, Action.DELETE)
    try:
        await authorize(first, Role.OPERATOR)
        if len(references) > MOST_ITEMS:
            raise BadCommand(f"At most {MOST_ITEMS} workflows at once, and here are {len(references)}.")
        inspections = await inspect_all(resources, await _find_each(resources, references))
    except BotError as error:
        await first.fail(error)
        raise
    operations = [first, *(operation(resources, request, Action.DELETE) for _ in inspections[1:])]
    for under_way, inspection in zip(operations, inspections, strict=True):
        under_way.target, under_way.actor_name = workflow_target(inspection.workflow), first.actor_name
    return list(zip(operations, inspections, strict=True))


async def _find_each(resources: Resources, references: Sequence[str]) -> list[Workflow]:
    found, missing = {}, []
    for reference in references:  # one after the other: a name is looked up in a list of all
        try:
            workflow = await find_workflow(resources.workflows, reference)
        except WorkflowMissing as error:
            missing.append(error)
        else:
            found[workflow.id] = workflow  # once, however often it is named
    if missing and len(references) == 1:
        raise missing[0]
    if missing:
        raise WorkflowMissing(
            " ".join(error.sentence for error in missing[:_NAMED_MISSING]),
            f'A name of several words goes between quotation marks: "{cut(shown(" ".join(references)), 80)}".',
        )
    return list(found.values())


def _obstacle(inspection: Inspection) -> Outcome | None:
    if inspection.lock is not None:
        return Outcome(Locked.code)
    return Outcome("active_runs") if inspection.active_runs else None


async def _open(resources: Resources, request: Request, going: Sequence[tuple[Operation, Inspection]]) -> Confirmation:
    now = resources.clock.now()
    items = []
    for under_way, inspection in going:
        workflow = inspection.workflow
        snapshot = snapshot_of(workflow, snapshot_id=SnapshotId(resources.ids.new()), operation_id=under_way.id, at=now)
        under_way.details["snapshot"] = snapshot.sha256
        await resources.store.keep_snapshot(snapshot)
        items.append(Item(under_way.id, workflow_target(workflow), workflow.project_id))
    only = items[0].target
    phrase = phrase_to_type(only.name, only.id) if len(items) == 1 else f"delete {len(items)} workflows"
    operations = [under_way for under_way, _inspection in going]
    return await open_question(resources, request, Action.DELETE, operations, tuple(items), phrase)


async def _read_again(under_way: Operation, item: Item) -> Workflow:
    resources, workflow_id = under_way.resources, WorkflowId(item.target.id)
    workflow = await resources.workflows.get_workflow(workflow_id)
    snapshots = await resources.store.snapshots_of(workflow_id)
    seen = next(each for each in snapshots if each.operation_id == item.operation_id)
    # Not the etag alone: whatever the platform counts as a change, what is lost must be what was seen.
    changes = lasting_differences(json.loads(seen.document), workflow.document)
    if changes or workflow.version.etag != item.target.version:
        raise WorkflowChanged(changes, question="Ask again if it should still go.")
    return workflow


async def _not_done(under_way: Operation, ended: Ended, error: BotError) -> Ended:
    changes = error.changes if isinstance(error, WorkflowChanged) else ()
    ended = replace(ended, stage=Stage.FAILED, sentence=error.sentence, advice=error.advice, changes=changes)
    return await _ended(under_way, ended, outcome_of(error), {"changes": list(changes)} if changes else {})


async def _looked_up(under_way: Operation, ended: Ended, error: ViOutcomeUnknown, stage: Stage) -> Ended:
    sentence, advice = _AFTER_LOOKING[stage]
    ended = replace(ended, stage=stage, sentence=sentence, advice=advice)
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
    under_way: Operation, ended: Ended, outcome: Outcome, details: Mapping[str, Any] | None = None
) -> Ended:
    return replace(ended, receipt=await under_way.record_end(ended.stage, outcome, details))
