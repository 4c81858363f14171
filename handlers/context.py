"""What every listener needs, put together once at the start."""

from dataclasses import dataclass

from bot.ports import Resources
from handlers.delivery import Delivery
from handlers.messages.blocks import Frame
from handlers.work import Work


@dataclass(frozen=True, slots=True)
class Context:
    """The operations' resources, the way to Slack, and the running work.

    Attributes:
        audit_channel: where every change is told; empty means nowhere.
        patience: seconds after which a person is told that something is still being worked on.
    """

    resources: Resources
    delivery: Delivery
    frame: Frame
    work: Work
    audit_channel: str = ""
    patience: float = 1.0
