"""A machine that loses its power has lost nothing that the store acknowledged.

A killed process shows nothing of that, since the kernel writes later what the process wrote. Here the files are
afterwards replaced by what had been synced (fsync_shim.c): the worst that a power cut may leave.
"""

import os
import random
import shutil
import subprocess
import sys
from contextlib import closing, suppress
from itertools import count
from pathlib import Path

import pytest

from benchmarks import preload
from bot.domain.audit import Receipt
from bot.store.driver import sqlite3
from bot.store.sqlite import SqliteStore
from bot.store.verification import Verdict, verify_file
from tests.store.samples import an_entry

CUTS = int(os.environ.get("POWER_CUTS", "5"))
MOST_RECEIPTS = 400  # before a cut: with about 200 entries between two checkpoints, it falls before, in and after one

pytestmark = pytest.mark.skipif(not preload.available(), reason="the shim needs Linux and a C compiler")


class Machine:
    """A bot's folder on a disk that keeps only what was synced when the power fails."""

    def __init__(self, folder: Path, shim: Path) -> None:
        self._folder = (folder / "disk").resolve()
        self._folder.mkdir(parents=True)
        self._mirror = folder / "mirror"
        self._shim = shim
        self.database = self._folder / "vi.db"

    def cut_off(self, *, after: int, synchronous: str = "FULL", at_sync: int = 0) -> list[Receipt]:
        """Append until the power fails, after so many receipts or before that sync; all receipts that were given."""
        shutil.copytree(self._folder, self._mirror / "files")
        (self._mirror / "copies").mkdir()
        command = [sys.executable, "-m", "tests.store.cut_off_appender", str(self.database), synchronous]
        settings = {"POWER_CUT_FOLDER": self._folder, "POWER_CUT_MIRROR": self._mirror}
        environment = preload.environment(self._shim, **settings, **({"POWER_CUT_AT": at_sync} if at_sync else {}))
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            assert process.stdout
            lines = [process.stdout.readline() for _ in range(after)]
            with suppress(subprocess.TimeoutExpired):  # no receipt says where in a batch the process is
                process.wait(random.uniform(0, 0.03))
            process.kill()
            lines += process.stdout.readlines()
        assert process.returncode == -9
        shutil.rmtree(self._folder)
        (self._mirror / "files").rename(self._folder)
        shutil.rmtree(self._mirror)
        given = [line.split() for line in lines if line.endswith("\n")]
        return [Receipt(int(seq), digest) for seq, digest in given]

    def lost(self, receipts: list[Receipt]) -> set[Receipt]:
        with closing(sqlite3.connect(self.database)) as connection:
            kept = {Receipt(*row) for row in connection.execute("SELECT seq, hash FROM audit_event")}
        return set(receipts) - kept

    async def go_on(self) -> Receipt:
        store = await SqliteStore.open(self.database)
        receipt = await store.record(an_entry())
        await store.close()
        return receipt


@pytest.fixture(scope="module")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return preload.compiled(Path(__file__).with_name("fsync_shim.c"), tmp_path_factory.mktemp("shim"))


@pytest.fixture
def machine(tmp_path: Path, shim: Path) -> Machine:
    return Machine(tmp_path, shim)


async def test_a_power_cut_loses_nothing_that_was_acknowledged(machine: Machine) -> None:
    acknowledged = [await machine.go_on()]
    for cut in range(CUTS):
        acknowledged += machine.cut_off(after=random.Random(cut).randint(1, MOST_RECEIPTS))
        assert machine.lost(acknowledged) == set()
        found = verify_file(machine.database, noted=acknowledged)
        assert (found.verdict, found.faults) == (Verdict.SOUND, ())
        acknowledged.append(await machine.go_on())
    sys.stdout.write(f"{CUTS} power cuts, {len(acknowledged)} entries acknowledged, none lost\n")  # seen with -rP


async def test_without_waiting_for_the_disk_a_power_cut_loses_acknowledged_entries_and_the_chain_holds(
    machine: Machine,
) -> None:
    acknowledged = [await machine.go_on()]
    while not machine.lost(acknowledged):
        acknowledged += machine.cut_off(after=MOST_RECEIPTS, synchronous="NORMAL")
    sys.stdout.write(f"{len(acknowledged)} entries acknowledged, {len(machine.lost(acknowledged))} lost\n")
    assert verify_file(machine.database).verdict == Verdict.SOUND
    assert verify_file(machine.database, noted=acknowledged).verdict == Verdict.TAMPERED


async def test_a_power_cut_while_a_new_file_is_made_leaves_one_that_goes_on(tmp_path: Path, shim: Path) -> None:
    for sync in count(1):  # before the first sync, the second, … until the file is made and an entry is in it
        machine = Machine(tmp_path / str(sync), shim)
        acknowledged = machine.cut_off(after=1, at_sync=sync)
        later = await machine.go_on()
        assert machine.lost([*acknowledged, later]) == set()
        assert verify_file(machine.database).verdict == Verdict.SOUND
        if acknowledged:
            break
