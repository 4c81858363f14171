"""A bot that is killed in the middle of its work has lost nothing that it acknowledged.

`VI_OPS_KILLS=50 pytest tests/store/test_kill.py` kills it 50 times instead of 10.
"""

import os
import subprocess
import sys
from pathlib import Path

from bot.domain.audit import Receipt
from bot.ports import TrailQuery
from bot.store.trail import read_trail
from bot.store.verification import Verdict, verify_file

KILLS = int(os.environ.get("VI_OPS_KILLS", "10"))
RECEIPTS_BEFORE_A_KILL = 100


def receipts_until_killed(path: Path) -> list[Receipt]:
    command = [sys.executable, "-m", "tests.store.appender", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(RECEIPTS_BEFORE_A_KILL)]
        process.kill()
        lines += process.stdout.readlines()
    whole = [line.split() for line in lines if line.endswith("\n")]
    return [Receipt(int(seq), digest) for seq, digest in whole]


def test_what_was_acknowledged_before_a_kill_is_there_and_the_chain_holds(path: Path) -> None:
    acknowledged: list[Receipt] = []
    for _ in range(KILLS):
        acknowledged += receipts_until_killed(path)
        stored = {each.receipt for each in read_trail(path, TrailQuery(limit=1_000_000))}
        assert stored.issuperset(acknowledged)
        found = verify_file(path, noted=acknowledged)
        assert (found.verdict, found.faults) == (Verdict.SOUND, ())
    assert len(acknowledged) >= KILLS * RECEIPTS_BEFORE_A_KILL
