"""A list of workflows: what was asked for, and one page of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.domain.text import finds, shown
from bot.domain.workflow import Project, ProjectId, Run, WorkflowSummary, runs_of

PAGE_SIZE = 10
"""Rows on a page: a message of Slack's holds 50 blocks, and more than about 15 rows read badly."""


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
    """

    text: str = ""
    project: str = ""
    active: bool = False
    sort: Sort = Sort.UPDATED


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
    found = [each for each in everything if _is_meant(each, query, names)]
    if query.active and active is not None:
        found = [each for each in found if runs_of(each, active)]
    key, newest_first = _ORDERS[query.sort]
    found.sort(key=key, reverse=newest_first)
    number = min(max(number, 1), max(1, -(-len(found) // PAGE_SIZE)))
    rows = tuple(
        Row(
            each,
            names.get(each.project_id, each.project_id) if each.project_id else "",
            None if active is None else len(runs_of(each, active)),
        )
        for each in found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    )
    return Page(query, number, rows, len(found), len(everything))


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
    Sort.UPDATED: (lambda each: (each.updated_at, each.id), True),
    Sort.CREATED: (lambda each: (each.created_at, each.id), True),
    Sort.NAME: (lambda each: (shown(each.name).casefold(), each.id), False),
}
