"""What can be brought back, to choose from: looked up in the bot's own store, at no call of the platform's."""

from dataclasses import dataclass

from bot.domain.backup import SnapshotId, SnapshotSummary
from bot.domain.errors import OutOfDate
from bot.domain.text import finds
from bot.domain.workflow import WorkflowId
from bot.operations.index import WorkflowIndex
from bot.operations.warm import key_of
from bot.ports import Resources

LOOKED_THROUGH = 5_000
"""How many snapshots are looked through at every key pressed, newest first. An older one can be named in words."""


@dataclass(frozen=True, slots=True)
class Restorable:
    """The newest snapshot of each workflow that fits the words typed, newest first.

    Attributes:
        gone: of workflows that did not exist when the platform was last looked at.
        others: of those that did; of all, where the platform was never looked at.
    """

    gone: tuple[SnapshotSummary, ...]
    others: tuple[SnapshotSummary, ...]


async def find_restorable(resources: Resources, index: WorkflowIndex, typed: str) -> Restorable:
    """Workflows with a snapshot and with these words in their name, or at the beginning of their id.

    Raises:
        StoreUnavailable: the snapshots cannot be read.
    """
    kept = await resources.store.newest_snapshots(LOOKED_THROUGH)
    found = [each for each in kept if finds(typed, each.workflow_name, each.workflow_id)]
    gone = [each for each in found if index.read_at is not None and index.get(key_of(each.workflow_id)) is None]
    ids = {each.workflow_id for each in gone}
    return Restorable(tuple(gone), tuple(each for each in found if each.workflow_id not in ids))


async def workflow_of(resources: Resources, snapshot_id: SnapshotId) -> WorkflowId:
    """The workflow that this snapshot was taken of.

    Raises:
        OutOfDate: there is no such snapshot.
        StoreUnavailable: it cannot be read.
    """
    snapshot = await resources.store.snapshot(snapshot_id)
    if snapshot is None:
        raise OutOfDate("This list is out of date.", "Ask for it again.")
    return snapshot.workflow_id
