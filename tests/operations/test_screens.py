"""What a person was shown is written down and kept, both at once."""

import asyncio
from typing import Any

import pytest

from bot.domain.audit import Action, AuditEntry, Stage
from bot.domain.errors import StoreUnavailable
from bot.domain.people import PersonId, Request, TeamId
from bot.domain.policy import Policy
from bot.domain.screen import Screen, ScreenId
from bot.operations.recording import one_entry
from bot.operations.screens import tell_and_keep
from bot.ports import Resources, Rules
from tests.operations.stand_ins import CountedIds, StoppedClock


class Store:
    """Takes entries and screens once both have come, except what it is to refuse."""

    def __init__(self, refused: str = "") -> None:
        self.refused = refused
        self.stages: list[Stage] = []
        self.screens: list[ScreenId] = []
        self._both = asyncio.Barrier(2)

    async def record(self, entry: AuditEntry) -> None:
        self.stages.append(entry.stage)
        await self._take("record")

    async def keep_screen(self, screen: Screen) -> None:
        self.screens.append(screen.id)
        await self._take("keep_screen")

    async def _take(self, name: str) -> None:
        await self._both.wait()
        if name == self.refused:
            raise StoreUnavailable("The disk is full.")


async def look(store: Any, *, strict: bool = True) -> ScreenId:
    nobody: Any = None
    rules = Rules(looks_need_the_trail=strict)
    resources = Resources(nobody, nobody, store, nobody, Policy(), StoppedClock(), CountedIds(), rules=rules)
    async with (
        asyncio.timeout(5),
        one_entry(resources, Request(PersonId("U1"), TeamId("T1"), "command"), Action.LIST) as entry,
    ):
        return await tell_and_keep(entry, "listing", {"page": 1})


async def test_the_entry_and_the_screen_wait_for_the_disk_together() -> None:
    store = Store()
    assert [await look(store)] == store.screens
    assert store.stages == [Stage.SUCCEEDED]


@pytest.mark.parametrize("refused", ["record", "keep_screen"])
async def test_nothing_is_shown_where_one_of_both_fails_and_no_second_entry_is_written(refused: str) -> None:
    store = Store(refused)
    with pytest.raises(StoreUnavailable):
        await look(store)
    assert store.stages == [Stage.SUCCEEDED]


async def test_where_looks_do_not_need_the_trail_a_screen_that_was_not_kept_has_no_buttons() -> None:
    assert await look(Store("keep_screen"), strict=False) == ""
