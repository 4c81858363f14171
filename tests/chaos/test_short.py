"""`make chaos` for a few seconds, on a server of its own: it is restarted under everybody's hands."""

import asyncio
import os
import random
from pathlib import Path

from tests.chaos.running import run
from tests.postgres import postgres_server

SECONDS = 15
SEED = int(os.environ.get("CHAOS_SEED", random.SystemRandom().randrange(1_000_000)))


def test_what_must_be_zero_is_zero_after_fifteen_seconds_of_trouble(tmp_path: Path) -> None:
    with postgres_server() as server:
        report = asyncio.run(run(server, tmp_path, SECONDS, pause=1.5, seed=SEED))
    assert report.is_sound, report.text()
    assert report.happened["commands acknowledged"] > 0
