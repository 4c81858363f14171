"""What a person would see of blocks, as plain text for a terminal. Pure.

Signs: `(!)` a danger button, `(*)` a primary one, `↗` leads to a web page, `⋯` an overflow menu with its options,
`▾` a menu, `[x]` and `(•)` what is chosen, `✗` an error under a field, `·` context.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sandbox.slack.blocks.objects import offered_options
from sandbox.slack.render.controls import text_of
from sandbox.slack.render.layouts import Page, block_lines, page_lines
from sandbox.slack.render.lines import boxed, visible, width_of, wrapped
from sandbox.slack.render.mrkdwn import mrkdwn_text
from sandbox.slack.render.reader import ANYONE, Reader

__all__ = [
    "InteractiveElement",
    "Reader",
    "interactive_elements",
    "render_block_text",
    "render_message_text",
    "render_view_text",
]

_FRAME = 4  # columns that a box takes away


def render_block_text(block: Mapping[str, Any], reader: Reader = ANYONE) -> str:
    """One block as text."""
    return "\n".join(block_lines(block, Page(reader)))


def render_message_text(message: Mapping[str, Any], reader: Reader = ANYONE) -> str:
    """The content of a message as text: its blocks, or its `text` where it has none; then its files.

    Slack shows `text` beside blocks in notifications and to screen readers only.
    """
    blocks = message.get("blocks")
    text = mrkdwn_text(message.get("text") or "", reader)
    lines = page_lines(blocks, Page(reader)) if blocks else wrapped(text, reader.width) if text else []
    return "\n".join([*lines, *map(_file_line, message.get("files") or ())])


def _file_line(file: Mapping[str, Any]) -> str:
    size = f", {file['size']:,} bytes" if "size" in file else ""
    return f"[file: {visible(file.get('title') or file['name'])}{size}]"


def render_view_text(
    view: Mapping[str, Any], reader: Reader = ANYONE, *, errors: Mapping[str, str] | None = None
) -> str:
    """A modal or an App Home as a framed page.

    Args:
        view: the view; where it has a `state`, fields show what was entered, else what they start with.
        reader: who reads.
        errors: what is wrong with an input, by block_id, as `response_action: errors` says it.
    """
    inside = replace(reader, width=None if reader.width is None else reader.width - _FRAME)
    body = page_lines(view["blocks"], Page(inside, (view.get("state") or {}).get("values", {}), errors or {}))
    title = text_of(view["title"], reader) if "title" in view else "App Home"
    footer = _view_buttons(view, reader) if view["type"] == "modal" else ""
    width = reader.width or max(map(width_of, (*body, title, footer))) + _FRAME
    return "\n".join(boxed(visible(title), body, visible(footer), width))


def _view_buttons(view: Mapping[str, Any], reader: Reader) -> str:
    # Assumed: Slack's own word is "Cancel" beside a submit button and "Close" without one.
    default = "Cancel" if "submit" in view else "Close"
    buttons = [f"[ {text_of(view['close'], reader) if 'close' in view else default} ]"]
    if "submit" in view:
        off = " (disabled)" if view.get("submit_disabled") else ""
        buttons.append(f"[ {text_of(view['submit'], reader)}{off} ]")
    return "  ".join(buttons)


@dataclass(frozen=True, slots=True)
class InteractiveElement:
    """Something in a page that can be pressed, chosen or typed into.

    Attributes:
        block_id: of its block; "" where the app gave none.
        action_id: its own; "" where the app gave none.
        type: its type, such as "button".
        text: what a person would call it: the text of a button, the label of an input, the placeholder of a menu,
            or "⋯" for an overflow menu.
        element: the element as JSON.
        options: the options that stand in it, those of groups included.
    """

    block_id: str
    action_id: str
    type: str
    text: str
    element: Mapping[str, Any]
    options: tuple[Mapping[str, Any], ...]


def interactive_elements(blocks: Sequence[Mapping[str, Any]]) -> list[InteractiveElement]:
    """The interactive elements of blocks, in the order in which a person meets them."""
    return [
        InteractiveElement(
            block.get("block_id", ""),
            element.get("action_id", ""),
            element["type"],
            _called(block, element),
            element,
            tuple(offered_options(element)),
        )
        for block in blocks
        for element in _elements(block)
    ]


def _elements(block: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    accessory = block.get("accessory")
    if accessory and accessory["type"] != "image":
        yield accessory
    if block["type"] == "input":
        yield block["element"]
    if block["type"] == "actions":
        yield from block["elements"]


def _called(block: Mapping[str, Any], element: Mapping[str, Any]) -> str:
    if element["type"] == "overflow":
        return "⋯"
    label = block["label"] if block["type"] == "input" else None
    text = element.get("text") or label or element.get("placeholder")
    return text_of(text, ANYONE) if text else ""
