"""Pictures of how cost grows, made of the numbers that the benchmark `growth` has kept."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import growth
from benchmarks.growth import Curve

_PICTURES: Mapping[str, Sequence[Curve]] = {
    "workflows": (growth.LIST, growth.TYPED),
    "memory": (growth.INDEX,),
    "runs": (growth.ACTIVE,),
    "audit": (growth.QUERY, growth.APPEND, growth.VERIFY),
    "concurrency": (growth.CROWD,),
}


def draw(content: Mapping[str, Any], folder: Path) -> Sequence[Path]:
    """Draw each picture as `growth-NAME.svg`; the same numbers make the same files."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    with mpl.rc_context({"svg.hashsalt": "growth", "svg.fonttype": "none"}):
        for name, curves in _PICTURES.items():
            figure = Figure(figsize=(7, 4), layout="constrained")
            axes = figure.add_subplot()
            for curve in curves:
                points = points_of(content, curve)
                label = f"{curve.name} (slope {growth.slope(points):.2f})"
                axes.loglog(list(points), list(points.values()), marker="o", label=label)
            axes.set_xlabel(curves[0].over)
            axes.set_ylabel(curves[0].unit)
            axes.grid(visible=True, which="major", alpha=0.4)
            axes.legend()
            drawn.append(folder / f"growth-{name}.svg")
            figure.savefig(drawn[-1], metadata={"Date": None})
    return drawn


def points_of(content: Mapping[str, Any], curve: Curve) -> Mapping[int, float]:
    """A curve's cost by size, as the benchmark's JSON has it."""
    form = re.compile(re.escape(curve.point(0)).replace(re.escape(" 0 "), " ([0-9,]+) "))
    found = ((form.fullmatch(name), each) for name, each in content["measured"].items())
    return {int(match[1].replace(",", "")): median(each["ours"]) for match, each in found if match}
