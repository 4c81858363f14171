"""How much memory a process has, as Linux counts it."""

import sys
from pathlib import Path

_LEAST = 0.1  # megabytes: Linux counts pages in batches, and less than this cannot be told from nothing


def available() -> bool:
    """Whether this machine can tell."""
    return sys.platform == "linux"


def resident(process: int | str = "self") -> float:
    """Megabytes of this or another process in memory now."""
    return _megabytes("VmRSS:", process)


def forget_peak() -> None:
    """Let the peak be what is in memory now."""
    Path("/proc/self/clear_refs").write_text("5", "ascii")


def grown_since(before: float) -> float:
    """Megabytes by which the peak, since it was forgotten, is above what was in memory before."""
    return max(_LEAST, _megabytes("VmHWM:") - before)


def _megabytes(name: str, process: int | str = "self") -> float:
    lines = Path(f"/proc/{process}/status").read_text("utf-8").splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith(name))
    return int(kilobytes) / 1024
