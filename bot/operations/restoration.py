"""Bringing a workflow back from a snapshot: one that was deleted, or one that was changed since.

Where the original id is free, the workflow is made there again; where the platform refuses that, under a fresh id, and
the person is told. A workflow that exists is written over only after the typed phrase, and what stands there is kept
as a snapshot first. What comes back is read again and compared with the snapshot.
"""

import json
from dataclasses import dataclass, replace

from bot.domain.audit import Action, OperationId, Outcome, Stage, Target
from bot.domain.backup import Snapshot, SnapshotId, lasting_differences, snapshot_of
from bot.domain.confirmation import Confirmation, Item, phrase_to_type
from bot.domain.errors import (
    BackupDiffers,
    BotError,
    NothingToRestore,
    StoreUnavailable,
    ViError,
    ViNotFound,
    ViNotUnderstood,
    ViOutcomeUnknown,
    ViRefused,
    WorkflowAmbiguous,
    WorkflowChanged,
    WorkflowMissing,
)
from bot.domain.people import Request
from bot.domain.policy import Role
from bot.domain.text import cut, shown
from bot.domain.workflow import ProjectId, Workflow, WorkflowId, attributes_of, spec_of
from bot.operations.access import authorize
from bot.operations.bringing_back import restoration_since_deletion
from bot.operations.confirming import open_question
from bot.operations.ended import Ended
from bot.operations.locking import require_unlocked
from bot.operations.recording import OK, Operation, Started, operation, outcome_of
from bot.ports import Resources

_LOOKED_THROUGH = 100
"""How many snapshots of a workflow are compared with it, newest first."""


@dataclass(frozen=True, slots=True)
class RestoreQuestion:
    """What a person is asked before a workflow is brought back.

    Attributes:
        snapshot: what would be brought back.
        kept: the workflow in it; None where that cannot be read from its document.
        project_name: of the project that it would be in; None where Vi could not be asked for it, empty without one.
        present: the workflow that has the original id now; None where that is free.
        differences: JSON pointers of what would change in it.
        confirmation: to be answered with the typed phrase where something is written over, else with one click.
        reason_required: whether the answer must say why, where something is written over.
    """

    snapshot: Snapshot
    kept: Workflow | None
    project_name: str | None
    present: Workflow | None
    differences: tuple[str, ...]
    confirmation: Confirmation
    reason_required: bool


async def ask_to_restore(resources: Resources, request: Request, reference: str) -> RestoreQuestion:
    """Find what is meant by a workflow's id or whole name, or an operation's id, and ask whether to bring it back.

    Of a workflow's snapshots the newest is taken that differs from what exists now.

    Raises:
        Refused: this is for operators.
        WorkflowMissing: there is no snapshot of it.
        WorkflowAmbiguous: several are meant; nothing is guessed.
        NothingToRestore: it is as every snapshot has it.
        Locked: it exists and is locked.
    """
    under_way = operation(resources, request, Action.RESTORE)
    try:
        await authorize(under_way, Role.OPERATOR)
        snapshot, present = await _meant(resources, reference)
        under_way.target = Target(
            "workflow", snapshot.workflow_id, snapshot.workflow_name, present.version.etag if present else ""
        )
        if present is not None:
            about = f"“{cut(shown(present.name), 80)}” cannot be restored now. "
            await require_unlocked(resources, present.id, about=about)
    except BotError as error:
        await under_way.fail(error)
        raise
    under_way.details |= {"snapshot": snapshot.sha256, "from": snapshot.operation_id}
    project_id = _project_of(snapshot)
    item = Item(under_way.id, under_way.target, project_id, snapshot.id)
    name = await _project_name(resources, project_id)
    phrase = phrase_to_type(present.name, present.id) if present is not None else ""
    confirmation = await open_question(resources, request, Action.RESTORE, [under_way], (item,), phrase)
    lost = _lost(snapshot, present)
    kept = _kept_in(resources, snapshot)
    return RestoreQuestion(snapshot, kept, name, present, lost, confirmation, resources.rules.reason_required)


