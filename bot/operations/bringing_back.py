"""What was brought back since: which outcomes have no Undo any more, and under which id a workflow lives now.

All of it is read from the trail, where each restoration stands with the id that it brought back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.audit import Action, OperationId, SealedEntry, Stage, content_of
from bot.domain.confirmation import Confirmation, Item
from bot.domain.people import PersonId
from bot.domain.workflow import WorkflowId
from bot.operations.ended import Ended
from bot.ports import Resources, TrailQuery

_ENDS = {Stage.SUCCEEDED, Stage.FAILED}
_LOOKED_THROUGH = 100
"""How many entries are looked through, newest first: some are of workflows whose name is another one's id."""


@dataclass(frozen=True, slots=True)
class BroughtBack:
    """By whom and when a workflow was brought back."""

    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True)
class Undone:
    """What came of a question, and which of its items were brought back since, by their operations."""

    confirmation: Confirmation
    ended: tuple[Ended, ...]
    brought_back: Mapping[OperationId, BroughtBack]


def can_be_undone(action: Action, item: Item) -> bool:
    """Whether what was done to this item can be taken back: it was deleted, or something was written over it."""
    return action is Action.DELETE or (action is Action.RESTORE and bool(item.target.version))


async def undone_by_restoring(resources: Resources, workflow_id: WorkflowId) -> list[Undone]:
    """The newest outcomes that the last restoration of this workflow took back; at most one of each kind.

    Where the trail was rotated since, its older part does not say any more what came of them, and they are left out.
    """
    deletions = await _succeeded(resources, Action.DELETE, workflow_id)
    restorations = await _succeeded(resources, Action.RESTORE, workflow_id)
    confirmations: dict[str, Confirmation] = {}
    for entry in (*deletions[:1], *restorations[1:2]):
        confirmation = await resources.store.confirmation_of(content_of(entry).operation_id)
        if confirmation is not None:
            confirmations[confirmation.id] = confirmation
    return [await _undone(resources, each) for each in confirmations.values()]


async def restoration_since_deletion(resources: Resources, workflow_id: WorkflowId) -> OperationId | None:
    """The operation that brought this workflow back after its last deletion, or None."""
    restorations = await _succeeded(resources, Action.RESTORE, workflow_id)
    deletions = await _succeeded(resources, Action.DELETE, workflow_id)
    if not restorations or (deletions and deletions[0].seq > restorations[0].seq):
        return None
    return content_of(restorations[0]).operation_id


async def _undone(resources: Resources, confirmation: Confirmation) -> Undone:
    ended, brought_back = [], {}
    for item in confirmation.items:
        entries = await resources.store.trail(TrailQuery(operation=item.operation_id, limit=_LOOKED_THROUGH))
        end = next((each for each in entries if content_of(each).stage in _ENDS), None)
        if end is None:
            continue
        ended.append(_as_ended(item, end))
        since = await _succeeded(resources, Action.RESTORE, WorkflowId(item.target.id))
        if can_be_undone(confirmation.action, item) and since and since[0].seq > end.seq:
            entry = content_of(since[0])
            brought_back[item.operation_id] = BroughtBack(PersonId(entry.actor.id), entry.at)
    return Undone(confirmation, tuple(ended), brought_back)


def _as_ended(item: Item, end: SealedEntry) -> Ended:
    entry = content_of(end)
    new_id = entry.details.get("new_id")
    sentence = entry.outcome.message if entry.outcome is not None else ""
    return Ended(item, entry.stage, end.receipt, sentence, new_id=WorkflowId(new_id) if new_id else None)


async def _succeeded(resources: Resources, action: Action, workflow_id: WorkflowId) -> Sequence[SealedEntry]:
    query = TrailQuery(workflow=workflow_id, action=action, stage=Stage.SUCCEEDED, limit=_LOOKED_THROUGH)
    return [each for each in await resources.store.trail(query) if _is_about(each, workflow_id)]


def _is_about(entry: SealedEntry, workflow_id: WorkflowId) -> bool:
    target = content_of(entry).target
    return target is not None and target.id == workflow_id
