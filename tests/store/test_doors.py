"""Which store an address names."""

from importlib import util
from pathlib import Path

import pytest

from bot import store
from bot.domain.errors import StoreUnavailable
from bot.store import is_in_postgres, open_spool, open_store
from bot.store.leases import Leases
from tests.store.samples import an_entry


@pytest.mark.parametrize("url", ["postgresql://bot@host/db", "postgres://host/db"])
def test_an_address_of_postgresql_is_known(url: str) -> None:
    assert is_in_postgres(url)


@pytest.mark.parametrize("url", ["vi-bot.db", "sqlite:///postgresql", ":memory:", "mysql://host"])
def test_no_other_is_taken_for_one(url: str) -> None:
    assert not is_in_postgres(url)


async def test_without_the_extra_the_command_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "find_spec", lambda name: None if name == "psycopg" else util.find_spec(name))
    with pytest.raises(StoreUnavailable) as refused:
        await open_store("postgresql://bot:secret@host/db")
    assert "vi-ops-bot[postgres]" in refused.value.advice
    assert "secret" not in f"{refused.value.sentence} {refused.value.advice}"


async def test_an_unknown_kind_of_store_is_refused_without_its_address() -> None:
    with pytest.raises(ValueError, match=r"not mysql:…$"):
        await open_store("mysql://bot:secret@host/db")


async def test_a_spool_stands_where_it_is_told_or_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for spool in (open_spool("postgresql://host/db"), open_spool("postgresql://host/db", tmp_path / "there.spool")):
        assert spool is not None
        await spool.keep(an_entry())
    assert sorted(each.name for each in tmp_path.iterdir()) == ["there.spool", "vi-bot.spool"]
    assert open_spool(":memory:") is None


async def test_who_waits_too_long_for_a_turn_is_told() -> None:
    leases = Leases()
    async with leases.turn("answering", 1):
        with pytest.raises(StoreUnavailable, match=r"busy with others for 0\.01 seconds"):
            async with leases.turn("answering", 0.01):
                pass
    async with leases.turn("answering", 1):
        pass
