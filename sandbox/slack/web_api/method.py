"""What a method of the Web API is to this emulator: a function, and what must hold before it is called."""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sandbox.slack.rate_limits import Limit, Tier
from sandbox.slack.state import WorkspaceState
from sandbox.slack.web_api.arguments import Arguments
from sandbox.slack.wire import Exchange

GENERAL_ERRORS = frozenset(
    {
        "invalid_arguments",
        "invalid_auth",
        "invalid_json",
        "invalid_post_type",
        "json_not_object",
        "missing_scope",
        "not_allowed_token_type",
        "not_authed",
        "unknown_method",
    }
)
"""Errors that Slack documents for all methods alike (docs.slack.dev: apis/web-api, and the end of each method's page).

`ratelimited` is one more; it comes with HTTP status 429.
"""


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
        errors: The errors of its own that it may answer with, besides `GENERAL_ERRORS`.
        token: The token it takes; None if anybody may call it.
        required: Arguments that must be there.
        takes_json: Whether it reads a JSON body.
        channel_limit: A further limit, for each channel.
    """

    answer: Callable[[Call], Mapping[str, Any]]
    tier: Tier
    scopes: tuple[str, ...] = ()
    errors: AbstractSet[str] = frozenset()
    token: Token | None = Token.BOT
    required: tuple[str, ...] = ()
    takes_json: bool = True
    channel_limit: Limit | None = None
