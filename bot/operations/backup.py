"""A copy of a workflow, made in Vi beside it, read back and compared with its source.

Vi has no call that duplicates. The copy is made from the JSON that the platform sent, so that fields unknown to this
bot are in it; a snapshot of the source goes into the store before anything leaves.
"""

import json
from dataclasses import dataclass

from bot.domain.audit import Action, Receipt, Stage
from bot.domain.backup import (
    Snapshot,
    SnapshotId,
    copy_attributes,
    copy_differences,
    copy_name,
    copy_spec,
    snapshot_of,
)
from bot.domain.errors import BackupDiffers, BotError, ViError, ViNotFound, ViOutcomeUnknown, ViRefused
from bot.domain.people import Request
from bot.domain.policy import Role
from bot.domain.workflow import Workflow, WorkflowId
from bot.operations.access import authorize
from bot.operations.finding import find_workflow
from bot.operations.once import require_first
from bot.operations.recording import OK, Operation, Started, operation, outcome_of, workflow_target
from bot.ports import Resources


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy that came back equal to its source in everything but its name and our three labels.

    Attributes:
        receipt: of the entry that says so; None where the trail could not be written any more.
    """

    source: Workflow
    copy_id: WorkflowId
    copy_name: str
    snapshot: Snapshot
    receipt: Receipt | None


async def back_up(resources: Resources, request: Request, reference: str, name: str = "") -> Backup:
    """Copy the workflow meant by `reference`; without a `name`, the copy's says when it was made.

    Raises:
        Repeated: the same request came before.
        BackupDiffers: the copy came back different; it is left where it is, and the error says what differs.
        ViOutcomeUnknown: the copy may or may not have been made; it will be settled later.
    """
    under_way = operation(resources, request, Action.BACKUP)
    try:
        await authorize(under_way, Role.OPERATOR)
        source = await find_workflow(resources.workflows, reference)
        under_way.target = workflow_target(source)
        await require_first(under_way)
    except BotError as error:
        await under_way.fail(error)
        raise
    return await copy_workflow(under_way, source, name)


async def copy_workflow(under_way: Operation, source: Workflow, name: str = "") -> Backup:
    """Copy a workflow that was just read, for a person who may; `under_way` is not written yet.

    Raises:
        BackupDiffers, ViError: as `back_up`.
    """
    resources = under_way.resources
    now = resources.clock.now()
    copy_id = WorkflowId(resources.ids.random())
    name = name or copy_name(source.name, now)
    under_way.target = workflow_target(source)
    under_way.details |= {"copy": copy_id, "copy_name": name}
    snapshot = snapshot_of(
        source, snapshot_id=SnapshotId(resources.ids.new()), operation_id=under_way.id, at=now, copy_id=copy_id
    )
    under_way.details["snapshot"] = snapshot.sha256
    with under_way.marked():
        await resources.store.keep_snapshot(snapshot)
        started = Started(under_way, await under_way.record(Stage.STARTED))
        try:
            await _require_free(resources, copy_id)
            await started.write_workflow(
                copy_id, copy_spec(source, name), copy_attributes(source, by=under_way.request.person_id, at=now)
            )
            await compare_copy(resources, source, copy_id)
        except BotError as error:
            stage = Stage.UNKNOWN if isinstance(error, ViOutcomeUnknown) else Stage.FAILED
            await under_way.record_end(stage, outcome_of(error))
            raise
        receipt = await under_way.record_end(Stage.SUCCEEDED, OK)
    return Backup(source, copy_id, name, snapshot, receipt)


async def compare_copy(resources: Resources, source: Workflow, copy_id: WorkflowId) -> None:
    """Read the copy back and compare it with its source.

    Raises:
        BackupDiffers: something other than the name and our labels is different.
        ViNotFound: there is no copy.
    """
    found = copy_differences(source.document, (await resources.workflows.get_workflow(copy_id)).document)
    if found:
        raise BackupDiffers(
            f"The copy {copy_id} was made, but it differs from its source in {len(found)} places.",
            "Do not rely on this copy. It stays in Vi for you to look at.",
            found,
        )


async def _require_free(resources: Resources, workflow_id: WorkflowId) -> None:
    # A PUT to an id that exists replaces that workflow whole, so it is never sent to one not just seen free.
    try:
        await resources.workflows.get_workflow(workflow_id)
    except ViNotFound:
        return
    raise ViRefused("The id made for the copy is taken.", "Nothing was written. Try again.")


async def settle_copy(resources: Resources, source_id: WorkflowId, copy_id: WorkflowId) -> Stage:
    """Find out by looking whether a copy without an answer was made, equal to its source: succeeded, failed or unknown.

    The source may be gone by now, so the copy is compared with the snapshot that was kept before it was made.
    """
    try:
        copy = await resources.workflows.get_workflow(copy_id)
    except ViNotFound:
        return Stage.FAILED
    except ViError:
        return Stage.UNKNOWN
    sources = [each for each in await resources.store.snapshots_of(source_id) if each.copy_id == copy_id]
    equal = bool(sources) and not copy_differences(json.loads(sources[0].document), copy.document)
    return Stage.SUCCEEDED if equal else Stage.FAILED
