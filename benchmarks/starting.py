"""From the start of the process to ready, and the memory of one that is idle, beside a minimal Bolt app.

The bot as `vi-bot run` starts it: settings, logs, store, trail, HTTP, and the index of workflows read in the
background. Both ask an emulated Slack who they are; bytecode is cached; each is a process of its own. numpy is hidden
from both: it is here for the plots only, and sqlite-utils imports it where it is.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import memory
from benchmarks.comparison import Basis, Benchmark, Contestant, Goal, Measured, Plan, Tally, in_turn
from benchmarks.page_server import serving

_READY = "start to ready"
_CPU = "start to ready, CPU"
_MEMORY = "resident memory, idle, 10,000 workflows indexed"
_COMMANDS: Mapping[Contestant, Sequence[str]] = {
    "ours": ("bot", "run"),
    "reference": ("benchmarks.minimal_app",),
}
_AS_WITHOUT_NUMPY = (
    "import runpy, sys; sys.modules['numpy'] = None; sys.argv = sys.argv[1:]; "
    "runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)"
)
_QUIET = 0.3  # seconds without any work of the processor's, after which a process is idle
_PATIENCE = 30.0  # seconds until it must be
_LISTENS = " listens"


@dataclass(frozen=True, slots=True)
class Started:
    """What one start took: seconds, the processor's seconds, and megabytes once it was idle."""

    seconds: float
    cpu: float
    megabytes: float


def measure(plan: Plan) -> Mapping[str, Measured]:
    """Seconds and megabytes, where the machine can tell them; half of the plan's rounds."""
    if not memory.available():
        return {}
    tally = Tally()
    with serving(plan.workflows, 0) as address:
        for each in _COMMANDS:
            _start(plan, each, address)  # so that bytecode is cached
        for number in range(max(1, plan.rounds // 2)):
            for contestant in in_turn(number):
                found = _start(plan, contestant, address)
                tally.add(contestant, _READY, "s", found.seconds)
                tally.add(contestant, _CPU, "s", found.cpu)
                tally.add(contestant, _MEMORY, "MB", found.megabytes)
    return tally.measured()


def _start(plan: Plan, contestant: Contestant, address: str) -> Started:
    with tempfile.TemporaryDirectory(dir=plan.folder) as folder:
        began = time.perf_counter()
        with subprocess.Popen(
            [sys.executable, "-c", _AS_WITHOUT_NUMPY, *_COMMANDS[contestant]],
            cwd=folder,
            env=_environment(address),
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                _wait_until_it_listens(process)
                seconds, cpu = time.perf_counter() - began, _cpu(process.pid)
                _wait_until_idle(process.pid)
                return Started(seconds, cpu, memory.resident(process.pid))
            finally:
                process.terminate()


def _environment(address: str) -> Mapping[str, str]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH", "LANG") if name in os.environ}
    # The project's own folder, since the process runs in one of its own.
    return inherited | {
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), inherited.get("PYTHONPATH", "")]),
        "SLACK_API_URL": f"{address}/api/",
        "SLACK_BOT_TOKEN": "xoxb-benchmark",
        "SLACK_SIGNING_SECRET": "0123456789abcdef",
        "DATATURE_VI_SECRET_KEY": "dtvi_" + "k" * 98,
        "DATATURE_VI_ORGANIZATION_ID": "org_benchmark",
        "DATATURE_VI_API_ENDPOINT": address,
        "VI_BOT_HTTP_PORT": "0",
        "VI_BOT_LOG_LEVEL": "ERROR",
    }


def _wait_until_it_listens(process: subprocess.Popen[str]) -> None:
    said = []
    for line in process.stderr or ():
        said.append(line)
        if _LISTENS in line:
            return
    raise RuntimeError(f"It did not start: {''.join(said)}")


def _wait_until_idle(pid: int) -> None:
    until = time.monotonic() + _PATIENCE
    before = -1.0
    while (now := _cpu(pid)) != before:
        if time.monotonic() > until:
            raise RuntimeError(f"The process was still busy after {_PATIENCE:g} s.")
        before = now
        time.sleep(_QUIET)


def _cpu(pid: int) -> float:
    """The processor's seconds that a process has taken, in hundredths."""
    # proc(5): the fields behind the command's name, which may hold anything; utime and stime are the 14th and 15th.
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


BENCHMARK = Benchmark(
    name="starting",
    reference="a minimal Bolt app with pydantic-settings",
    goals={
        _READY: Goal(1.3, at_least=False, basis=Basis.RATIO),
        _MEMORY: Goal(1.5, at_least=False, basis=Basis.RATIO),
    },
    measure=measure,
)
