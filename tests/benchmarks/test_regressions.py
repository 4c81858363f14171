"""A regression that is planted turns the verdict of the benchmark that is there for it."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks import audit_append, preload, vi_calls
from benchmarks.append_rates import rate_of, rates
from benchmarks.comparison import Plan
from benchmarks.report import Report
from bot.operations.finding import find_workflow
from bot.store import thread

PLAN_ROUNDS = 3


def test_a_second_call_of_vi_in_show_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = Plan(tmp_path, rounds=1, calls=1, rows=1)
    assert Report(vi_calls.BENCHMARK, plan, vi_calls.measure(plan)).missed == []

    async def find_twice(*asked: Any) -> Any:
        await find_workflow(*asked)
        return await find_workflow(*asked)

    monkeypatch.setattr("bot.operations.inspection.find_workflow", find_twice)
    assert Report(vi_calls.BENCHMARK, plan, vi_calls.measure(plan)).missed == ["/vi show, by id"]


@pytest.mark.skipif(not preload.available(), reason="a slow disk needs Linux and a C compiler")
@pytest.mark.parametrize(("planted", "verdict"), [("", "met"), ("each row", "MISSED")])
def test_an_fsync_for_each_row_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, planted: str, verdict: str
) -> None:
    measure = f"import {__name__} as planted; planted.print_rates"
    run = subprocess.run

    def run_planted(command: list[str], **how: Any) -> Any:
        if "benchmarks.append_rates" in command:
            command = [sys.executable, "-c", f"{measure}({planted!r})", *command[3:]]
        return run(command, **how)

    monkeypatch.setattr(subprocess, "run", run_planted)
    monkeypatch.setattr(audit_append, "_lag", lambda *_asked: {})
    plan = Plan(tmp_path, rounds=PLAN_ROUNDS, calls=300, rows=1)
    name = f"{rate_of(64)}, fsync + {audit_append.SLOW} ms"
    assert Report(audit_append.BENCHMARK, plan, audit_append.measure(plan)).verdict(name) == verdict


def print_rates(planted: str) -> None:
    """What `benchmarks.append_rates` prints, of a store that shares no commit where that is planted."""
    import json
    from dataclasses import asdict

    if planted:
        thread.BATCH = 1
    found = asyncio.run(rates(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
    sys.stdout.write(json.dumps({name: asdict(each) for name, each in found.items()}))
