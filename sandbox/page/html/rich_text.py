"""The element tree of a rich_text block as HTML."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.page.html.markup import Markup, joined, link, tag
from sandbox.slack.render.dates import date_text
from sandbox.slack.render.mrkdwn import with_emoji
from sandbox.slack.render.reader import Reader

Json = Mapping[str, Any]

_STYLE_TAGS = {"bold": "strong", "italic": "em", "strike": "s", "code": "code", "underline": "u", "highlight": "mark"}


def unknown(kind: str, name: object) -> Markup:
    """The box in the place of what this renderer does not know; nobody can overlook it."""
    return tag("span", {"class": "unknown", "role": "alert"}, f"Unknown {kind}: {name}")


def _mention(sign: str, name: str) -> Markup:
    return tag("span", {"class": "mention"}, sign + name.removeprefix(sign))


def _date(element: Json, reader: Reader) -> Markup:
    fallback = str(element.get("fallback", element["format"]))
    shown = tag("time", None, date_text(element["timestamp"], element["format"], fallback, reader))
    return link(element["url"], shown) if "url" in element else shown


def _emoji(element: Json, _: Reader) -> Markup:
    if "unicode" in element:
        return joined("".join(chr(int(code, 16)) for code in element["unicode"].split("-")))
    return joined(with_emoji(f":{element['name']}:"))


_INLINE: Mapping[str, Callable[[Json, Reader], Markup]] = {
    "text": lambda element, _: joined(element["text"]),
    "link": lambda element, _: link(element["url"], element.get("text") or element["url"]),
    "user": lambda element, reader: _mention("@", reader.name_of(element["user_id"])),
    "usergroup": lambda element, reader: _mention("@", reader.name_of(element["usergroup_id"])),
    "channel": lambda element, reader: _mention("#", reader.name_of(element["channel_id"])),
    "team": lambda element, reader: _mention("@", reader.name_of(element["team_id"])),
    "emoji": _emoji,
    "broadcast": lambda element, _: _mention("@", element["range"]),
    "color": lambda element, _: tag("code", None, element["value"]),
    "date": _date,
}


def _inline(element: Json, reader: Reader) -> Markup:
    show = _INLINE.get(element["type"])
    if show is None:
        return unknown("element", element["type"])
    shown = show(element, reader)
    for style, name in _STYLE_TAGS.items():
        if element.get("style", {}).get(style):
            shown = tag(name, None, shown)
    return shown


def _content(element: Json, reader: Reader) -> Markup:
    return joined(*(_inline(one, reader) for one in element["elements"]))


def _list(element: Json, reader: Reader) -> Markup:
    ordered = element["style"] == "ordered"
    attributes = {"start": 1 + element.get("offset", 0) if ordered else None, "data-indent": element.get("indent", 0)}
    items = (tag("li", None, _content(item, reader)) for item in element["elements"])
    return tag("ol" if ordered else "ul", attributes, *items)


_STRUCTURES: Mapping[str, Callable[[Json, Reader], Markup]] = {
    "rich_text_section": lambda element, reader: tag("div", None, _content(element, reader)),
    "rich_text_quote": lambda element, reader: tag("blockquote", None, _content(element, reader)),
    "rich_text_preformatted": lambda element, reader: tag("pre", None, tag("code", None, _content(element, reader))),
    "rich_text_list": _list,
}


def rich_text_html(block: Json, reader: Reader) -> Markup:
    """A rich_text block or cell."""
    shown = []
    for element in block["elements"]:
        show = _STRUCTURES.get(element["type"])
        shown.append(show(element, reader) if show else unknown("element", element["type"]))
    return tag("div", {"class": "rich"}, *shown)
