"""Pages of a list that are as they should be, read many times as quickly as `bot.vi.wire` reads any page.

A page has a thousand items of some 4 KB, of which a list shows 100 bytes: what is not asked for is passed over here
without being made. What does not fit to the letter is nothing here; `bot.vi.wire` then reads it its own, lenient way.
"""

from typing import Annotated, TypeVar

import msgspec

_Id = Annotated[str, msgspec.Meta(min_length=1)]
# As in `bot.vi.wire`: from 1970 to the end of the year 9999.
_Milliseconds = Annotated[float, msgspec.Meta(ge=0, lt=253_402_300_800_000)] | None


# Nothing here refers to what refers to it again, so the garbage collector need not look at it.
class _Shape(msgspec.Struct, rename="camel", gc=False):
    """An object of the wire, of which only the fields named are read."""


class Metadata(_Shape):
    """When something was made and changed."""

    time_created: _Milliseconds = None
    last_updated: _Milliseconds = None


class FlowSpec(_Shape):
    """What a list shows of a configuration."""

    name: str
    training_project: str | None = None


class Flow(_Shape):
    """A workflow."""

    flow_id: _Id
    spec: FlowSpec
    metadata: Metadata


class Condition(_Shape):
    """Where a run stands, or stood."""

    condition: str
    status: str
    last_transition_time: _Milliseconds = None


class RunSpec(_Shape):
    """What a list shows of a run's configuration."""

    flow: FlowSpec
    killed_at: _Milliseconds = None
    training_project: str | None = None


class RunStatus(_Shape):
    """How a run is doing."""

    conditions: tuple[Condition, ...]


class Run(_Shape):
    """A run."""

    run_id: _Id
    spec: RunSpec
    status: RunStatus
    metadata: Metadata


class Flows(_Shape):
    """A page of workflows."""

    items: tuple[Flow, ...]


class Runs(_Shape):
    """A page of runs."""

    items: tuple[Run, ...]


class Link(_Shape):
    """The token of the page after this one."""

    next_page: str | int | None = None


class LinkThere(_Shape):
    """The same, and it must be named."""

    next_page: str | int | None


FLOWS = msgspec.json.Decoder(Flows)
RUNS = msgspec.json.Decoder(Runs)
LINK = msgspec.json.Decoder(Link)
_LINK_THERE = msgspec.json.Decoder(LinkThere)

_Page = TypeVar("_Page", Flows, Runs, Link, LinkThere)


def quickly(decoder: msgspec.json.Decoder[_Page], body: bytes) -> _Page | None:
    """The page, or None where anything that is asked for is not as it should be."""
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def link_of(body: bytes) -> Link | LinkThere | None:
    """The token of the page after this one, looked for behind the items first; None as for `quickly`.

    What follows the last array is read as the end of an object, and it is that of the whole page: whatever else were
    still open would need one more brace. So four megabytes need not be gone through before the next page is asked for.
    That the rest of the page is as it should be is not looked at here.
    """
    return quickly(_LINK_THERE, b'{"items":[' + body[body.rfind(b"]") :]) or quickly(LINK, body)
