"""Text in a terminal: widths, wrapping, columns and boxes. Knows nothing of Slack."""

import re
from collections.abc import Sequence
from itertools import zip_longest

from rich.cells import cell_len, chop_cells

# Characters that would move the cursor, hide text or turn its direction. A person shall see that they are there.
_INVISIBLE = (
    *range(0x80, 0xA0),
    0x061C,
    *range(0x200B, 0x2010),
    *range(0x2028, 0x202F),
    *range(0x2060, 0x206A),
    0xFEFF,
)
_JOINERS = (0x200C, 0x200D)  # they make one emoji of several, and letters of some scripts
_SHOWN = str.maketrans(
    {
        **{code: chr(0x2400 + code) for code in range(0x20)},
        0x7F: "\u2421",
        "\n": "\n",
        "\t": "    ",
        **{code: f"<U+{code:04X}>" for code in _INVISIBLE if code not in _JOINERS},
    }
)


_DECORATION = re.compile(r"\x1b\[[0-9;]*m")


def width_of(text: str) -> int:
    """The columns that a text takes: two for wide characters, none for decoration."""
    return cell_len(_DECORATION.sub("", text))


def visible(text: str) -> str:
    """Text that can do nothing to a terminal: control and bidi characters are shown instead of obeyed."""
    return text.replace("\r\n", "\n").translate(_SHOWN)


def padded(text: str, width: int, align: str = "left") -> str:
    """Text with spaces up to a number of columns."""
    room = max(width - width_of(text), 0)
    before = {"left": 0, "center": room // 2, "right": room}[align]
    return " " * before + text + " " * (room - before)


def _wrapped_line(line: str, width: int) -> list[str]:
    indent = line[: len(line) - len(line.lstrip(" "))][: width // 2]
    lines, current = list[str](), indent
    for word in line.split(" "):
        if not word:
            continue
        for piece in chop_cells(word, max(width - len(indent), 1)):
            longer = current + (" " if current.strip(" ") else "") + piece
            if current.strip(" ") and width_of(longer) > width:
                lines.append(current)
                longer = indent + piece
            current = longer
    return [*lines, current]


def wrapped(text: str, width: int | None) -> list[str]:
    """The lines of a text, broken between words where they are wider than a number of columns.

    A line that fits keeps its spaces; a line that does not keeps its indentation.
    """
    lines = visible(text).split("\n")
    if width is None:
        return [line.rstrip(" ") for line in lines]
    return [
        part.rstrip(" ")
        for line in lines
        for part in ([line] if width_of(line) <= width else _wrapped_line(line, width))
    ]


def flowed(parts: Sequence[str], gap: str, width: int | None) -> list[str]:
    """Parts beside each other, in as many lines as it takes; a part of several lines stands alone."""
    lines = list[str]()
    for part in parts:
        first, *more = wrapped(part, width)
        if lines and not more and (width is None or width_of(lines[-1] + gap + first) <= width):
            lines[-1] += gap + first
        else:
            lines += [first, *more]
    return lines


def beside(cells: Sequence[Sequence[str]], widths: Sequence[int], gap: str, aligns: Sequence[str] = ()) -> list[str]:
    """Columns of lines beside each other."""
    sides = aligns or ("left",) * len(widths)
    return [
        gap.join(padded(line, width, side) for line, width, side in zip(row, widths, sides, strict=True)).rstrip(" ")
        for row in zip_longest(*cells, fillvalue="")
    ]


def boxed(title: str, body: Sequence[str], footer: str, width: int) -> list[str]:
    """Lines in a frame with a title in its upper edge and, where there is one, a footer at its right."""
    inner = width - 4
    edge = f"─ {title} "
    rows = [*body, None, padded(footer, inner, "right")] if footer else [*body]
    return [
        f"┌{edge}{'─' * (width - 2 - width_of(edge))}┐",
        *(f"├{'─' * (width - 2)}┤" if row is None else f"│ {padded(row, inner)} │" for row in rows),
        f"└{'─' * (width - 2)}┘",
    ]
