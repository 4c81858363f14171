"""A list of workflows: what was asked for, and one page of it."""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import Any

from bot.domain.text import finds, shown
from bot.domain.workflow import Project, ProjectId, Run, WorkflowSummary, runs_of

PAGE_SIZE = 10
"""Rows on a page: a message of Slack's holds 50 blocks, and more than about 15 rows read badly."""

_EARLY = 10
"""A page is early in a list that is so many times as long as all that comes up to its end."""


class Sort(StrEnum):
    """The order of a list: newest change first, newest first, or by name."""

    UPDATED = "updated"
    CREATED = "created"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked for.

    Attributes:
        text: part of the name or the beginning of the id, in upper or lower case.
        project: a project's id or whole name.
        active: only workflows with an active run.
        fresh: as the platform has it now, however recently it was read.
    """

    text: str = ""
    project: str = ""
    active: bool = False
    sort: Sort = Sort.UPDATED
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One workflow of a page."""

    workflow: WorkflowSummary
    project_name: str
    active_runs: int | None


@dataclass(frozen=True, slots=True)
class Page:
    """One page: rows `first` to `last` of `total`, counted from 1; `of_all` is the number before filtering."""

    query: Query
    number: int
    rows: tuple[Row, ...]
    total: int
    of_all: int

    @property
    def first(self) -> int:
        """Number of the first row, 0 where there are none."""
        return (self.number - 1) * PAGE_SIZE + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """Number of the last row."""
        return (self.number - 1) * PAGE_SIZE + len(self.rows)

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE_SIZE))


def page_of(
    workflows: Iterable[WorkflowSummary],
    projects: Iterable[Project],
    runs: Iterable[Run] | None,
    query: Query,
    number: int,
) -> Page:
    """Filter, sort and cut out page `number` (from 1; beyond the end, the last one).

    `runs` are needed for `query.active` only; without them the rows say nothing of runs.
    """
    everything = tuple(workflows)
    names = {project.id: project.name for project in projects}
    active = None if runs is None else tuple(run for run in runs if run.is_active)
    by_name: dict[str, list[Run]] = defaultdict(list)  # looked through once for all workflows
    for run in active or ():
        by_name[run.workflow_name].append(run)
    filtered = query.text or query.project
    found = [each for each in everything if _is_meant(each, query, names)] if filtered else everything
    if query.active and active is not None:
        found = [each for each in found if runs_of(each, by_name.get(each.name, ()))]
    number = min(max(number, 1), max(1, -(-len(found) // PAGE_SIZE)))
    rows = tuple(
        Row(
            each,
            names.get(each.project_id, each.project_id) if each.project_id else "",
            None if active is None else len(runs_of(each, by_name.get(each.name, ()))),
        )
        for each in _first(found, query.sort, number * PAGE_SIZE)[(number - 1) * PAGE_SIZE :]
    )
    return Page(query, number, rows, len(found), len(everything))


def _first(found: Sequence[WorkflowSummary], sort: Sort, count: int) -> Sequence[WorkflowSummary]:
    """So many of them in this order, the first ones."""
    key, newest_first = _ORDERS[sort]
    if _EARLY * count > len(found):
        return sorted(found, key=key, reverse=newest_first)[:count]
    # Ten of ten thousand need no order among the others.
    return (heapq.nlargest if newest_first else heapq.nsmallest)(count, found, key=key)


def _is_meant(workflow: WorkflowSummary, query: Query, names: dict[ProjectId, str]) -> bool:
    if query.text and not finds(query.text, workflow.name, workflow.id):
        return False
    if not query.project:
        return True
    project = workflow.project_id
    return project is not None and (
        project == query.project or shown(names.get(project, "")).casefold() == shown(query.project).casefold()
    )


# The id last, so that equal names and times keep one order from page to page.
_ORDERS: Mapping[Sort, tuple[Callable[[WorkflowSummary], tuple[Any, ...]], bool]] = {
    Sort.UPDATED: (attrgetter("updated_at", "id"), True),
    Sort.CREATED: (attrgetter("created_at", "id"), True),
    Sort.NAME: (lambda each: (shown(each.name).casefold(), each.id), False),
}
