"""Slack's payloads, read into values. What a payload lacks is an error of its own, never a guess."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.domain.people import PersonId, Request, TeamId


@dataclass(frozen=True, slots=True)
class CommandPayload:
    """A slash command: `text` is what was typed behind it."""

    request: Request
    text: str
    response_url: str
    trigger_id: str


@dataclass(frozen=True, slots=True)
class Click:
    """A control that was used.

    Attributes:
        value: of the button, or of the option chosen.
        block_id: of the block that it stands in.
        response_url: where an answer to the message goes; empty for a control in a modal.
    """

    request: Request
    action_id: str
    block_id: str
    value: str
    response_url: str
    trigger_id: str


@dataclass(frozen=True, slots=True)
class Submission:
    """A modal that was submitted; `values` holds the text typed or the values chosen, by block id."""

    request: Request
    view_id: str
    callback_id: str
    metadata: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Closing:
    """A modal that was closed without being submitted."""

    request: Request
    callback_id: str
    metadata: str


def read_command(body: Mapping[str, Any]) -> CommandPayload:
    """A slash command's payload.

    Raises:
        KeyError, TypeError: it is not one.
    """
    text = _unescaped(body.get("text") or "")
    request = Request(
        person_id=PersonId(body["user_id"]),
        team=TeamId(body["team_id"]),
        kind="command",
        channel=body["channel_id"],
        command=f"{body['command']} {text}".rstrip(),
        trigger=body["trigger_id"],
    )
    return CommandPayload(request, text, body["response_url"], body["trigger_id"])


def read_click(body: Mapping[str, Any]) -> Click:
    """A block_actions payload: one gesture, so one action.

    Raises:
        KeyError, IndexError, TypeError: it is not one.
    """
    action = body["actions"][0]
    chosen = action.get("selected_option") or {}
    return Click(
        request=_request(body, "button"),
        action_id=action["action_id"],
        block_id=action.get("block_id", ""),
        value=chosen.get("value") or action.get("value", ""),
        response_url=body.get("response_url", ""),
        trigger_id=body["trigger_id"],
    )


def read_submission(body: Mapping[str, Any]) -> Submission:
    """A view_submission payload.

    Raises:
        KeyError, TypeError: it is not one.
    """
    view = body["view"]
    values = {
        block_id: _entered(element)
        for block_id, elements in view["state"]["values"].items()
        for element in elements.values()
    }
    return Submission(
        _request(body, "modal"), view["id"], view["callback_id"], view.get("private_metadata", ""), values
    )


def read_closing(body: Mapping[str, Any]) -> Closing:
    """A view_closed payload.

    Raises:
        KeyError, TypeError: it is not one.
    """
    view = body["view"]
    return Closing(_request(body, "modal"), view["callback_id"], view.get("private_metadata", ""))


def _request(body: Mapping[str, Any], kind: str) -> Request:
    user = body["user"]
    # The person's own team: for somebody of another workspace it is not the one that installed the bot.
    team = user.get("team_id") or body["team"]["id"]
    channel = (body.get("channel") or {}).get("id", "")
    return Request(PersonId(user["id"]), TeamId(team), kind, channel, trigger=body.get("trigger_id", ""))


def _entered(element: Mapping[str, Any]) -> str:
    # A field left alone comes back as null.
    if element["type"] == "checkboxes":
        return " ".join(option["value"] for option in element.get("selected_options") or [])
    return element.get("value") or ""


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
