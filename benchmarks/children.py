"""Processes that measure themselves: a bot in one of its own, so that its processor time is told from all else.

A child says where it listens, in one line. Then it answers each line that it is sent with the seconds of processor
time that it has used so far, and ends when there are no more.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path(__file__).parent.parent
_LONGEST = 60.0
"""Seconds for a child to start, or to end; one takes less than 2 where the machine is free."""


@dataclass(frozen=True, slots=True)
class Child:
    """A child that runs; `address` is where it listens."""

    address: str
    _process: asyncio.subprocess.Process

    async def cpu(self) -> float:
        """Seconds of processor time that it has used since it was started."""
        _to(self._process).write(b"\n")
        return float(await _line_of(self._process))


@asynccontextmanager
async def child(module: str, *arguments: str, folder: Path, settings: Mapping[str, str]) -> AsyncIterator[Child]:
    """A module, run until the block ends, in this folder, with no environment but its settings.

    So nothing that traces or configures this process reaches what is measured.
    """
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": os.pathsep.join([str(_ROOT)])}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments),
        cwd=folder,
        env={**environment, **settings},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield Child(json.loads(await _line_of(process)), process)
    finally:
        _to(process).close()
        async with asyncio.timeout(_LONGEST):
            await process.wait()


async def measure_until_told(address: str) -> None:
    """What a child does once it listens."""
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    _say(json.dumps(address))
    while await lines.readline():
        _say(str(time.process_time()))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def _line_of(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None  # noqa: S101 - for the type: it is a pipe
    async with asyncio.timeout(_LONGEST):
        line = await process.stdout.readline()
    if not line:
        raise ChildProcessError(f"A process that was to be measured ended: {await process.wait()}.")
    return line.decode()


def _to(process: asyncio.subprocess.Process) -> asyncio.StreamWriter:
    assert process.stdin is not None  # noqa: S101 - for the type: it is a pipe
    return process.stdin
