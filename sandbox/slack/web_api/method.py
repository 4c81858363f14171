"""What a method of the Web API is to this emulator: a function, and what must hold before it is called."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sandbox.slack.rate_limits import Limit, Tier
from sandbox.slack.state import WorkspaceState
from sandbox.slack.web_api.arguments import Arguments
from sandbox.slack.wire import Exchange


class Token(StrEnum):
    """The two tokens of an app."""

    BOT = "bot"
    APP = "app-level"


@dataclass(frozen=True)
class Call:
    """One call that has passed the door."""

    state: WorkspaceState
    arguments: Arguments
    exchange: Exchange
    http_method: str
    host: str


@dataclass(frozen=True)
class Method:
    """One method.

    Attributes:
        answer: Does what the method does, and returns its answer without `ok`; raises SlackError to refuse.
        tier: Its rate limit.
        scopes: Any one of these is enough; empty if it needs none.
        token: The token it takes.
        required: Arguments that must be there.
        takes_json: Whether it reads a JSON body.
        channel_limit: A further limit, for each channel.
    """

    answer: Callable[[Call], Mapping[str, Any]]
    tier: Tier
    scopes: tuple[str, ...] = ()
    token: Token = Token.BOT
    required: tuple[str, ...] = ()
    takes_json: bool = True
    channel_limit: Limit | None = None
