from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot.domain.audit import Action, OperationId, Receipt, Stage
from bot.domain.checkpoint import Checkpoint
from bot.store.sqlite import SqliteStore
from tests.store.rotating import append
from tests.store.samples import NOON, a_snapshot, an_entry


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "vi.db"


@pytest.fixture
async def on_disk(path: Path) -> AsyncIterator[SqliteStore]:
    store = await SqliteStore.open(path)
    yield store
    await store.close()


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A folder that every user can reach."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        yield folder


STAGES = [Stage.REQUESTED, Stage.STARTED, Stage.SUCCEEDED, Stage.NOTE, Stage.STARTED, Stage.NOTE, Stage.NOTE]
"""The first operation was settled, its copy compared; the one of entry 5 is open."""


@pytest.fixture
async def kept(path: Path) -> list[Receipt]:
    """A sound file, and the receipts of its entries."""
    store = await SqliteStore.open(path)
    receipts = []
    for number, stage in enumerate(STAGES, start=1):
        operation = OperationId(f"op-{number > 4}")
        entry = an_entry(stage, operation=operation, action=Action.BACKUP)
        receipts.append(await store.record(entry))
    await store.keep_snapshot(a_snapshot())
    await store.keep_checkpoint(Checkpoint("org-1", receipts[-1], NOON))
    await store.close()
    return receipts


@pytest.fixture
async def receipts(path: Path) -> list[Receipt]:
    """A file that can be rotated, and the receipts of its entries."""
    return await append(path, 3)
