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
        response_url: where an answer to the message goes; empty for a control in a modal or in the Home tab.
        view_id, view_hash, metadata: of the modal or Home tab that it stands in; empty for a control in a message. By
            the hash, Slack changes it only if it is still the one that was clicked.
        in_home: whether that is the Home tab.
    """

    request: Request
    action_id: str
    block_id: str
    value: str
    response_url: str
    trigger_id: str
    view_id: str = ""
    view_hash: str = ""
    metadata: str = ""
    in_home: bool = False

    @property
    def modal_id(self) -> str:
        """Of the modal that it stands in; empty for one in a message or in the Home tab."""
        return "" if self.in_home else self.view_id


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What was typed so far into a select that the bot fills."""

    request: Request
    action_id: str
    typed: str


@dataclass(frozen=True, slots=True)
class ShortcutUse:
    """A global shortcut that was used."""

    request: Request
    trigger_id: str


@dataclass(frozen=True, slots=True)
class HomeOpening:
    """Somebody has opened the app's Home tab, or its messages: `tab` says which."""

    request: Request
    tab: str


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
    view = body.get("view") or {}
    return Click(
        request=_request(body, "button"),
        action_id=action["action_id"],
        block_id=action.get("block_id", ""),
        value=chosen.get("value") or action.get("value", ""),
        response_url=body.get("response_url", ""),
        trigger_id=body["trigger_id"],
        view_id=view.get("id", ""),
        view_hash=view.get("hash", ""),
        metadata=view.get("private_metadata", ""),
        in_home=view.get("type") == "home",
    )


def read_suggestion(body: Mapping[str, Any]) -> Suggestion:
    """A block_suggestion payload.

    Raises:
        KeyError, TypeError: it is not one.
    """
    return Suggestion(_request(body, "button"), body["action_id"], body.get("value") or "")


def read_shortcut(body: Mapping[str, Any]) -> ShortcutUse:
    """A global shortcut's payload.

    Raises:
        KeyError, TypeError: it is not one.
    """
    return ShortcutUse(_request(body, "shortcut"), body["trigger_id"])


def read_home_opening(body: Mapping[str, Any]) -> HomeOpening:
    """An app_home_opened event, in its wrapping.

    Raises:
        KeyError, TypeError: it is not one.
    """
    event = body["event"]
    request = Request(PersonId(event["user"]), TeamId(body["team_id"]), "home", trigger=body.get("event_id", ""))
    return HomeOpening(request, event["tab"])


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
    if "selected_option" in element:
        return (element["selected_option"] or {}).get("value") or ""
    if element["type"] == "checkboxes":
        return " ".join(option["value"] for option in element.get("selected_options") or [])
    return element.get("value") or ""


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
