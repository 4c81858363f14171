"""A store whose work is counted and timed, whichever store it is."""

import time
from collections.abc import Awaitable, Callable, Iterator
from inspect import iscoroutinefunction
from typing import Any, cast

from bot.domain.audit import AuditEntry
from bot.domain.errors import StoreUnavailable
from bot.ports import Meter, Store


def measured(store: Store, meter: Meter) -> Store:
    """The same store, of which the meter hears what was written into the trail and what failed."""
    return cast("Store", _Measured(store, meter))  # has every method of the port's by construction


class _Measured:
    """Has every method of `Store`, so that one that is added there is measured too."""

    def __init__(self, store: Store, meter: Meter) -> None:
        self.alone = store.alone
        for name, method in vars(Store).items():
            if iscoroutinefunction(method):
                setattr(self, name, _timed(getattr(store, name), name, meter))


def _timed(method: Callable[..., Awaitable[Any]], name: str, meter: Meter) -> Callable[..., Awaitable[Any]]:
    async def call(*positional: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            answer = await method(*positional, **named)
        except StoreUnavailable:
            meter.store_failed(name)
            raise
        entries = tuple(_entries((*positional, *named.values())))
        # None: somebody else came first, and nothing was written.
        if entries and answer is not None:
            meter.appended(entries, time.perf_counter() - began)
        return answer

    return call


def _entries(arguments: tuple[Any, ...]) -> Iterator[AuditEntry]:
    for each in arguments:
        if isinstance(each, AuditEntry):
            yield each
        elif isinstance(each, list | tuple):
            yield from _entries(tuple(each))
