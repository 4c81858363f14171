"""Secrets are taken out of text before it is written or logged.

Free text (a reason, an error, the words of a command) may hold a secret that somebody pasted. What is taken out
is named by its place, so that a reader knows that something stood there.
"""

import re
from collections.abc import Mapping
from typing import Any

from bot.domain.plain import plain_json
from bot.domain.text import storable

REMOVED = "[removed]"

_SECRETS = re.compile(
    r"""
      dtvi_[\w-]+                                     # a Vi secret key
    | xox[a-z](?:\.xox[a-z])?-[\w-]{4,} | xapp-[\w-]{4,}   # Slack's tokens
    | eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*                 # a JSON web token
    | (?i:bearer|basic)\ +[\w.~+/=-]{8,}              # an Authorization header
    | https://hooks\.slack\.com/\S+                   # posting rights in the form of an address
    | -----BEGIN[ ][A-Z ]+PRIVATE[ ]KEY-----[\s\S]*   # a private key
    """,
    re.VERBOSE,
)


def without_secrets(text: str) -> str:
    """The text with each secret that can be told by its form replaced by `[removed]`."""
    return _SECRETS.sub(REMOVED, text)


def redact(value: Any) -> tuple[Any, tuple[str, ...]]:
    """A JSON value without secrets, and the JSON pointers of the places where one stood."""
    text = plain_json(value)
    if text is not None and not _SECRETS.search(text):
        return value, ()  # nearly always: one look at all of the text at once
    places: list[str] = []
    return _redacted(value, "", places), tuple(places)


def _redacted(value: Any, pointer: str, places: list[str]) -> Any:
    if isinstance(value, str):
        text = storable(value)
        clean = without_secrets(text)
        if clean != text:
            places.append(pointer)
        return clean
    if isinstance(value, Mapping):
        members = ((without_secrets(storable(str(name))), member) for name, member in value.items())
        return {name: _redacted(member, f"{pointer}/{name}", places) for name, member in members}
    if isinstance(value, list | tuple):
        return [_redacted(member, f"{pointer}/{index}", places) for index, member in enumerate(value)]
    return value
