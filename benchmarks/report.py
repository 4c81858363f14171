"""What came of a benchmark: a table for people, JSON for plots and comparisons."""

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

from benchmarks.comparison import Benchmark, Measured, Plan
from bot.store.driver import sqlite3

_COLUMNS = ("", "unit", "ours", "reference", "ratio", "lowest–highest", "goal", "")
_FEW_DIGITS = 100
_SMALL_RATIO = 0.1


@dataclass(frozen=True, slots=True)
class Report:
    """What a benchmark measured under a plan."""

    benchmark: Benchmark
    plan: Plan
    measured: Mapping[str, Measured]

    @property
    def missed(self) -> list[str]:
        """The quantities whose goal is not met, or that were not measured."""
        return [name for name in self.benchmark.goals if self.verdict(name) != "met"]

    def verdict(self, name: str) -> str:
        """What is said of a quantity: `met`, `MISSED`, `not measured`, or nothing where there is no goal."""
        goal = self.benchmark.goals.get(name)
        if goal is None:
            return ""
        if name not in self.measured:
            return "not measured"
        return "met" if goal.is_met_by(self.measured[name]) else "MISSED"

    def table(self) -> str:
        """One line for each quantity, medians over the rounds, under the name and the reference."""
        names = {**self.measured, **self.benchmark.goals}
        lines = [_COLUMNS, *(self._line(name) for name in names)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
        return "\n".join([f"{self.benchmark.name}, beside {self.benchmark.reference}", *map(str.rstrip, text)])

    def json(self) -> str:
        """Every number, and on what it was measured."""
        content = {
            "benchmark": self.benchmark.name,
            "reference": self.benchmark.reference,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "plan": {"rounds": self.plan.rounds, "calls": self.plan.calls, "rows": self.plan.rows},
            "environment": {
                "python": platform.python_version(),
                "sqlite": sqlite3.sqlite_version,
                "system": platform.platform(),
                "cores": os.cpu_count(),
                "load": os.getloadavg(),
            },
            "measured": {name: self._content(name, measured) for name, measured in self.measured.items()},
            "missed": self.missed,
        }
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"

    def _content(self, name: str, measured: Measured) -> dict[str, Any]:
        goal = self.benchmark.goals.get(name)
        return {
            "unit": measured.unit,
            "ours": list(measured.ours),
            "reference": list(measured.reference),
            "ratio": median(measured.ratios) if measured.ratios else None,
            "goal": str(goal) if goal else None,
            "verdict": self.verdict(name),
        }

    def _line(self, name: str) -> tuple[str, ...]:
        goal = self.benchmark.goals.get(name)
        end = (str(goal) if goal else "", self.verdict(name))
        if name not in self.measured:
            return (name, "", "", "", "", "", *end)
        found = self.measured[name]
        beside: tuple[str, ...] = ("", "", "")
        if ratios := found.ratios:
            beside = (
                shown(median(found.reference)),
                ratio_shown(median(ratios)),
                f"{ratio_shown(min(ratios))}–{ratio_shown(max(ratios))}",
            )
        return (name, found.unit, shown(median(found.ours)), *beside, *end)


def shown(value: float) -> str:
    """A figure with as many digits as mean something."""
    return f"{value:,.0f}" if value >= _FEW_DIGITS else f"{value:.3g}"


def ratio_shown(value: float) -> str:
    """A ratio with as many digits as mean something."""
    return f"{value:.2f}" if value >= _SMALL_RATIO else f"{value:.2g}"
