"""The page about speed is made of what was measured, and of nothing else."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import document, growth
from benchmarks.__main__ import BENCHMARKS, RESULTS
from benchmarks.comparison import Measured
from benchmarks.plots import draw, points_of

DOCS = Path(document.__file__).parents[1] / "docs"


@pytest.fixture
def results() -> dict[str, Any]:
    return dict(document.read_results(RESULTS))


def test_the_committed_page_is_what_the_committed_results_make(results: dict[str, Any]) -> None:
    assert (DOCS / "performance.md").read_text("utf-8") == document.page(results)


def test_every_picture_that_the_page_shows_is_committed(results: dict[str, Any], tmp_path: Path) -> None:
    drawn = {path.name for path in draw(results["growth"], tmp_path)}
    assert drawn == {path.name for path in (DOCS / "pictures").glob("growth-*.svg")}
    assert all(f"pictures/{name}" in document.page(results) for name in drawn)


def test_a_picture_of_the_same_numbers_is_the_same(results: dict[str, Any], tmp_path: Path) -> None:
    first, second = (draw(results["growth"], tmp_path / name) for name in ("first", "second"))
    assert [path.read_text("utf-8") for path in first] == [path.read_text("utf-8") for path in second]


def test_a_missed_goal_is_named_at_the_beginning_of_the_page(results: dict[str, Any]) -> None:
    changed = copy.deepcopy(results)
    changed["warm"]["missed"] = ["/vi list, p99"]
    beginning = document.page(changed).partition("## Listing")[0]
    assert "are met, all but:" in beginning
    assert "* warm: /vi list, p99" in beginning


def test_where_no_goal_is_missed_the_page_says_so(results: dict[str, Any]) -> None:
    page = document.page({"vi_calls": results["vi_calls"]})
    assert "9 of 9 are met." in page


def test_of_many_goals_the_missed_and_the_highest_are_shown_and_the_others_counted(results: dict[str, Any]) -> None:
    queries = copy.deepcopy(results["audit_queries"])
    goals = {name: each for name, each in queries["measured"].items() if each["goal"]}
    lowest = min(goals, key=lambda name: max(goals[name]["ours"]))
    goals[lowest]["verdict"] = "MISSED"
    page = document.page({"audit_queries": queries})
    assert f"| {lowest} |" in page
    assert "more are met with lower figures" in page


def test_every_benchmark_has_its_explanation() -> None:
    notes = Path(document.__file__).with_name("notes")
    assert {path.stem for path in notes.glob("*.md")} == {"head", *(each.name for each in BENCHMARKS)}


def test_the_command_writes_the_page_and_the_pictures(
    results: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "_DOCS", tmp_path)
    assert document.main() == 0
    assert (tmp_path / "performance.md").read_text("utf-8") == document.page(results)
    assert len(list((tmp_path / "pictures").iterdir())) == 5


def test_without_growth_there_is_a_page_and_no_picture(
    results: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "warm.json").write_text(json.dumps(results["warm"]), "utf-8")
    monkeypatch.setattr(document, "RESULTS", tmp_path)
    monkeypatch.setattr(document, "_DOCS", tmp_path)
    document.main()
    assert "/vi list, p99" in (tmp_path / "performance.md").read_text("utf-8")
    assert not (tmp_path / "pictures").exists()


def test_a_slope_is_that_of_the_curve_s_end() -> None:
    linear_at_last = {1: 5.0, 10: 5.0, 100: 1.0, 1000: 10.0, 10000: 100.0}
    assert growth.slope(linear_at_last) == pytest.approx(1)
    assert growth.slope({10: 1.0, 100: 100.0}) == pytest.approx(2)


def test_what_grows_with_the_square_misses_its_goal() -> None:
    points: growth.Points = {growth.LIST: {size: size**2 / 1e6 for size in (100, 1000, 10_000)}}
    slope = growth.quantities(points)[growth.LIST.slope]
    assert not growth.BENCHMARK.goals[growth.LIST.slope].is_met_by(slope)


def test_the_points_of_a_curve_are_found_among_all_that_was_measured() -> None:
    names = [growth.LIST.point(1000), growth.LIST.point(100), growth.ACTIVE.point(100), growth.LIST.slope]
    content = {"measured": {name: {"ours": Measured("ms", [3]).ours} for name in names}}
    assert points_of(content, growth.LIST) == {1000: 3, 100: 3}
