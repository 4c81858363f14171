"""Appending to the trail in PostgreSQL: bots on one chain beside as many writers that insert without one.

The reference inserts the same rows into a table of the same shape, one in each commit, with one connection in each
process. PostgreSQL has such writers share their waits for the disk; the bots, of which one appends at a time, share
commits among the callers in each process instead.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO

from benchmarks.comparison import Benchmark, Contestant, Measured, Plan, Tally, in_turn
from benchmarks.postgres_server import prepared_server

_CALLERS = 64


@dataclass(frozen=True, slots=True)
class _Load:
    """How many processes append, and how many callers there are in all of them."""

    processes: int
    callers: int

    @property
    def name(self) -> str:
        """What its rate is called."""
        processes = "1 process" if self.processes == 1 else f"{self.processes} processes"
        return f"appends, {processes}, {self.callers} at once in all"


_LOADS = (_Load(1, 1), _Load(1, 8), _Load(1, _CALLERS), _Load(2, _CALLERS), _Load(4, _CALLERS))


def measure(plan: Plan) -> Mapping[str, Measured]:
    """The rate under each load."""
    tally = Tally()
    with prepared_server() as url, ExitStack() as stack:
        writers = [stack.enter_context(_writer(url)) for _ in range(max(load.processes for load in _LOADS))]
        for number in range(plan.rounds):
            for load in _LOADS:
                count = max(plan.calls, load.callers * max(2, plan.calls // 15))
                for contestant in in_turn(number):
                    tally.add(contestant, load.name, "/s", _rate(writers[: load.processes], contestant, load, count))
    return tally.measured()


@contextmanager
def _writer(url: str) -> Iterator["_Writer"]:
    command = [sys.executable, "-m", "benchmarks.postgres_writer", url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("The process has no standard input or output.")
        writer = _Writer(process.stdin, process.stdout)
        writer.answer()
        yield writer
        process.stdin.close()


@dataclass(frozen=True, slots=True)
class _Writer:
    """A process that appends when it is told to."""

    orders: IO[str]
    answers: IO[str]

    def order(self, contestant: Contestant, callers: int, count: int) -> None:
        self.orders.write(f"{json.dumps([contestant, callers, count])}\n")
        self.orders.flush()

    def answer(self) -> Sequence[float]:
        found: Sequence[float] = json.loads(self.answers.readline())
        return found


def _rate(writers: Sequence[_Writer], contestant: Contestant, load: _Load, count: int) -> float:
    """Entries a second, from when the first process begins until the last one ends."""
    for writer in writers:
        writer.order(contestant, load.callers // len(writers), count // len(writers))
    times = [writer.answer() for writer in writers]
    return count // len(writers) * len(writers) / (max(end for _, end in times) - min(begin for begin, _ in times))


BENCHMARK = Benchmark(
    name="postgres_append",
    reference="plain inserts of the same rows, one a commit, by as many processes with a connection each",
    goals={},
    measure=measure,
)