async def restore_one(started: Started, _confirmation: Confirmation, item: Item) -> Ended:
    """Bring one workflow back, if what stands at its id is still what the person saw."""
    under_way = started.operation
    ended = Ended(item, Stage.STARTED, None)
    try:
        snapshot = await snapshot_to_restore(under_way.resources, item.source)
        try:
            restored_as = await _bring_back(started, item, snapshot)
        except ViOutcomeUnknown as error:
            return await _looked_up(under_way, ended, error, snapshot)
    except BotError as error:
        failed = replace(ended, stage=Stage.FAILED, sentence=error.sentence, advice=error.advice)
        match error:
            case WorkflowChanged(changes=places) | BackupDiffers(differences=places):
                failed = replace(failed, changes=places)
        return await _ended(under_way, failed, outcome_of(error))
    return await _ended(under_way, _done(ended, restored_as), OK)


async def settle_restoration(resources: Resources, operation_id: OperationId, snapshot: Snapshot) -> Stage:
    """Find out by looking whether a restoration without an answer came about: succeeded, failed or unknown."""
    return (await _look(resources, operation_id, snapshot))[0]


async def _look(resources: Resources, operation_id: OperationId, snapshot: Snapshot) -> tuple[Stage, WorkflowId | None]:
    """Look at both ids that it may have been written to, more than once; under which it is back."""
    stage = Stage.UNKNOWN
    for pause in resources.rules.look_back:
        await resources.clock.sleep(pause)
        try:
            for workflow_id in (snapshot.workflow_id, _fresh_id(operation_id)):
                present = await _present(resources, workflow_id)
                if present is not None and not _lost(snapshot, present):
                    return Stage.SUCCEEDED, workflow_id
        except ViError:
            stage = Stage.UNKNOWN
        else:
            stage = Stage.FAILED
    return stage, None


async def _looked_up(under_way: Operation, ended: Ended, error: ViOutcomeUnknown, snapshot: Snapshot) -> Ended:
    stage, restored_as = await _look(under_way.resources, under_way.id, snapshot)
    sentence, advice = _AFTER_LOOKING[stage]
    looked = _done(ended, restored_as) if restored_as is not None else replace(ended, stage=stage)
    looked = replace(looked, sentence=" ".join(filter(None, [sentence, looked.sentence])), advice=advice)
    return await _ended(under_way, looked, replace(outcome_of(error), message=looked.sentence))


def _done(ended: Ended, restored_as: WorkflowId) -> Ended:
    moved = restored_as != ended.item.target.id
    sentence = f"Vi did not take its old id. Its new id is {restored_as}." if moved else ""
    return replace(ended, stage=Stage.SUCCEEDED, sentence=sentence, new_id=restored_as if moved else None)


async def _bring_back(started: Started, item: Item, snapshot: Snapshot) -> WorkflowId:
    resources = started.operation.resources
    present = await _present(resources, WorkflowId(item.target.id))
    if (present.version.etag if present else "") != item.target.version:
        raise WorkflowChanged(_lost(snapshot, present), question="Ask again if it should still be brought back.")
    restored_as = await _write(started, snapshot, present)
    try:
        await _compare(resources, snapshot, restored_as)
    except ViError as error:  # it was written, and could not be read back: that is no failure yet
        raise ViOutcomeUnknown(error.sentence, error.advice, status=error.status, trace_id=error.trace_id) from error
    return restored_as


_AFTER_LOOKING = {
    Stage.SUCCEEDED: ("Vi did not answer. The bot looked: the workflow is back, and equal to its snapshot.", ""),
    Stage.FAILED: (
        "Vi did not answer. The bot looked: the workflow is not back.",
        "The snapshot is kept. Ask again to bring it back.",
    ),
    Stage.UNKNOWN: (
        "Vi did not answer, neither to the call nor to the question what became of it.",
        "The snapshot is kept. The bot keeps looking and tells you as soon as it knows.",
    ),
}


async def _meant(resources: Resources, reference: str) -> tuple[Snapshot, Workflow | None]:
    snapshots = await resources.store.find_snapshots(reference, _LOOKED_THROUGH)
    # A whole id outranks a name: anybody can call a workflow by another one's id.
    snapshots = [each for each in snapshots if reference in {each.workflow_id, each.operation_id}] or snapshots
    ids = {each.workflow_id for each in snapshots}
    if not ids:
        raise WorkflowMissing(
            f"The bot keeps no snapshot of “{cut(shown(reference), 80)}”.",
            "The command backups shows what can be brought back. Name it by its id, its whole name or the operation.",
        )
    if len(ids) > 1:
        raise WorkflowAmbiguous(
            f"{len(ids)} workflows are meant by “{cut(shown(reference), 80)}”.",
            "Name one by its id: the command backups shows them.",
            reference,
        )
    present = await _present(resources, snapshots[0].workflow_id)
    if present is None:
        await _require_gone(resources, snapshots[0])
    for snapshot in snapshots:
        if present is None or _lost(snapshot, present):
            return snapshot, present
    raise NothingToRestore(
        f"“{cut(shown(snapshots[0].workflow_name), 80)}” is as its snapshots have it.",
        "There is nothing to bring back.",
    )


