"""The store whose work is counted is the same store."""

import inspect
from typing import Any

import pytest

from bot.domain.audit import AuditEntry
from bot.domain.errors import StoreUnavailable
from bot.ports import Store, TrailQuery
from bot.store.measured import measured
from bot.store.sqlite import SqliteStore
from tests.store.samples import an_entry


class Heard:
    """What a meter was told."""

    def __init__(self) -> None:
        self.appended_entries: list[AuditEntry] = []
        self.failed: list[str] = []

    def appended(self, entries: tuple[AuditEntry, ...], seconds: float) -> None:
        assert seconds >= 0
        self.appended_entries += entries

    def store_failed(self, call: str) -> None:
        self.failed.append(call)


async def test_what_is_written_is_counted_once_and_what_fails_by_its_name() -> None:
    heard: Any = Heard()
    store = measured(await SqliteStore.open(None), heard)
    first = an_entry()
    receipt = await store.record(first)
    assert await store.record_once(first) is None
    assert (await store.head()) == receipt
    assert [each.receipt for each in await store.trail(TrailQuery())] == [receipt]
    async with store.alone("turn"):
        pass
    await store.close()
    with pytest.raises(StoreUnavailable):
        await store.record(an_entry())
    assert heard.appended_entries == [first]
    assert heard.failed == ["record"]


async def test_no_method_of_the_port_is_missing() -> None:
    heard: Any = Heard()
    store = measured(await SqliteStore.open(None), heard)
    promised = {name for name, method in vars(Store).items() if inspect.isfunction(method) and not name.startswith("_")}
    assert promised <= set(vars(store))
    await store.close()


async def test_entries_that_come_with_something_else_are_counted_too() -> None:
    heard: Any = Heard()

    class Questions:
        alone = None

        def __getattr__(self, _name: str) -> Any:
            async def done(*_positional: Any, **_named: Any) -> str:
                return "done"

            return done

    anything: Any = Questions()
    store = measured(anything, heard)
    nothing: Any = None
    written = [an_entry() for _ in range(3)]
    await store.advance(nothing, expected=nothing, entries=written[:2])
    await store.open_confirmation(nothing, tuple(written[2:]))
    assert heard.appended_entries == written
