"""Layout blocks, one description each, and the surfaces on which each may stand."""

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.slack.blocks import limits
from sandbox.slack.blocks.checks import (
    Keys,
    Shape,
    Typed,
    array,
    at_least_one_of,
    boolean,
    choice,
    integer,
    nullable,
    number,
    string,
)
from sandbox.slack.blocks.elements import (
    ACTIONS_ELEMENT,
    ELEMENTS,
    IMAGE,
    INPUT_ELEMENT,
    SECTION_ACCESSORY,
    element_of,
)
from sandbox.slack.blocks.limits import Surface
from sandbox.slack.blocks.objects import plain_text, text, text_shapes
from sandbox.slack.blocks.problems import Check
from sandbox.slack.blocks.rich_text import RICH_TEXT_ELEMENT


@dataclass(frozen=True, slots=True)
class Layout:
    """A block type, and where Slack shows it."""

    shape: Shape
    surfaces: frozenset[Surface]


_EVERYWHERE: frozenset[Surface] = frozenset({"message", "modal", "home"})
_MESSAGES: frozenset[Surface] = frozenset({"message"})
_MODALS: frozenset[Surface] = frozenset({"modal"})

_BLOCK: Keys = {"block_id": string(limits.BLOCK_ID)}

_CONTEXT_ELEMENT = Typed(
    "element",
    {"image": IMAGE, **text_shapes(limits.CONTEXT_TEXT)},
    element_of("context", {}, ELEMENTS).refused,
)

_RICH_TEXT_ELEMENTS = {"elements": array(RICH_TEXT_ELEMENT)}

_TABLE_CELL = Typed(
    "cell",
    {
        "raw_text": Shape("raw_text", {"text": string()}),
        "raw_number": Shape("raw_number", {"value": number, "text": string()}),
        "rich_text": Shape("rich_text", _RICH_TEXT_ELEMENTS),
    },
)

_COLUMN_SETTING = Shape("column setting", optional={"align": choice("left", "center", "right"), "is_wrapped": boolean})

LAYOUTS: Mapping[str, Layout] = {
    layout.shape.name: layout
    for layout in (
        Layout(
            Shape(
                "section",
                optional={
                    **_BLOCK,
                    "text": text(limits.SECTION_TEXT),
                    "fields": array(text(limits.SECTION_FIELD_TEXT), limits.SECTION_FIELDS),
                    "accessory": SECTION_ACCESSORY,
                    "expand": boolean,
                },
                rules=(at_least_one_of("text", "fields"),),
            ),
            _EVERYWHERE,
        ),
        Layout(
            Shape(
                "header",
                {"text": plain_text(limits.HEADER_TEXT)},
                {**_BLOCK, "level": integer(1, limits.HEADER_LEVEL)},
            ),
            _EVERYWHERE,
        ),
        Layout(Shape("divider", optional=_BLOCK), _EVERYWHERE),
        Layout(
            Shape("context", {"elements": array(_CONTEXT_ELEMENT, limits.CONTEXT_ELEMENTS)}, _BLOCK),
            _EVERYWHERE,
        ),
        Layout(
            Shape("actions", {"elements": array(ACTIONS_ELEMENT, limits.ACTIONS_ELEMENTS)}, _BLOCK),
            _EVERYWHERE,
        ),
        Layout(
            Shape(
                "input",
                {"label": plain_text(limits.INPUT_LABEL), "element": INPUT_ELEMENT},
                {
                    **_BLOCK,
                    "hint": plain_text(limits.INPUT_HINT),
                    "optional": boolean,
                    "dispatch_action": boolean,
                },
            ),
            _EVERYWHERE,
        ),
        Layout(
            Shape(
                "image",
                IMAGE.required,
                {**IMAGE.optional, **_BLOCK, "title": plain_text(limits.IMAGE_TITLE)},
                IMAGE.rules,
            ),
            _EVERYWHERE,
        ),
        Layout(Shape("rich_text", _RICH_TEXT_ELEMENTS, _BLOCK), _EVERYWHERE),
        # The reference lists Home tabs too, but they are reported to refuse it. Assumed: messages only.
        Layout(
            Shape(
                "table",
                {"rows": array(array(_TABLE_CELL, limits.TABLE_CELLS), limits.TABLE_ROWS)},
                {
                    **_BLOCK,
                    "column_settings": array(nullable(_COLUMN_SETTING), limits.TABLE_COLUMN_SETTINGS),
                },
            ),
            _MESSAGES,
        ),
        Layout(Shape("markdown", {"text": string(limits.MARKDOWN_TEXT)}, _BLOCK), _MESSAGES),
        # The reference says modals only; a sample of Slack's own shows one in a message. Assumed: modals only.
        Layout(
            Shape(
                "alert",
                {"text": text(limits.ALERT_TEXT)},
                {**_BLOCK, "level": choice("default", "info", "warning", "error", "success")},
            ),
            _MODALS,
        ),
    )
}
"""All blocks that the sandbox knows, by type."""

UNSUPPORTED_BLOCKS = (
    "auth_provider",
    "call",
    "card",
    "carousel",
    "container",
    "context_actions",
    "data_table",
    "data_visualization",
    "plan",
    "task_card",
    "video",
)
"""Blocks that Slack has and the sandbox does not."""


def block_on(surface: Surface) -> Check:
    """A block that may stand on this surface."""
    allowed = {name: layout.shape for name, layout in LAYOUTS.items() if surface in layout.surfaces}
    refused = {
        **dict.fromkeys(LAYOUTS, ("block_not_allowed", f"'{{type}}' cannot stand on a {surface} surface.")),
        **dict.fromkeys(UNSUPPORTED_BLOCKS, ("unsupported_block", "The sandbox does not know the block '{type}'.")),
        "file": ("block_not_allowed", "'{type}' comes from Slack; an app cannot send it."),
    }
    return Typed("block", allowed, refused)
