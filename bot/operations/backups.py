"""What can be brought back: the snapshots in the store, and the copies in Vi that were made with some of them."""

from dataclasses import dataclass

from bot.domain.audit import Action
from bot.domain.backup import Snapshot
from bot.domain.people import Request
from bot.domain.policy import Role
from bot.operations.access import authorize
from bot.operations.recording import one_entry
from bot.ports import Resources

PAGE_SIZE = 15


@dataclass(frozen=True, slots=True)
class BackupPage:
    """Snapshots, newest first; `more` says whether there are older ones.

    Attributes:
        reference: what was asked for: a workflow's id or whole name, an operation's id, or nothing for all.
    """

    reference: str
    snapshots: tuple[Snapshot, ...]
    more: bool


async def list_backups(resources: Resources, request: Request, reference: str = "") -> BackupPage:
    """The newest snapshots, each with its copy and what came of comparing it.

    Raises:
        Refused: this is for viewers.
    """
    async with one_entry(resources, request, Action.BACKUPS) as entry:
        await authorize(entry, Role.VIEWER)
        found = await resources.store.find_snapshots(reference, PAGE_SIZE + 1)
        entry.details |= {"query": {"reference": reference} if reference else {}, "found": len(found[:PAGE_SIZE])}
    return BackupPage(reference, tuple(found[:PAGE_SIZE]), len(found) > PAGE_SIZE)
