"""Listing an organization's workflows through `bot.vi.client`, beside the least that Vi's pages take, and vi-sdk."""

import json
import subprocess
import sys
from collections.abc import Mapping

from benchmarks.comparison import Basis, Benchmark, Goal, Measured, Plan, Tally
from benchmarks.listing_process import DEFAULT_PAGE, LARGEST_PAGE
from benchmarks.page_server import serving

_LATENCY = 50  # milliseconds a request
_DOCUMENTED_PAGES = 40  # that are measured where vi-sdk is used as documented; the rest of its minute is the same again

_CHAIN = "time, beside the chain of pages, received and unpacked"
_LATENCIES = "time, beside the sum of the latencies"
_SDK = "time, beside vi-sdk with pages of 1,000"
_DOCUMENTED = "time, beside vi-sdk as documented (its pages of 10, scaled up from 40)"
_PEAK = "memory at the peak, beside vi-sdk with pages of 1,000"
_HOLD = "longest hold of the event loop"
_SDK_HOLD = "longest hold of the event loop, beside vi-sdk in a thread"

_KINDS = ("ours", "chain", "sdk", "documented")


def measure(plan: Plan) -> Mapping[str, Measured]:
    """Times, memory and holds; half of the plan's rounds, since each takes five seconds."""
    tally = Tally()
    with serving(plan.workflows, _LATENCY) as address:
        for number in range(max(1, plan.rounds // 2)):
            kinds = _KINDS if number % 2 else reversed(_KINDS)
            _add(tally, plan, {kind: _run(kind, address, plan) for kind in kinds})
    return tally.measured()


def _add(tally: Tally, plan: Plan, found: Mapping[str, Mapping[str, float]]) -> None:
    ours, sdk, documented = found["ours"], found["sdk"], found["documented"]
    whole = documented["seconds"] * plan.workflows / documented["items"]
    references = {
        _CHAIN: found["chain"]["seconds"],
        _LATENCIES: _pages(plan) * _LATENCY / 1000,
        _SDK: sdk["seconds"],
        _DOCUMENTED: whole,
    }
    for name, reference in references.items():
        tally.add("ours", name, "s", ours["seconds"])
        tally.add("reference", name, "s", reference)
    tally.add("ours", _HOLD, "ms", ours["hold"])
    tally.add("ours", _SDK_HOLD, "ms", ours["hold"])
    tally.add("reference", _SDK_HOLD, "ms", sdk["hold"])
    if "peak" in ours:
        tally.add("ours", _PEAK, "MB", ours["peak"])
        tally.add("reference", _PEAK, "MB", sdk["peak"])


def _pages(plan: Plan) -> int:
    return -(-plan.workflows // LARGEST_PAGE)


def _run(kind: str, address: str, plan: Plan) -> Mapping[str, float]:
    pages = _pages(plan) if kind == "chain" else _DOCUMENTED_PAGES
    command = [sys.executable, "-m", "benchmarks.listing_process", kind, address, str(pages)]
    found: Mapping[str, float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    wanted = {"chain": pages, "documented": min(plan.workflows, pages * DEFAULT_PAGE)}.get(kind, plan.workflows)
    if found["items"] != wanted:
        raise RuntimeError(f"{kind} listed {found['items']} of {wanted}: its figures mean nothing.")
    return found


BENCHMARK = Benchmark(
    name="listing",
    reference="the one that each line names; every request takes 50 ms",
    goals={
        _CHAIN: Goal(1.12, at_least=False, basis=Basis.RATIO),
        _SDK: Goal(1 / 2.5, at_least=False, basis=Basis.RATIO),
        _DOCUMENTED: Goal(1 / 90, at_least=False, basis=Basis.RATIO),
        _PEAK: Goal(1 / 4, at_least=False, basis=Basis.RATIO),
        _HOLD: Goal(25, at_least=False, basis=Basis.OURS),
        _SDK_HOLD: Goal(1 / 10, at_least=False, basis=Basis.RATIO),
    },
    measure=measure,
)
