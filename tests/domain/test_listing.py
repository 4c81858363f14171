"""Pages of a list."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.listing import PAGE_SIZE, Query, Sort, page_of
from bot.domain.workflow import Project, ProjectId
from tests.values import NOON, run, workflow

PROJECTS = (Project(ProjectId("p1"), "Road damage"), Project(ProjectId("p2"), "Factory"))
SOME = (
    workflow("aaaaaa", "Potholes", at=NOON),
    workflow("bbbbbb", "cracks", project="p2", at=NOON + timedelta(hours=2)),
    workflow("cccccc", "Helmets", project=None, at=NOON + timedelta(hours=1)),
)


def ids(query: Query, number: int = 1) -> list[str]:
    runs = (run(name="Potholes"), run(name="Helmets", state="completed"))
    return [row.workflow.id for row in page_of(SOME, PROJECTS, runs if query.active else None, query, number).rows]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (Query(), ["bbbbbb", "cccccc", "aaaaaa"]),
        (Query(sort=Sort.CREATED), ["bbbbbb", "cccccc", "aaaaaa"]),
        (Query(sort=Sort.NAME), ["bbbbbb", "cccccc", "aaaaaa"]),
        (Query("HOLE"), ["aaaaaa"]),
        (Query("bbbb"), ["bbbbbb"]),
        (Query("bb b"), []),
        (Query(project="road DAMAGE"), ["aaaaaa"]),
        (Query(project=" road  damage\u200b"), ["aaaaaa"]),
        (Query(project="p2"), ["bbbbbb"]),
        (Query(project="nowhere"), []),
        (Query(active=True), ["aaaaaa"]),
    ],
)
def test_a_list_is_filtered_and_sorted_as_asked(query: Query, found: list[str]) -> None:
    assert ids(query) == found


def test_a_project_is_asked_for_by_its_name_as_it_is_shown() -> None:
    hidden = (Project(ProjectId("p1"), "Road\u200b damage\u202e"),)
    found = page_of(SOME, hidden, None, Query(project="Road damage"), 1)
    assert [row.workflow.id for row in found.rows] == ["aaaaaa"]


def test_rows_say_project_and_active_runs_where_these_are_known() -> None:
    page = page_of(SOME, PROJECTS[:1], (run(), run("r2")), Query(active=True), 1)
    assert [(row.project_name, row.active_runs) for row in page.rows] == [("Road damage", 2)]
    page = page_of(SOME, PROJECTS[:1], None, Query(sort=Sort.NAME), 1)
    assert [(row.project_name, row.active_runs) for row in page.rows] == [
        ("p2", None),
        ("", None),
        ("Road damage", None),
    ]


@given(st.integers(min_value=0, max_value=35), st.integers(min_value=-3, max_value=9))
def test_every_page_number_gives_a_page_and_the_pages_hold_each_workflow_once(count: int, number: int) -> None:
    many = [workflow(f"w{index:05}", f"W{index}") for index in range(count)]
    page = page_of(many, (), None, Query(), number)
    assert 1 <= page.number <= page.pages
    assert page.total == page.of_all == count
    assert len(page.rows) <= PAGE_SIZE
    assert (page.first, page.last) == (
        ((page.number - 1) * 10 + 1, (page.number - 1) * 10 + len(page.rows)) if count else (0, 0)
    )
    seen = [row.workflow.id for at in range(1, page.pages + 1) for row in page_of(many, (), None, Query(), at).rows]
    assert sorted(seen) == [each.id for each in many]


@pytest.mark.parametrize("sort", list(Sort))
def test_early_pages_of_a_long_list_are_in_the_order_of_all(sort: Sort) -> None:
    at = [NOON + timedelta(minutes=index * 7 % 13) for index in range(250)]
    many = [workflow(f"w{index * 37 % 250:05}", f"W{index * 11 % 17}", at=at[index]) for index in range(250)]
    pages = [page_of(many, (), None, Query(sort=sort), number) for number in range(1, 26)]
    found = [row.workflow for page in pages for row in page.rows]
    orders = {
        Sort.UPDATED: (lambda each: (each.updated_at, each.id), True),
        Sort.CREATED: (lambda each: (each.created_at, each.id), True),
        Sort.NAME: (lambda each: (each.name.casefold(), each.id), False),
    }
    key, backwards = orders[sort]
    assert found == sorted(many, key=key, reverse=backwards)
