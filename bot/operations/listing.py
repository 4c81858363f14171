"""Lists of workflows, page by page.

They are shown as the index has them while that is recent, else as the platform has them now; where the platform cannot
be read, as it last had them. Each says when it was read.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bot.domain.audit import Action
from bot.domain.listing import Page, Query, Sort, page_of
from bot.domain.people import Request
from bot.domain.policy import Role
from bot.domain.screen import ScreenId
from bot.domain.workflow import JsonObject, Run
from bot.operations.access import authorize
from bot.operations.index import WorkflowIndex
from bot.operations.recording import Operation, one_entry
from bot.operations.screens import screen_state, tell_and_keep
from bot.operations.warm import Age
from bot.ports import Resources

_KIND = "listing"


@dataclass(frozen=True, slots=True)
class Listing:
    """One page.

    Attributes:
        screen_id: the id under which its buttons find it again; empty where it could not be kept.
        age: of which moment the workflows are; the runs, where they are asked for, are always of now.
    """

    page: Page
    screen_id: ScreenId
    age: Age


async def list_workflows(resources: Resources, index: WorkflowIndex, request: Request, query: Query) -> Listing:
    """The first page.

    Raises:
        Refused: this is for viewers.
        ViError: nothing was ever read, or runs are asked for and cannot be.
    """
    async with one_entry(resources, request, Action.LIST) as entry:
        return await _listing(entry, index, query, 1)


async def turn_page(
    resources: Resources, index: WorkflowIndex, request: Request, screen_id: ScreenId, by: int = 0, *, fresh: bool
) -> Listing:
    """The page `by` pages on from the one on the screen; `fresh` reads it from the platform.

    Raises:
        OutOfDate: the screen is older than a day and forgotten.
        Refused, ViError: as `list_workflows`.
    """
    async with one_entry(resources, request, Action.LIST) as entry:
        state = await screen_state(resources, screen_id, _KIND)
        return await _listing(entry, index, _query(state), state["page"] + by, fresh=fresh)


async def query_on_screen(resources: Resources, screen_id: ScreenId) -> Query:
    """What the list on the screen was asked for.

    Raises:
        OutOfDate: as `turn_page`.
    """
    return _query(await screen_state(resources, screen_id, _KIND))


def _query(state: JsonObject) -> Query:
    return Query(**{**state["query"], "sort": Sort(state["query"]["sort"])})


async def _listing(
    entry: Operation, index: WorkflowIndex, query: Query, number: int, *, fresh: bool = False
) -> Listing:
    resources = entry.resources
    await authorize(entry, Role.VIEWER)
    _read, runs = await asyncio.gather(_read_if_old(index, fresh=fresh or query.fresh), _runs(resources, query))
    age = index.age
    if index.error is not None and age.read_at is None:
        raise index.error.with_traceback(None)  # the same one for all who ask
    page = page_of(index.workflows, index.projects, runs, query, number)
    asked = {name: value for name, value in {**asdict(query), "sort": query.sort.value}.items() if value}
    entry.details |= {"query": asked, "page": page.number, "total": page.total}
    return Listing(page, await tell_and_keep(entry, _KIND, {"query": asked, "page": page.number}), age)


async def _read_if_old(index: WorkflowIndex, *, fresh: bool) -> None:
    if fresh or not index.is_recent:
        if fresh or index.error is not None:
            index.outdate()  # so that it is read from now on
        await index.refresh()


async def _runs(resources: Resources, query: Query) -> Sequence[Run] | None:
    return await resources.workflows.list_runs() if query.active else None
