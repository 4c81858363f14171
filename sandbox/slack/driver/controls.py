"""Finding the button, menu or field that a person means."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.slack.driver.errors import CannotDoError
from sandbox.slack.elements import Element, elements_in
from sandbox.slack.render import render_block_text
from sandbox.slack.render.reader import Reader

OVERFLOW_SIGN = "⋯"
CONTINUING = frozenset({"actions", "context"})
"""Blocks that belong to the row of the block above them …"""
ENDING = frozenset({"actions", "divider"})
"""… unless that one ends a row."""


@dataclass(frozen=True)
class Sought:
    """What a person means to use.

    Attributes:
        name: The text on it, its label for screen readers, its placeholder, its field's label, or its action_id.
        types: The types of element that it may be.
        near: A text in the same row, where several rows have an element of that name. A row is the element's block;
            buttons and small print below a block belong to its row too.
    """

    name: str
    types: Collection[str]
    near: str | None = None

    def find(self, blocks: Sequence[Mapping[str, Any]], reader: Reader) -> Element:
        """Return the one element that is meant.

        Raises:
            CannotDoError: There is none, or there are several.
        """
        candidates = [element for element in elements_in(blocks) if element.type in self.types]
        found = [
            each
            for each in candidates
            if self.name in names_of(each) and (self.near is None or self.near in _row(blocks, each, reader))
        ]
        if len(found) == 1:
            return found[0]
        where = f" near {self.near!r}" if self.near else ""
        offered = ", ".join(sorted({main_name(each) for each in candidates})) or "nothing"
        raise CannotDoError(f"{len(found)} elements are called {self.name!r}{where}; on the screen: {offered}.")


def main_name(element: Element) -> str:
    """Return what a person calls an element."""
    json = element.json
    if element.type == "overflow":
        return OVERFLOW_SIGN
    label = element.block.get("label") if element.in_input else None
    text = json.get("text") or label or json.get("placeholder") or {}
    return str(text.get("text") or json["action_id"])


def names_of(element: Element) -> set[str]:
    """Return everything by which an element can be called."""
    return {main_name(element), str(element.json["action_id"]), str(element.json.get("accessibility_label"))}


def option_named(options: Iterable[Mapping[str, Any]], text: str) -> dict[str, Any]:
    """Return the option that shows this text.

    Raises:
        CannotDoError: It is not offered, or twice.
    """
    listed = list(options)
    found = [option for option in listed if option["text"]["text"] == text]
    if len(found) != 1:
        shown = ", ".join(option["text"]["text"] for option in listed)
        raise CannotDoError(f"The option {text!r} is offered {len(found)} times; offered: {shown or 'none'}.")
    return dict(found[0])


def _row(blocks: Sequence[Mapping[str, Any]], element: Element, reader: Reader) -> str:
    last = next(number for number, block in enumerate(blocks) if block is element.block)
    first = last
    while blocks[first]["type"] in CONTINUING and first > 0 and blocks[first - 1]["type"] not in ENDING:
        first -= 1
    return "\n".join(render_block_text(block, reader) for block in blocks[first : last + 1])
