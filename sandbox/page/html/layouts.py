"""Layout blocks as HTML."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.page.html.controls import control_html, image_html, texts_html
from sandbox.page.html.markup import Markup, joined, tag
from sandbox.page.html.mrkdwn import text_html
from sandbox.page.html.rich_text import rich_text_html, unknown
from sandbox.slack.render.mrkdwn import with_emoji
from sandbox.slack.render.reader import Reader

Json = Mapping[str, Any]

_ALERT_SIGNS = {"default": "◆", "info": "i", "warning": "!", "error": "✗", "success": "✓"}


@dataclass(frozen=True, slots=True)
class Surface:
    """What is around the blocks.

    Attributes:
        reader: who reads.
        prefix: begins every id in the HTML, so that no two surfaces share one.
        values: `state.values`: what is entered, by block_id and action_id.
        errors: what is wrong with an input, by block_id.
    """

    reader: Reader
    prefix: str = ""
    values: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def control(self, block: Json, element: Json, described_by: str | None = None) -> Markup:
        """An element of a block as a person sees it."""
        entered = self.values.get(block.get("block_id", ""), {}).get(element.get("action_id", ""), {})
        return control_html(block, element, entered, self.reader, described_by)


def _header(block: Json, surface: Surface) -> Markup:
    level = block.get("level", 1)
    return tag("div", {"role": "heading", "aria-level": 2 + level}, text_html(block["text"], surface.reader))


def _section(block: Json, surface: Surface) -> Markup:
    reader, accessory = surface.reader, block.get("accessory")
    text = [tag("div", {"class": "text"}, text_html(block["text"], reader))] if "text" in block else []
    if "fields" in block:
        text.append(tag("div", {"class": "fields"}, texts_html(block["fields"], reader, {"class": "text"})))
    beside = [tag("div", {"class": "accessory"}, surface.control(block, accessory))] if accessory else []
    return joined(tag("div", {"class": "body"}, *text), *beside)


def _context(block: Json, surface: Surface) -> Markup:
    return joined(
        *(
            tag("span", None, text_html(one, surface.reader)) if "text" in one else surface.control(block, one)
            for one in block["elements"]
        )
    )


def _actions(block: Json, surface: Surface) -> Markup:
    return joined(*(surface.control(block, element) for element in block["elements"]))


def _input(block: Json, surface: Surface) -> Markup:
    reader, name = surface.reader, f"{surface.prefix}{block.get('block_id', '')}"
    optional = [tag("span", {"class": "optional"}, " (optional)")] if block.get("optional") else []
    label = tag("div", {"class": "label"}, text_html(block["label"], reader), *optional)
    hint_id, error_id = f"hint {name}".replace(" ", "-"), f"error {name}".replace(" ", "-")
    error = surface.errors.get(block.get("block_id", ""), "")
    below = [tag("div", {"class": "error", "id": error_id, "role": "alert", "hidden": not error}, error)]
    if "hint" in block:
        below.append(tag("div", {"class": "hint", "id": hint_id}, text_html(block["hint"], reader)))
    described_by = f"{error_id} {hint_id}" if "hint" in block else error_id
    return joined(label, surface.control(block, block["element"], described_by), *below)


def _image(block: Json, surface: Surface) -> Markup:
    title = [tag("div", {"class": "title"}, text_html(block["title"], surface.reader))] if "title" in block else []
    return joined(*title, image_html(block))


def _alert(block: Json, surface: Surface) -> Markup:
    level = block.get("level", "default")
    sign = tag("span", {"class": "sign", "aria-hidden": "true"}, _ALERT_SIGNS[level])
    text = tag("div", {"class": "text"}, text_html(block["text"], surface.reader))
    return tag("div", {"class": f"alert {level}", "role": "note"}, sign, text)


def _cell(cell: Json, reader: Reader) -> Markup:
    return rich_text_html(cell, reader) if cell["type"] == "rich_text" else joined(cell["text"])


def _table(block: Json, surface: Surface) -> Markup:
    count = max(map(len, block["rows"]))
    settings = [*block.get("column_settings", ()), *[None] * count][:count]
    aligns = [(setting or {}).get("align", "left") for setting in settings]
    rows = (
        tag(
            "tr",
            None,
            *(
                tag("td" if number else "th", {"data-align": align}, _cell(cell, surface.reader))
                for cell, align in zip(row, aligns, strict=False)
            ),
        )
        for number, row in enumerate(block["rows"])
    )
    return tag("table", None, *rows)


_SHOWN_AS: Mapping[str, Callable[[Json, Surface], Markup]] = {
    "header": _header,
    "section": _section,
    "divider": lambda _, __: tag("hr"),
    "context": _context,
    "actions": _actions,
    "input": _input,
    "image": _image,
    "alert": _alert,
    "rich_text": lambda block, surface: rich_text_html(block, surface.reader),
    # Its Markdown is shown as it was written.
    "markdown": lambda block, _: tag("div", {"class": "text"}, with_emoji(block["text"])),
    "table": _table,
}


def block_html(block: Json, surface: Surface) -> Markup:
    """One block; a block of an unknown type is a loud box."""
    show = _SHOWN_AS.get(block["type"])
    if show is None:
        return tag("div", {"class": "block"}, unknown("block", block["type"]))
    return tag("div", {"class": f"block {block['type']}"}, show(block, surface))


def blocks_html(blocks: Sequence[Json], surface: Surface) -> Markup:
    """Blocks under each other."""
    return joined(*(block_html(block, surface) for block in blocks))
