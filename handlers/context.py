"""What every listener needs, put together once at the start."""

import asyncio
from dataclasses import dataclass, field

from bot.domain.people import PersonId
from bot.operations.active_runs import ActiveRuns
from bot.operations.index import WorkflowIndex
from bot.operations.readiness import Readiness
from bot.ports import Meter, Resources
from handlers.delivery import Delivery
from handlers.messages.blocks import Frame
from handlers.slack_link import SlackLink
from handlers.work import Work


@dataclass(frozen=True, slots=True)
class Context:
    """The operations' resources, the way to Slack, and the running work.

    Attributes:
        index: the workflows to list and to choose from.
        runs: the active runs to choose from.
        readiness: how things stand.
        meter: what is counted and timed.
        audit_channel: where every change is told; empty means nowhere.
        approvals_channel: where approvers are asked.
        patience: seconds after which a person is told that something is still being worked on.
        publishing: held while somebody's Home tab is published, so that no older state comes after a newer one.
        slack: how Slack reaches this process at the moment.
    """

    resources: Resources
    delivery: Delivery
    frame: Frame
    work: Work
    index: WorkflowIndex
    runs: ActiveRuns
    readiness: Readiness
    meter: Meter
    audit_channel: str = ""
    approvals_channel: str = ""
    patience: float = 1.0
    publishing: dict[PersonId, asyncio.Lock] = field(default_factory=dict)
    slack: SlackLink = field(default_factory=SlackLink)

    def outdate_lists(self) -> None:
        """Something was changed: what there is to list and to choose from is read anew."""
        self.index.outdate()
        self.runs.outdate()

    def keep_warm(self) -> None:
        """Read the workflows anew in the background if that was more than a minute ago."""
        if self.index.is_old:
            self.work.start(self.index.refresh())
