"""How Slack reaches this process at the moment, as health and metrics tell it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class SlackLink:
    """The state of Socket Mode; over HTTP, where `wanted` is 0, it stays as it is here.

    Attributes:
        wanted: connections that this process means to keep open.
        open: how many are. While one is being replaced there may be more of them than wanted.
        since: when `open` last came to be more than none, or fell to none; None before the first connection.
        last_message: when Slack last sent anything but pings.
        counted: how many connections of the whole app Slack counted when it last said so.
        ghosts: how many of those belong to no process of the bot. What Slack sends to them is lost.
    """

    wanted: int = 0
    open: int = 0
    since: datetime | None = None
    last_message: datetime | None = None
    counted: int = 0
    ghosts: int = 0
