"""What came of one thing that was confirmed, and what may bring that about."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.domain.audit import Receipt, Stage
from bot.domain.confirmation import Confirmation, Item
from bot.domain.workflow import WorkflowId
from bot.operations.backup import Backup
from bot.operations.recording import Started


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of one item.

    Attributes:
        stage: succeeded, failed or unknown.
        receipt: of the entry that says so; None where the trail could not be written any more.
        sentence, advice: what happened and what to do next, where it was not done or is not known.
        changes: JSON pointers of what changed since the person looked.
        backup: the copy made first, if one was asked for and made.
        new_id: under which a workflow was brought back.
    """

    item: Item
    stage: Stage
    receipt: Receipt | None
    sentence: str = ""
    advice: str = ""
    changes: tuple[str, ...] = ()
    backup: Backup | None = None
    new_id: WorkflowId | None = None


Execute = Callable[[Started, Confirmation, Item], Awaitable[Ended]]
"""Carries out one item whose `started` is in the trail, and writes its end."""