async def _require_gone(resources: Resources, snapshot: Snapshot) -> None:
    operation_id = await restoration_since_deletion(resources, snapshot.workflow_id)
    if operation_id is not None and await _present(resources, _fresh_id(operation_id)) is not None:
        raise NothingToRestore(
            f"“{cut(shown(snapshot.workflow_name), 80)}” was brought back already.",
            f"It has the id {_fresh_id(operation_id)} now.",
        )


def _fresh_id(operation_id: OperationId) -> WorkflowId:
    """The id that a workflow gets where Vi does not take its old one.

    The operation's own: nobody else has it, and after a crash recovery knows where to look.
    """
    return WorkflowId(operation_id)


def _lost(snapshot: Snapshot, present: Workflow | None) -> tuple[str, ...]:
    return lasting_differences(json.loads(snapshot.document), present.document) if present is not None else ()


async def _present(resources: Resources, workflow_id: WorkflowId) -> Workflow | None:
    try:
        return await resources.workflows.get_workflow(workflow_id)
    except ViNotFound:
        return None


async def snapshot_to_restore(resources: Resources, snapshot_id: SnapshotId | None) -> Snapshot:
    """The snapshot that a question named.

    Raises:
        StoreUnavailable: it is gone.
    """
    snapshot = await resources.store.snapshot(snapshot_id) if snapshot_id is not None else None
    if snapshot is None:
        raise StoreUnavailable("The snapshot is gone from the bot's memory.", "Whoever runs the bot has to look at it.")
    return snapshot


def _project_of(snapshot: Snapshot) -> ProjectId | None:
    project = spec_of(json.loads(snapshot.document)).get("trainingProject")
    return ProjectId(project) if isinstance(project, str) else None


async def _project_name(resources: Resources, project_id: ProjectId | None) -> str | None:
    if project_id is None:
        return ""
    try:
        projects = await resources.workflows.list_projects()
    except ViError:
        return None  # its name is for the eye only: nothing is held up for it
    return next((each.name for each in projects if each.id == project_id), project_id)


def _kept_in(resources: Resources, snapshot: Snapshot) -> Workflow | None:
    try:
        return resources.workflows.read_kept(snapshot.document, snapshot.workflow_id)
    except ViNotUnderstood:
        return None


async def _write(started: Started, snapshot: Snapshot, present: Workflow | None) -> WorkflowId:
    resources, document = started.operation.resources, json.loads(snapshot.document)
    spec, attributes = spec_of(document), attributes_of(document)
    if present is not None:
        before = snapshot_of(
            present,
            snapshot_id=SnapshotId(resources.ids.new()),
            operation_id=started.operation.id,
            at=resources.clock.now(),
        )
        await resources.store.keep_snapshot(before)
        started.operation.details["replaces"] = before.sha256
        await require_unlocked(resources, present.id)
        await started.write_workflow(present.id, spec, attributes)
        return present.id
    try:
        await started.write_workflow(snapshot.workflow_id, spec, attributes)
    except ViRefused:
        pass  # every time it was sent: had an answer been lost, the outcome would be unknown
    else:
        return snapshot.workflow_id
    fresh = _fresh_id(started.operation.id)
    if await _present(resources, fresh) is not None:
        raise ViRefused("The id made for it is taken.", "Nothing was written. Ask again.")
    await started.write_workflow(fresh, spec, attributes)
    return fresh


async def _compare(resources: Resources, snapshot: Snapshot, workflow_id: WorkflowId) -> None:
    found = lasting_differences(
        json.loads(snapshot.document), (await resources.workflows.get_workflow(workflow_id)).document
    )
    if found:
        raise BackupDiffers(
            f"The workflow {workflow_id} was written, but it differs from its snapshot in {len(found)} places.",
            "Look at it in Vi. The snapshot is kept.",
            found,
        )


async def _ended(under_way: Operation, ended: Ended, outcome: Outcome) -> Ended:
    details: dict[str, object] = {"changes": list(ended.changes)} if ended.changes else {}
    if ended.new_id is not None:
        details["new_id"] = ended.new_id
    return replace(ended, receipt=await under_way.record_end(ended.stage, outcome, details))
