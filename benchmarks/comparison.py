"""What a benchmark is: quantities measured beside a reference, round by round in one run, and goals for them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from statistics import median
from typing import Literal

Contestant = Literal["ours", "reference"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured.

    Attributes:
        folder: where benchmarks put their files; on a disk, since in memory there is no `fsync` to wait for.
        rounds: how often ours and the reference are measured in turn.
        calls: how many calls each has in a round, where calls are what is measured.
        rows: how many entries the long trail has.
        workflows: how many a large organization has.
    """

    folder: Path
    rounds: int
    calls: int
    rows: int
    workflows: int = 10_000


@dataclass(frozen=True, slots=True)
class Measured:
    """One quantity: one number for each round, and the reference's from the same rounds."""

    unit: str
    ours: Sequence[float]
    reference: Sequence[float] = ()

    @property
    def ratios(self) -> Sequence[float]:
        """Ours over the reference, for each round; empty where there is no reference."""
        return [ours / reference for ours, reference in zip(self.ours, self.reference, strict=bool(self.reference))]


class Basis(StrEnum):
    """What of a quantity a goal's limit is for: the median of either."""

    RATIO = "ratio"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Goal:
    """A limit that a quantity must reach (`at_least`) or must not pass."""

    limit: float
    at_least: bool
    basis: Basis

    def is_met_by(self, measured: Measured) -> bool:
        """Whether the quantity is on the right side of the limit, or on it."""
        value = median(measured.ratios if self.basis is Basis.RATIO else measured.ours)
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.limit:,g}{' ×' if self.basis is Basis.RATIO else ''}"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark.

    Attributes:
        reference: what ours is compared with, for people.
        goals: by the name of the quantity.
        measure: the quantities by name. One that cannot be measured on this machine is left out.
    """

    name: str
    reference: str
    goals: Mapping[str, Goal]
    measure: Callable[[Plan], Mapping[str, Measured]]


def in_turn(number: int) -> Sequence[Contestant]:
    """Both contestants of a round; each comes first every other time."""
    return ("reference", "ours") if number % 2 else ("ours", "reference")


class Tally:
    """Collects numbers, round by round."""

    def __init__(self) -> None:
        self._units: dict[str, str] = {}
        self._values: dict[tuple[str, Contestant], list[float]] = {}

    def add(self, contestant: Contestant, name: str, unit: str, value: float) -> None:
        """Add a contestant's number for one round."""
        self._units[name] = unit
        self._values.setdefault((name, contestant), []).append(value)

    def measured(self) -> Mapping[str, Measured]:
        """The quantities by name, in the order in which they came first."""
        return {
            name: Measured(unit, self._values[name, "ours"], self._values.get((name, "reference"), ()))
            for name, unit in self._units.items()
        }


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest of the values that so many percent of them do not pass."""
    ordered = sorted(values)
    return ordered[max(0, -int(-len(ordered) * percent // 100) - 1)]
