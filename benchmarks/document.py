"""`python -m benchmarks.document`: make docs/performance.md and its plots of the results and the notes beside this."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.__main__ import BENCHMARKS, RESULTS
from benchmarks.plots import draw
from benchmarks.report import ratio_shown, shown

_HERE = Path(__file__).parent
_DOCS = _HERE.parent / "docs"
_NOTES = _HERE / "notes"
_MANY = 20
"""Goals of one benchmark, above which only those are shown that are missed, and the highest few."""
_FEW = 5

_Content = Mapping[str, Any]


def main() -> int:
    """Write the page, and draw the pictures."""
    results = read_results(RESULTS)
    (_DOCS / "performance.md").write_text(page(results), "utf-8")
    if "growth" in results:
        draw(results["growth"], _DOCS / "pictures")
    return 0


def read_results(folder: Path) -> Mapping[str, _Content]:
    """What every benchmark has kept, by its name, in the order in which they run."""
    paths = {each.name: folder / f"{each.name}.json" for each in BENCHMARKS}
    return {name: json.loads(path.read_text("utf-8")) for name, path in paths.items() if path.exists()}


def page(results: Mapping[str, _Content]) -> str:
    """The page: an explanation and a table for each benchmark, and first how many goals are met."""
    parts = [_note("head"), _summary(results)]
    for name, content in results.items():
        parts += [_note(name) or f"## {name}", _table(content)]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def _note(name: str) -> str:
    path = _NOTES / f"{name}.md"
    return path.read_text("utf-8") if path.exists() else ""


def _summary(results: Mapping[str, _Content]) -> str:
    missed = [f"{name}: {each}" for name, content in results.items() for each in content["missed"]]
    goals = sum(1 for content in results.values() for each in content["measured"].values() if each["goal"])
    lines = [f"## Goals\n\n{goals - len(missed)} of {goals} are met{', all but:' if missed else '.'}"]
    lines += [f"* {each}" for each in missed]
    return "\n".join([lines[0], "", *lines[1:]])


def _table(content: _Content) -> str:
    plan, machine = content["plan"], content["environment"]
    measured = (
        f"{content['at'][:10]}, Python {machine['python']}, SQLite {machine['sqlite']}, {machine['cores']} cores, "
        f"load {machine['load'][0]:.1f}; {plan['rounds']} rounds, a long trail of "
        f"{plan['rows']:,} entries; beside {content['reference']}."
    )
    goals = {name: each for name, each in content["measured"].items() if each["goal"]} or content["measured"]
    chosen = _chosen(goals)
    rows = [_row(name, goals[name]) for name in chosen]
    rest = len(goals) - len(chosen)
    head = ["| what | unit | ours | reference | ratio | goal | |", "|---|---|---|---|---|---|---|"]
    more = [f"\n{rest} more are met with lower figures." if rest else ""]
    return "\n".join([measured, "", *head, *rows, *more]).rstrip()


def _chosen(goals: Mapping[str, _Content]) -> Sequence[str]:
    if len(goals) <= _MANY:
        return list(goals)
    highest = sorted(goals, key=lambda name: median(goals[name]["ours"]), reverse=True)[:_FEW]
    return [name for name, each in goals.items() if each["verdict"] != "met" or name in highest]


def _row(name: str, each: _Content) -> str:
    return f"| {' | '.join(_cells(name, each))} |"


def _cells(name: str, each: _Content) -> Iterator[str]:
    yield name.replace("|", "\\|")
    yield each["unit"]
    yield shown(median(each["ours"]))
    yield shown(median(each["reference"])) if each["reference"] else ""
    yield "" if each["ratio"] is None else ratio_shown(each["ratio"])
    yield each["goal"] or ""
    yield each["verdict"]


if __name__ == "__main__":
    sys.exit(main())
