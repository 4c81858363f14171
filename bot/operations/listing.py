"""Lists of workflows, page by page."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict

from bot.domain.audit import Action
from bot.domain.listing import Page, Query, Sort, page_of
from bot.domain.people import Request
from bot.domain.policy import Role
from bot.domain.screen import ScreenId
from bot.domain.workflow import JsonObject, Run
from bot.operations.access import authorize
from bot.operations.recording import Operation, one_entry
from bot.operations.screens import keep_screen, screen_state
from bot.ports import Resources

_KIND = "listing"


async def list_workflows(
    resources: Resources, request: Request, query: Query, number: int = 1
) -> tuple[Page, ScreenId]:
    """One page, and the id under which its buttons find it again."""
    async with one_entry(resources, request, Action.LIST) as entry:
        return await _page(entry, query, number)


async def turn_page(resources: Resources, request: Request, screen_id: ScreenId, by: int) -> tuple[Page, ScreenId]:
    """The page `by` pages on from the one on the screen.

    Raises:
        OutOfDate: the screen is older than a day and forgotten.
    """
    async with one_entry(resources, request, Action.LIST) as entry:
        state = await screen_state(resources, screen_id, _KIND)
        return await _page(entry, _query(state), state["page"] + by)


async def query_on_screen(resources: Resources, screen_id: ScreenId) -> Query:
    """What the list on the screen was asked for.

    Raises:
        OutOfDate: as `turn_page`.
    """
    return _query(await screen_state(resources, screen_id, _KIND))


def _query(state: JsonObject) -> Query:
    return Query(**{**state["query"], "sort": Sort(state["query"]["sort"])})


async def _page(entry: Operation, query: Query, number: int) -> tuple[Page, ScreenId]:
    resources, request = entry.resources, entry.request
    await authorize(entry, Role.VIEWER)
    workflows, projects, runs = await asyncio.gather(
        resources.workflows.list_workflows(), resources.workflows.list_projects(), _runs(resources, query)
    )
    page = page_of(workflows, projects, runs, query, number)
    asked = {name: value for name, value in asdict(query).items() if value}
    entry.details |= {"query": asked, "page": page.number, "total": page.total}
    return page, await keep_screen(resources, request, _KIND, {"query": asked, "page": page.number})


async def _runs(resources: Resources, query: Query) -> Sequence[Run] | None:
    return await resources.workflows.list_runs() if query.active else None
