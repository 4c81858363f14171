"""Each benchmark runs, on little, and measures every quantity that has a goal."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks import audit_append, preload
from benchmarks.comparison import Basis, Benchmark, Goal, Measured, Plan
from benchmarks.entries import RARE_WORD, entries
from benchmarks.trail_file import trail_file
from bot.domain.audit import EMPTY, seal
from bot.ports import TrailQuery
from bot.store.trail import read_trail
from bot.store.verification import Verdict, verify_file

ROWS = 400
MAY_BE_NOTHING = {"calls", ""}  # of Vi, that a command does without; a slope has no unit, and may go down


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return Plan(tmp_path_factory.mktemp("files"), rounds=1, calls=10, rows=ROWS, workflows=50)


needs_a_slow_disk = pytest.mark.skipif(not preload.available(), reason="a slow disk needs Linux and a C compiler")


@needs_a_slow_disk
@pytest.mark.parametrize("benchmark", command.BENCHMARKS, ids=lambda benchmark: benchmark.name)
def test_a_benchmark_measures_every_quantity_that_has_a_goal(benchmark: Benchmark, plan: Plan) -> None:
    measured = benchmark.measure(plan)
    assert benchmark.goals.keys() <= measured.keys()
    assert all(min(each.ours) > 0 or each.unit in MAY_BE_NOTHING for each in measured.values())
    assert all(min(each.reference) > 0 for each in measured.values() if each.reference)


def test_without_a_compiler_only_what_needs_a_slow_disk_is_left_out(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preload, "available", lambda: False)
    measured = audit_append.measure(plan)
    left_out = [name for name in audit_append.BENCHMARK.goals if name not in measured]
    assert left_out == [name for name in audit_append.BENCHMARK.goals if "fsync +" in name]


@needs_a_slow_disk
def test_the_lag_shows_who_writes_in_the_event_loop(plan: Plan) -> None:
    assert min(audit_append.measure(plan)[audit_append.LAG].reference) > audit_append.DELAY


def test_the_long_trail_is_a_sound_file_of_the_store_and_made_once(plan: Plan) -> None:
    path = trail_file(plan.folder, ROWS)
    found = verify_file(path)
    assert (found.verdict, found.entries) == (Verdict.SOUND, ROWS)
    made = path.stat().st_mtime_ns
    assert trail_file(plan.folder, ROWS) == path
    assert path.stat().st_mtime_ns == made
    assert [each for each in plan.folder.iterdir() if "unfinished" in each.name] == []


def test_a_trail_of_another_version_is_removed_when_this_one_s_is_made(tmp_path: Path) -> None:
    (tmp_path / "trail-10-of-another.db").write_text("", "utf-8")
    path = trail_file(tmp_path, 10)
    assert list(tmp_path.iterdir()) == [path]


def test_entries_are_as_long_as_the_bots_and_the_same_each_time() -> None:
    bodies = [seal(entry, EMPTY).body for entry in entries(ROWS)]
    assert bodies == [seal(entry, EMPTY).body for entry in entries(ROWS)]
    assert 800 < sum(map(len, bodies)) / ROWS < 1000
    assert not any('"redacted"' in body for body in bodies)


def test_the_rare_word_stands_in_three_operations(plan: Plan) -> None:
    found = read_trail(trail_file(plan.folder, ROWS), TrailQuery(text=RARE_WORD, limit=ROWS))
    assert len({json.loads(each.body)["op"] for each in found}) == 3


def a_benchmark(measured: Sequence[float]) -> Benchmark:
    goals = {"rate": Goal(0.5, at_least=True, basis=Basis.RATIO)}
    return Benchmark("a_benchmark", "nothing", goals, lambda _: {"rate": Measured("/s", measured, [2] * len(measured))})


@pytest.mark.parametrize(("measured", "strict", "code"), [(1, True, 0), (0.9, True, 1), (0.9, False, 0)])
def test_a_missed_goal_is_a_failure_only_where_it_is_asked_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, measured: float, *, strict: bool, code: int
) -> None:
    monkeypatch.setattr(command, "BENCHMARKS", [a_benchmark([measured])])
    folders = ["--files", str(tmp_path / "files"), "--results", str(tmp_path / "results")]
    assert command.main([*folders, *(["--strict"] if strict else [])]) == code
    kept = json.loads((tmp_path / "results" / "a_benchmark.json").read_text("utf-8"))
    assert kept["measured"]["rate"]["ours"] == [measured]


def test_only_the_benchmarks_that_are_named_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Benchmark("another", "nothing", {}, lambda _: pytest.fail("it was not asked for"))
    monkeypatch.setattr(command, "BENCHMARKS", [a_benchmark([1]), other])
    assert command.main(["a_benchmark", "--files", str(tmp_path), "--results", str(tmp_path)]) == 0
    assert "Every goal is met." in capsys.readouterr().out


def test_a_name_that_no_benchmark_has_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["audit_apend"])
    assert "no benchmark named audit_apend" in capsys.readouterr().err
