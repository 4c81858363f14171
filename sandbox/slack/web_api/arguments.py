"""A call's arguments, in whichever of Slack's three ways they came: JSON body, form, query."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from sandbox.slack.errors import SlackError

JSON_CONTENT = "application/json"
FORM_CONTENTS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
TRUE_WORDS = frozenset({"true", "1"})


class Arguments:
    """Arguments by name; whatever was sent as null counts as left out."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = {name: value for name, value in values.items() if value is not None}

    def text(self, name: str) -> str | None:
        """Return a text argument; numbers and the like are read as text, as a form would carry them."""
        value = self.values.get(name)
        return value if value is None or isinstance(value, str) else json.dumps(value)

    def required(self, name: str) -> str:
        """Return a text argument that must be there.

        Raises:
            SlackError: `invalid_arguments`.
        """
        value = self.text(name)
        if not value:
            raise missing_argument(name)
        return value

    def flag(self, name: str) -> bool:
        """Return a boolean argument; left out is False."""
        value = self.values.get(name)
        return value is True or str(value).lower() in TRUE_WORDS

    def structure(self, name: str, error: str = "invalid_arguments") -> Any:
        """Return an argument that is JSON: as it is in a JSON body, decoded where it came as a string.

        Raises:
            SlackError: `error`: the string is not JSON.
        """
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError as problem:
            raise SlackError(error, fault=f"The argument {name} is not JSON: {problem}.") from problem


def missing_argument(name: str) -> SlackError:
    """Return Slack's answer where an argument is not there."""
    message = f"[ERROR] missing required field: {name}"
    return SlackError("invalid_arguments", fault=f"The required argument {name} is missing.", messages=[message])


async def read_arguments(request: web.Request, *, takes_json: bool) -> Arguments:
    """Read the arguments of a call.

    Args:
        request: The HTTP request.
        takes_json: Whether the method reads JSON bodies; the body's arguments are not seen by one that does not.

    Raises:
        SlackError: `invalid_json`, `json_not_object`, `invalid_post_type`.
    """
    values: dict[str, Any] = dict(request.query)
    if request.method == "POST" and request.can_read_body:
        if request.content_type == JSON_CONTENT:
            body = parse_object(await request.text())
            values |= body if takes_json else {}
        elif request.content_type in FORM_CONTENTS:
            values |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
        else:
            raise SlackError(
                "invalid_post_type", fault=f"A call had the Content-Type {request.content_type}, which is not read."
            )
    return Arguments(values)


def parse_object(text: str) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        SlackError: `invalid_json`, `json_not_object`.
    """
    try:
        body = json.loads(text)
    except ValueError as error:
        raise SlackError("invalid_json", fault=f"The body of a call is not JSON: {error}.") from error
    if not isinstance(body, dict):
        raise SlackError("json_not_object", fault="The body of a call is JSON, but not an object.")
    return body
