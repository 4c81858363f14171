"""One verification in a process of its own, so that its memory can be told from everything else's.

Run as `python -m benchmarks.verification_process chain|file|reference PATH`. It prints JSON: seconds, and megabytes at
the peak. It imports no more than `vi-bot audit verify` needs.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from bot.domain.audit import SealedEntry, chain_faults
from bot.store.connection import reading
from bot.store.driver import sqlite3
from bot.store.verification import Verdict, verify_file


def chain(path: Path) -> None:
    """The hashes and links of all entries."""
    with reading(path) as database:
        rows = database.connection.execute("SELECT seq, body, hash FROM audit_event ORDER BY seq")
        must_be_sound(not any(chain_faults(SealedEntry(*row) for row in rows)))


def file(path: Path) -> None:
    """Everything that `vi-bot audit verify` looks at: pages, indexes, schema and lists too."""
    must_be_sound(verify_file(path).verdict is Verdict.SOUND)


def reference(path: Path) -> None:
    """The least: each body read and hashed."""
    with closing(sqlite3.connect(path)) as connection:
        for body, noted in connection.execute("SELECT body, hash FROM audit_event ORDER BY seq"):
            must_be_sound(sha256(body.encode()).hexdigest() == noted)


def must_be_sound(sound: bool) -> None:  # noqa: FBT001 - it has no other argument
    """End with an error where a file that was just made does not verify."""
    if not sound:
        sys.exit("The file does not verify: its figures would mean nothing.")


def peak() -> float:
    """Megabytes of memory at this process's peak."""
    if sys.platform != "linux":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    # Not getrusage: on Linux its figure includes what the parent had when it started this process.
    status = Path("/proc/self/status").read_text("ascii")
    (kilobytes,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(kilobytes) / 1024


KINDS: dict[str, Callable[[Path], None]] = {each.__name__: each for each in (chain, file, reference)}

if __name__ == "__main__":
    began = time.perf_counter()
    KINDS[sys.argv[1]](Path(sys.argv[2]))
    sys.stdout.write(json.dumps({"seconds": time.perf_counter() - began, "peak": peak()}))
