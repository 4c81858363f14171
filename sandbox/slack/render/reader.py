"""Who reads: what makes the same blocks look different to two people."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo


def as_it_is(text: str) -> str:
    """Leave a line without decoration."""
    return text


@dataclass(frozen=True, slots=True)
class Reader:
    """A person at a terminal.

    Attributes:
        zone: the time zone in which dates are shown.
        now: the reader's present, for "today" and "3 minutes ago"; None shows dates in full.
        names: what to show for the id of a user, channel or user group; an id that is not here shows itself.
        width: columns of the terminal; None breaks lines only where the text does.
        dim: decorates a line of context or a hint, for instance with ANSI codes (SGR: they take no columns).
    """

    zone: tzinfo = UTC
    now: datetime | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    width: int | None = 100
    dim: Callable[[str], str] = as_it_is

    def name_of(self, identifier: str) -> str:
        """The name of a user, channel or user group, or its id."""
        return self.names.get(identifier, identifier)


ANYONE = Reader()
