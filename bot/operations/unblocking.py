"""The deletion that a run or a lock blocks: kept, so that the person comes back to it once that is out of the way."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.domain.people import Request
from bot.domain.screen import ScreenId
from bot.domain.workflow import WorkflowId
from bot.operations.screens import keep_screen, screen_state
from bot.ports import Resources

_KIND = "blocked deletion"


@dataclass(frozen=True, slots=True)
class BlockedDeletion:
    """What was to be deleted, and why, where that was said with the command."""

    workflow_ids: tuple[WorkflowId, ...]
    reason: str


async def keep_blocked(
    resources: Resources, request: Request, workflow_ids: Sequence[WorkflowId], reason: str
) -> ScreenId:
    """Keep it; the id under which it is found again, empty where it could not be kept.

    Raises:
        StoreUnavailable: it could not be kept, and the rules say that nothing is shown then.
    """
    return await keep_screen(resources, request, _KIND, {"workflows": list(workflow_ids), "reason": reason})


async def find_blocked(resources: Resources, screen_id: ScreenId) -> BlockedDeletion:
    """The deletion that was kept.

    Raises:
        OutOfDate: it is older than a day and forgotten.
    """
    state = await screen_state(resources, screen_id, _KIND)
    return BlockedDeletion(tuple(WorkflowId(each) for each in state["workflows"]), state["reason"])
