"""The element tree of a rich_text block as text."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sandbox.slack.render.dates import date_text
from sandbox.slack.render.lines import visible, wrapped
from sandbox.slack.render.mrkdwn import link_text, with_emoji
from sandbox.slack.render.reader import Reader

Json = Mapping[str, Any]

_STYLE_MARKS = {"bold": "*", "italic": "_", "strike": "~", "code": "`"}  # as mrkdwn writes them
_BULLETS = "•◦▪"
_INDENT = 4


def _date(element: Json, reader: Reader) -> str:
    fallback = str(element.get("fallback", element["format"]))
    return date_text(element["timestamp"], element["format"], fallback, reader)


def _emoji(element: Json, _: Reader) -> str:
    if "unicode" in element:
        return "".join(chr(int(code, 16)) for code in element["unicode"].split("-"))
    return with_emoji(f":{element['name']}:")


_INLINE: Mapping[str, Callable[[Json, Reader], str]] = {
    "text": lambda element, _: str(element["text"]),
    "link": lambda element, _: link_text(element["url"], element.get("text", "")),
    "user": lambda element, reader: f"@{reader.name_of(element['user_id'])}",
    "usergroup": lambda element, reader: f"@{reader.name_of(element['usergroup_id']).removeprefix('@')}",
    "channel": lambda element, reader: f"#{reader.name_of(element['channel_id']).removeprefix('#')}",
    "team": lambda element, reader: f"@{reader.name_of(element['team_id'])}",
    "emoji": _emoji,
    "broadcast": lambda element, _: f"@{element['range']}",
    "color": lambda element, _: str(element["value"]),
    "date": _date,
}


def _inline_text(element: Json, reader: Reader) -> str:
    show = _INLINE.get(element["type"])
    if show is None:
        return f"!! unknown element: {element['type']} !!"
    marks = "".join(mark for style, mark in _STYLE_MARKS.items() if element.get("style", {}).get(style))
    return f"{marks}{show(element, reader)}{marks[::-1]}"


def _content(element: Json, reader: Reader) -> str:
    return "".join(_inline_text(one, reader) for one in element["elements"])


def _prefixed(text: str, first: str, other: str, reader: Reader) -> Iterator[str]:
    width = None if reader.width is None else reader.width - len(first)
    for index, line in enumerate(wrapped(text, width)):
        yield f"{other if index else first}{line}".rstrip(" ")


def _list(element: Json, reader: Reader) -> Iterator[str]:
    level = element.get("indent", 0)
    for number, item in enumerate(element["elements"], start=1 + element.get("offset", 0)):
        sign = f"{number}." if element["style"] == "ordered" else _BULLETS[level % len(_BULLETS)]
        margin = " " * _INDENT * level
        yield from _prefixed(_content(item, reader), f"{margin}{sign} ", margin + " " * (len(sign) + 1), reader)


_STRUCTURES: Mapping[str, Callable[[Json, Reader], Iterator[str]]] = {
    "rich_text_section": lambda element, reader: _prefixed(_content(element, reader), "", "", reader),
    "rich_text_quote": lambda element, reader: _prefixed(_content(element, reader), "> ", "> ", reader),
    "rich_text_preformatted": lambda element, reader: _prefixed(
        _content(element, reader), " " * _INDENT, " " * _INDENT, reader
    ),
    "rich_text_list": _list,
}


def rich_text_lines(block: Json, reader: Reader) -> list[str]:
    """The lines of a rich_text block or cell."""
    lines = list[str]()
    for element in block["elements"]:
        show = _STRUCTURES.get(element["type"])
        lines.extend(show(element, reader) if show else [visible(f"!! unknown element: {element['type']} !!")])
    return lines
