"""Verifying a long trail: rows a second, and memory at the peak.

The reference reads each body and its hash and compares them, which says nothing of order, links or what stands beside.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from benchmarks.comparison import Basis, Benchmark, Contestant, Goal, Measured, Plan, Tally, in_turn
from benchmarks.trail_file import trail_file

_ROWS = "rows verified, hashes and links"
_WHOLE = "rows verified, with pages, indexes and lists"
_PEAK = "memory at the peak, hashes and links"
_PEAK_WHOLE = "memory at the peak, with pages, indexes and lists"
_NAMES = {"chain": (_ROWS, _PEAK), "file": (_WHOLE, _PEAK_WHOLE)}


def measure(plan: Plan) -> Mapping[str, Measured]:
    """Rates and memory; a third of the plan's rounds, since each reads the whole trail three times."""
    path = trail_file(plan.folder, plan.rows)
    tally = Tally()
    for number in range(max(1, plan.rounds // 3)):
        for contestant in in_turn(number):
            _measure_round(plan, path, tally, contestant)
    return tally.measured()


def _measure_round(plan: Plan, path: Path, tally: Tally, contestant: Contestant) -> None:
    for kind, (rate, peak) in _NAMES.items():
        found = _run("reference" if contestant == "reference" else kind, path)
        tally.add(contestant, rate, "/s", plan.rows / found["seconds"])
        tally.add(contestant, peak, "MB", found["peak"])


def _run(kind: str, path: Path) -> Mapping[str, float]:
    command = [sys.executable, "-m", "benchmarks.verification_process", kind, str(path)]
    found: Mapping[str, float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return found


BENCHMARK = Benchmark(
    name="audit_verify",
    reference="a loop that reads each body with its hash and compares SHA-256",
    goals={
        _ROWS: Goal(150_000, at_least=True, basis=Basis.OURS),
        _PEAK: Goal(60, at_least=False, basis=Basis.OURS),
        _PEAK_WHOLE: Goal(60, at_least=False, basis=Basis.OURS),
    },
    measure=measure,
)
