"""What a call of Slack's Web API can end with, when it does not end well."""

from collections.abc import Mapping

import aiohttp
from slack_sdk.errors import SlackApiError

# slack_sdk 3.47 meets an answer of plain text, such as a proxy gives, with an AttributeError of its own.
TROUBLE = (SlackApiError, aiohttp.ClientError, TimeoutError, AttributeError)


def name_of_trouble(error: Exception) -> str:
    """Slack's own name of the error where it gave one, else what kind of error it is."""
    # What the error carries is Slack's answer, or the raw response where that could not be read.
    data = getattr(error.response, "data", None) if isinstance(error, SlackApiError) else None
    name = data.get("error") if isinstance(data, Mapping) else None
    return str(name or type(error).__name__)
