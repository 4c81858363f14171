"""HTML from Python values: what is not `Markup` already is escaped. Knows nothing of Slack."""

import html
from collections.abc import Mapping
from urllib.parse import urlsplit

from sandbox.slack.render.lines import visible

Value = str | int | bool | None
Attributes = Mapping[str, Value]
"""True is an attribute without a value; False and None leave it out."""

_VOID = frozenset({"br", "hr", "input"})
_FOLLOWED_SCHEMES = frozenset({"http", "https", "mailto"})


class Markup(str):
    """HTML that is safe as it is."""

    __slots__ = ()


def escaped(text: str) -> Markup:
    """Text as HTML; characters that would hide or turn it are shown instead of obeyed."""
    return text if isinstance(text, Markup) else Markup(html.escape(visible(text)))


def joined(*parts: str) -> Markup:
    """Texts and HTML one after the other."""
    return Markup("".join(map(escaped, parts)))


def tag(name: str, attributes: Attributes | None = None, *content: str) -> Markup:
    """An element with its content."""
    opening = f"<{name}{''.join(_attribute(key, value) for key, value in (attributes or {}).items())}>"
    return Markup(opening if name in _VOID else f"{opening}{joined(*content)}</{name}>")


def link(url: str, *content: str, classes: str = "") -> Markup:
    """A link that opens beside the page; where following the address would run something, its content alone."""
    if not may_be_followed(url):
        return tag("span", {"class": classes or None, "title": url}, *content)
    leading = {"href": url, "target": "_blank", "rel": "noopener noreferrer", "class": classes or None}
    return tag("a", leading, *content)


def may_be_followed(url: str) -> bool:
    """Whether an address leads to a page or a mail, and not to a script."""
    try:
        return urlsplit(url).scheme.lower() in _FOLLOWED_SCHEMES
    except ValueError:
        return False


def _attribute(key: str, value: Value) -> str:
    if value is None or value is False:
        return ""
    return f" {key}" if value is True else f' {key}="{html.escape(str(value))}"'
