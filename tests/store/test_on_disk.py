from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ports import Store
from bot.store import open_store
from bot.store.verification import Verdict, verify_file
from tests.store.contract import StoreContract


class TestOnDisk(StoreContract):
    """Each test of the contract also leaves a file that verification finds sound, but for the one that plants."""

    @pytest.fixture
    async def store(self, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Store]:
        opened = await open_store(f"sqlite:///{tmp_path}/vi.db")
        store: Store = opened  # the type checker shows that nothing is missing
        yield store
        await opened.close()
        planted = request.function.__name__ == "test_a_snapshot_without_its_hash_is_not_handed_out"
        expected = Verdict.TAMPERED if planted else Verdict.SOUND
        assert verify_file(tmp_path / "vi.db").verdict is expected
