"""Layout blocks as lines of text."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Any

from sandbox.slack.render.controls import control_lines, text_of
from sandbox.slack.render.lines import beside, flowed, visible, width_of, wrapped
from sandbox.slack.render.mrkdwn import with_emoji
from sandbox.slack.render.reader import Reader
from sandbox.slack.render.rich_text import rich_text_lines

Json = Mapping[str, Any]

_GAP = "  "
_INDENT = "  "
_COLUMN_GAP = " │ "
_ALERTS = {"default": "Note", "info": "Info", "warning": "Warning", "error": "Error", "success": "Success"}


@dataclass(frozen=True, slots=True)
class Page:
    """What is entered and refused around the blocks.

    Attributes:
        reader: who reads.
        values: `view.state.values`: by block_id and action_id.
        errors: what is wrong with an input, by block_id.
    """

    reader: Reader
    values: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)

    def entered(self, block: Json, element: Json) -> Json:
        """What was entered into an element."""
        return self.values.get(block.get("block_id", ""), {}).get(element.get("action_id", ""), {})

    def control(self, block: Json, element: Json) -> list[str]:
        """An element of a block as a person sees it."""
        return control_lines(element, self.entered(block, element), self.reader)


def _indented(text: str, reader: Reader, sign: str = "") -> list[str]:
    width = None if reader.width is None else reader.width - len(_INDENT) - len(sign)
    first, *more = wrapped(text, width)
    return [f"{_INDENT}{sign}{first}", *(f"{_INDENT}{' ' * len(sign)}{line}" for line in more)]


def _header(block: Json, page: Page) -> list[str]:
    lines = wrapped(text_of(block["text"], page.reader), page.reader.width)
    return [*lines, "─" * max(map(width_of, lines))]


def _divider(_: Json, page: Page) -> list[str]:
    return ["─" * (page.reader.width or 3)]


def _fields(block: Json, reader: Reader) -> list[str]:
    texts = [text_of(one, reader) for one in block.get("fields", ())]
    if reader.width is None:
        return [line for text in texts for line in wrapped(text, None)]
    width = (reader.width - len(_GAP)) // 2
    pairs = zip_longest(texts[::2], texts[1::2], fillvalue="")
    return [line for pair in pairs for line in beside([wrapped(text, width) for text in pair], [width] * 2, _GAP)]


def _section(block: Json, page: Page) -> list[str]:
    reader, accessory = page.reader, block.get("accessory")
    control = page.control(block, accessory) if accessory else []
    if len(control) == 1 and reader.width is not None and width_of(control[0]) <= reader.width // 2:
        width = reader.width - width_of(control[0]) - len(_GAP)
        text = _section_text(block, replace(reader, width=width))
        return beside([text, control], [width, width_of(control[0])], _GAP)
    return [*_section_text(block, reader), *(line for part in control for line in _indented(part, reader))]


def _section_text(block: Json, reader: Reader) -> list[str]:
    text = wrapped(text_of(block["text"], reader), reader.width) if "text" in block else []
    return [*text, *_fields(block, reader)]


def _context(block: Json, page: Page) -> list[str]:
    parts = [
        text_of(one, page.reader) if "text" in one else "\n".join(page.control(block, one)) for one in block["elements"]
    ]
    width = None if page.reader.width is None else page.reader.width - len(_INDENT)
    return [page.reader.dim(f"· {line}") for line in flowed(parts, "   ", width)]


def _actions(block: Json, page: Page) -> list[str]:
    lines, row = list[str](), list[str]()
    for control in (page.control(block, element) for element in block["elements"]):
        if len(control) == 1:
            row += control
        else:
            lines += flowed(row, _GAP, page.reader.width)
            lines += [line for part in control for line in wrapped(part, page.reader.width)]
            row = []
    return [*lines, *flowed(row, _GAP, page.reader.width)]


def _input(block: Json, page: Page) -> list[str]:
    reader = page.reader
    label = text_of(block["label"], reader) + (" (optional)" if block.get("optional") else "")
    hint = _indented(text_of(block["hint"], reader), reader) if "hint" in block else []
    error = page.errors.get(block.get("block_id", ""))
    return [
        *wrapped(label, reader.width),
        *(line for part in page.control(block, block["element"]) for line in _indented(part, reader)),
        *(_indented(error, reader, "✗ ") if error else []),
        *map(reader.dim, hint),
    ]


def _image(block: Json, page: Page) -> list[str]:
    title = [text_of(block["title"], page.reader)] if "title" in block else []
    return [line for part in (*title, *page.control(block, block)) for line in wrapped(part, page.reader.width)]


def _alert(block: Json, page: Page) -> list[str]:
    text = f"{_ALERTS[block.get('level', 'default')]}: {text_of(block['text'], page.reader)}"
    width = None if page.reader.width is None else page.reader.width - len(_INDENT)
    return [f"▌ {line}" for line in wrapped(text, width)]


def _cell(cell: Json, reader: Reader) -> list[str]:
    lines = rich_text_lines(cell, reader) if cell["type"] == "rich_text" else wrapped(cell["text"], reader.width)
    return lines or [""]


def _column_widths(natural: Sequence[int], width: int | None) -> list[int]:
    """Widths that share the room: a column under its equal share keeps its own, the others share what is left."""
    if width is None:
        return list(natural)
    room, widths = width - len(_COLUMN_GAP) * (len(natural) - 1), dict[int, int]()
    for rank, column in enumerate(sorted(range(len(natural)), key=natural.__getitem__)):
        widths[column] = max(min(natural[column], room // (len(natural) - rank)), 1)
        room -= widths[column]
    return [widths[column] for column in range(len(natural))]


def _table(block: Json, page: Page) -> list[str]:
    count = max(map(len, block["rows"]))
    rows = [[*row, *[{"type": "raw_text", "text": ""}] * (count - len(row))] for row in block["rows"]]
    unbroken = replace(page.reader, width=None)
    natural = [max(width_of(line) for row in rows for line in _cell(row[column], unbroken)) for column in range(count)]
    widths = _column_widths(natural, page.reader.width)
    settings = [*block.get("column_settings", ()), *[None] * count][:count]
    aligns = [(setting or {}).get("align", "left") for setting in settings]
    shown = [
        beside(
            [_cell(cell, replace(page.reader, width=width)) for cell, width in zip(row, widths, strict=True)],
            widths,
            _COLUMN_GAP,
            aligns,
        )
        for row in rows
    ]
    rule = "─┼─".join("─" * width for width in widths)
    return [*shown[0], rule, *(line for row in shown[1:] for line in row)]


_SHOWN_AS: Mapping[str, Callable[[Json, Page], list[str]]] = {
    "header": _header,
    "section": _section,
    "divider": _divider,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "image": _image,
    "alert": _alert,
    "rich_text": lambda block, page: rich_text_lines(block, page.reader),
    "markdown": lambda block, page: wrapped(with_emoji(block["text"]), page.reader.width),
    "table": _table,
}

_FREE_LINE_BEFORE = frozenset({"header", "input", "table", "alert"})
_FREE_LINE_AFTER = frozenset({"input", "table", "alert"})


def block_lines(block: Json, page: Page) -> list[str]:
    """The lines of one block; a block of an unknown type is one loud line."""
    show = _SHOWN_AS.get(block["type"])
    return show(block, page) if show else [visible(f"!! unknown block: {block['type']} !!")]


def page_lines(blocks: Sequence[Json], page: Page) -> list[str]:
    """The lines of blocks under each other, with a free line around what stands for itself."""
    lines = list[str]()
    before = ""
    for block in blocks:
        if lines and (block["type"] in _FREE_LINE_BEFORE or before in _FREE_LINE_AFTER):
            lines.append("")
        lines += block_lines(block, page)
        before = block["type"]
    return lines
