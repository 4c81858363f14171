"""`python -m tests.chaos [--seconds N] [--seed N]`: print the counts; exit code 1 where one is not zero."""

import argparse
import asyncio
import random
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.chaos.running import run
from tests.postgres import postgres_server


def main() -> int:
    """One run; its logs are kept where `--logs` says."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=main.__doc__)
    parser.add_argument("--seconds", type=float, default=120, help="for how long things go wrong (120)")
    parser.add_argument("--pause", type=float, default=2.5, help="seconds between two troubles, on average (2.5)")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--logs", type=Path, help="a folder for what the processes wrote")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder, postgres_server() as server:
        report = asyncio.run(run(server, Path(folder), asked.seconds, asked.pause, asked.seed))
    sys.stdout.write(report.text() + "\n")
    if asked.logs is not None:
        asked.logs.mkdir(parents=True, exist_ok=True)
        for name, log in report.logs.items():
            (asked.logs / f"{name}.log").write_text(log, "utf-8")
    return 0 if report.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
