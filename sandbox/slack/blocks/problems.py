"""What the validator finds, and where."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

Check = Callable[[object, str], Iterable["Problem"]]
"""Judges one JSON value that stands at a JSON pointer."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing for which Slack refuses a payload.

    Attributes:
        pointer: where, as a JSON pointer (RFC 6901) into the value that was judged; "" is the whole value.
        code: what kind, in snake_case. Where Slack has an error name of its own for it (`no_text`,
            `msg_too_long`, `msg_blocks_too_long`, `markdown_text_conflict`, `view_too_large`,
            `only_one_table_allowed`), it is that name.
        message: one sentence for the person who mends the payload.
    """

    pointer: str
    code: str
    message: str


def pointer_to(parent: str, step: str | int) -> str:
    """The JSON pointer of a member of the value at `parent`."""
    return f"{parent}/{str(step).replace('~', '~0').replace('/', '~1')}"
