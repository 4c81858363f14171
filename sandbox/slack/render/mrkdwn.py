"""Slack's mrkdwn as a reader sees it: mentions, links, dates and entities.

The marks of styles (`*`, `_`, `~`, backticks) stay, because a terminal without them would hide the emphasis.
"""

import re
from collections.abc import Callable, Mapping

from rich.emoji import Emoji

from sandbox.slack.render.dates import date_text
from sandbox.slack.render.reader import Reader

# Slack decodes these three and no others, and "&amp;lt;" is the text "&lt;".
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_MARKUP = re.compile(r"<([^<>]*)>")
_CODE = re.compile(r"(```.*?```|`[^`\n]+`)", re.DOTALL)
_DATE = re.compile(r"!date\^(?P<timestamp>-?\d+)\^(?P<template>[^^|]*)(?:\^[^|]*)?")


def unescaped(text: str) -> str:
    """Text with Slack's three entities decoded."""
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text


def with_emoji(text: str) -> str:
    """Text with the emoji that have a Unicode character in place of their `:name:`."""
    return Emoji.replace(text)


def _mention(sign: str) -> Callable[[str, str, Reader], str]:
    def show(target: str, label: str, reader: Reader) -> str:
        name = reader.names.get(target) or label or target
        return name if name.startswith(sign) else sign + name

    return show


def _special(target: str, label: str, reader: Reader) -> str:
    date = _DATE.fullmatch(f"!{target}")
    if date:
        return date_text(int(date["timestamp"]), date["template"], label, reader)
    if target.startswith("subteam^"):
        return _mention("@")(target.removeprefix("subteam^"), label, reader)
    return label or f"@{target}"


_MARKUP_SIGNS: Mapping[str, Callable[[str, str, Reader], str]] = {
    "@": _mention("@"),
    "#": _mention("#"),
    "!": _special,
}


def link_text(url: str, label: str) -> str:
    """A link where nothing can be clicked: its label and where it leads."""
    return f"{label} ({url})" if label and label != url else url


def _markup(content: str, reader: Reader) -> str:
    target, _, label = unescaped(content).partition("|")
    show = _MARKUP_SIGNS.get(target[:1])
    return show(target[1:], label, reader) if show else link_text(target, label)


def mrkdwn_text(text: str, reader: Reader) -> str:
    """What a person reads where an app wrote mrkdwn."""
    shown = "".join(
        _markup(part, reader) if index % 2 else unescaped(part) for index, part in enumerate(_MARKUP.split(text))
    )
    return "".join(part if part.startswith("`") else with_emoji(part) for part in _CODE.split(shown))
