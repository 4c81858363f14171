"""`blocks.validate`: Slack's own check of blocks, a message or a view, for anybody to call."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.slack.blocks import (
    Problem,
    Surface,
    find_block_problems,
    find_message_problems,
    find_view_problems,
)
from sandbox.slack.errors import SlackError
from sandbox.slack.web_api.method import Call

MAX_CHARACTERS = 100_000
SURFACES: tuple[Surface, ...] = ("message", "modal", "home")


def validate(call: Call) -> dict[str, Any]:
    """Answer `ok`, or what is wrong and where; asking is no offence, so nothing of it is held against the app.

    Each error has the `code` failed_constraint, the only one that is documented. Assumed: the `type` of its
    `constraint`, which is this validator's own name for what is wrong.
    """
    given = {name: value for name in _FINDERS if (value := call.arguments.text(name)) is not None}
    if len(given) != 1:
        raise _bad_call("must provide exactly one of `blocks`, `view`, or `message`")
    [(name, text)] = given.items()
    if len(text) > MAX_CHARACTERS:
        raise _bad_call(f"must be at most {MAX_CHARACTERS} characters [json-pointer:/{name}]")
    try:
        payload = json.loads(text)
    except ValueError as error:
        raise _bad_call(f"must be valid JSON [json-pointer:/{name}]") from error
    if problems := _FINDERS[name](payload):
        raise SlackError(f"invalid_{name}", details={"errors": [_as_json(problem) for problem in problems]})
    return {}


def _find_block_problems(blocks: object) -> list[Problem]:
    """Blocks alone tell no surface. Assumed: they are sound if one of the surfaces takes them."""
    return min((find_block_problems(blocks, surface) for surface in SURFACES), key=len)


def _find_message_problems(message: object) -> list[Problem]:
    if not isinstance(message, dict):
        return [Problem("", "wrong_type", "Must be an object.")]
    return find_message_problems(message)


_FINDERS: Mapping[str, Callable[[object], list[Problem]]] = {
    "blocks": _find_block_problems,
    "message": _find_message_problems,
    "view": find_view_problems,
}


def _as_json(problem: Problem) -> dict[str, Any]:
    return {
        "code": "failed_constraint",
        "message": problem.message,
        "pointer": problem.pointer,
        "constraint": {"type": problem.code},
    }


def _bad_call(message: str) -> SlackError:
    return SlackError("invalid_arguments", fault=f"blocks.validate {message}.", messages=[message])
