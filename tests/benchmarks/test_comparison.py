import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks.comparison import Basis, Benchmark, Goal, Measured, Plan, Tally, in_turn, percentile
from benchmarks.report import Report

PLAN = Plan(Path("unused"), rounds=3, calls=1, rows=1)
FASTER = Goal(0.5, at_least=True, basis=Basis.RATIO)
SHORT = Goal(5, at_least=False, basis=Basis.OURS)


def report(goals: Mapping[str, Goal], measured: Mapping[str, Measured]) -> Report:
    return Report(Benchmark("a_benchmark", "a reference", goals, lambda _: measured), PLAN, measured)


def test_the_ratio_is_taken_within_each_round() -> None:
    machine_that_slows_down = Measured("/s", ours=[100, 50, 10], reference=[200, 100, 20])
    assert machine_that_slows_down.ratios == [0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    ("goal", "ours", "reference", "verdict"),
    [
        (FASTER, [1, 1, 9], [2, 2, 2], "met"),
        (FASTER, [0.9, 0.9, 9], [2, 2, 2], "MISSED"),
        (SHORT, [5, 5, 90], [], "met"),
        (SHORT, [5.1, 5.1, 1], [], "MISSED"),
        (SHORT, [5, 5, 5], [1000, 1000, 1000], "met"),
    ],
)
def test_a_goal_is_met_by_the_median(goal: Goal, ours: list[float], reference: list[float], verdict: str) -> None:
    assert report({"it": goal}, {"it": Measured("ms", ours, reference)}).verdict("it") == verdict


def test_a_goal_whose_quantity_was_not_measured_is_not_met() -> None:
    found = report({"it": SHORT}, {})
    assert found.missed == ["it"]
    assert "not measured" in found.table()


def test_a_quantity_without_a_goal_has_no_verdict() -> None:
    found = report({}, {"it": Measured("ms", [1])})
    assert (found.verdict("it"), found.missed) == ("", [])


def test_the_table_shows_ours_the_reference_the_ratio_the_goal_and_whether_it_is_met() -> None:
    table = report({"rate": FASTER}, {"rate": Measured("/s", [1000, 2000, 3000], [2000, 2000, 2000])}).table()
    assert table.splitlines()[0] == "a_benchmark, beside a reference"
    assert " ".join(table.splitlines()[-1].split()) == "rate /s 2,000 2,000 1.00 0.50–1.50 ≥ 0.5 × met"


def test_the_json_has_every_number_and_on_what_it_was_measured() -> None:
    content = json.loads(report({"rate": FASTER}, {"rate": Measured("/s", [1, 2, 3], [2, 2, 2])}).json())
    assert content["measured"]["rate"] == {
        "unit": "/s",
        "ours": [1, 2, 3],
        "reference": [2, 2, 2],
        "ratio": 1,
        "goal": "≥ 0.5 ×",
        "verdict": "met",
    }
    assert content["plan"] == {"rounds": 3, "calls": 1, "rows": 1}
    assert {"python", "sqlite", "cores", "load"} <= content["environment"].keys()


def test_each_contestant_comes_first_every_other_round() -> None:
    assert [in_turn(number)[0] for number in range(4)] == ["ours", "reference", "ours", "reference"]


def test_a_tally_keeps_the_rounds_apart_and_the_contestants() -> None:
    tally = Tally()
    for value in (1, 2):
        tally.add("ours", "rate", "/s", value)
        tally.add("reference", "rate", "/s", 10 * value)
    tally.add("ours", "alone", "MB", 3)
    assert tally.measured() == {"rate": Measured("/s", [1, 2], [10, 20]), "alone": Measured("MB", [3])}


@pytest.mark.parametrize(("percent", "value"), [(0, 1), (1, 1), (50, 50), (99, 99), (100, 100)])
def test_a_percentile_is_the_smallest_value_that_so_many_do_not_pass(percent: float, value: float) -> None:
    assert percentile(list(range(100, 0, -1)), percent) == value
