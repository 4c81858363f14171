"""`python -m benchmarks [NAME …]`: measure, print a table for each benchmark, keep the numbers as JSON."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks import (
    acks,
    audit_append,
    audit_queries,
    audit_verify,
    commands,
    growth,
    listing,
    load,
    postgres_append,
    rendering,
    replicas,
    starting,
    vi_calls,
    warm,
)
from benchmarks.comparison import Benchmark, Plan
from benchmarks.report import Report

BENCHMARKS: Sequence[Benchmark] = (
    acks.BENCHMARK,
    commands.BENCHMARK,
    load.BENCHMARK,
    listing.BENCHMARK,
    warm.BENCHMARK,
    rendering.BENCHMARK,
    vi_calls.BENCHMARK,
    starting.BENCHMARK,
    audit_append.BENCHMARK,
    audit_verify.BENCHMARK,
    audit_queries.BENCHMARK,
    postgres_append.BENCHMARK,
    replicas.BENCHMARK,
    growth.BENCHMARK,
)

_HERE = Path(__file__).parent
RESULTS = _HERE / "results"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks that are named, or all; 1 where `--strict` is given and a goal is missed, else 0."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    if unknown := set(asked.names) - {each.name for each in BENCHMARKS}:
        parser.error(f"There is no benchmark named {', '.join(sorted(unknown))}; see --help.")
    rounds, calls, rows, workflows = (3, 50, 20_000, 500) if asked.quick else (9, 300, 1_000_000, 10_000)
    plan = Plan(asked.files, rounds, calls, asked.rows or rows, workflows)
    # What was measured in a hurry does not take the place of what the documentation is made of.
    results = asked.results or (asked.files / "quick-results" if asked.quick else RESULTS)
    missed = run([each for each in BENCHMARKS if not asked.names or each.name in asked.names], plan, results)
    sys.stdout.write(f"Goals missed: {'; '.join(missed)}\n" if missed else "Every goal is met.\n")
    return 1 if missed and asked.strict else 0


def run(benchmarks: Sequence[Benchmark], plan: Plan, results: Path) -> Sequence[str]:
    """Measure, print a table for each benchmark and keep its numbers in a folder; the goals that are missed."""
    missed: list[str] = []
    for folder in (plan.folder, results):
        folder.mkdir(parents=True, exist_ok=True)
    for benchmark in benchmarks:
        report = Report(benchmark, plan, benchmark.measure(plan))
        (results / f"{benchmark.name}.json").write_text(report.json(), "utf-8")
        sys.stdout.write(report.table() + "\n\n")
        missed += [f"{benchmark.name}: {name}" for name in report.missed]
    return missed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(each.name for each in BENCHMARKS))
    parser.add_argument("--quick", action="store_true", help="little of everything: shows that it runs")
    parser.add_argument("--rows", type=int, help="entries of the long trail, if not 1,000,000 (quick: 20,000)")
    parser.add_argument("--strict", action="store_true", help="exit code 1 where a goal is missed")
    parser.add_argument("--files", type=Path, default=_HERE / "files", help="a folder on the disk to be measured")
    parser.add_argument("--results", type=Path, help="where the JSON goes, if not results beside this")
    return parser


if __name__ == "__main__":
    sys.exit(main())
