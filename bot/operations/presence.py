"""Several processes on one store: who is at work, and which of them does what only one may do.

Each holds a lease while it runs. What it has begun is left to it; once its lease has run out, another one settles it.
So nobody may change anything for whose end their own lease would not last, nor go on with what was under way when it
ran out. How long things last: `bot.ports.LeaseTimes`; why it is so: docs/decisions/0010-leases.md.
"""

import logging
import math
from datetime import timedelta

from bot.domain.audit import OperationId, content_of
from bot.domain.confirmation import Confirmation
from bot.domain.errors import StoreUnavailable
from bot.ports import Resources

_LOG = logging.getLogger(__name__)

_DUTIES = "duties"
_PROCESSES = "process/"


async def show_presence(resources: Resources) -> None:
    """Give a sign of life. What is under way although the last one had run out is given up.

    Raises:
        StoreUnavailable: the store did not take it.
    """
    presence, lifetime = resources.presence, resources.rules.leases.lifetime
    at = resources.clock.elapsed()
    if not await resources.store.take_lease(_lease_of(presence.process), presence.process, lifetime):
        return
    if at >= presence.until:
        _LOG.warning("this process was out of touch with the others; they may have taken up what it was at")
        presence.lost.update(resources.under_way)
    presence.until = at + lifetime


async def keep_present(resources: Resources) -> None:
    """Give signs of life until cancelled."""
    while True:
        await resources.clock.sleep(resources.rules.leases.renewal)
        try:
            await show_presence(resources)
        except StoreUnavailable as error:
            _LOG.warning("the other processes could not be told that this one is at work: %s", error)


async def processes_at_work(resources: Resources) -> int:
    """How many processes work on this store, this one included.

    Raises:
        StoreUnavailable: the store does not say.
    """
    return await resources.store.count_leases(_PROCESSES)


def may_begin(resources: Resources) -> bool:
    """Whether one more changing call would have ended before this process has to, where it was told to stop."""
    return resources.presence.ends - resources.clock.elapsed() >= resources.rules.leases.longest_change


async def leave(resources: Resources) -> None:
    """Give up what this process holds, so that the others need not wait for it to run out.

    From now on it changes nothing. Where something was broken off, its own lease runs out by itself: a call that was
    sent may still be on its way, and nobody should look at what came of it before it has arrived.
    """
    process = resources.presence.process
    resources.presence.until = -math.inf
    try:
        await resources.store.drop_lease(_DUTIES, process)
        begun = (content_of(each).host.get("process") for each in await resources.store.open_operations())
        if process not in begun:
            await resources.store.drop_lease(_lease_of(process), process)
    except StoreUnavailable as error:
        _LOG.warning("what process %s held runs out by itself: %s", process, error)


def check_presence(resources: Resources, operation_id: OperationId) -> None:
    """Make sure that a call that is sent now has ended before anybody else takes up its operation.

    Raises:
        StoreUnavailable: it may not. Nothing was sent.
    """
    presence = resources.presence
    left = presence.until - resources.clock.elapsed()
    if left < resources.rules.leases.longest_change or operation_id in presence.lost:
        raise StoreUnavailable(
            "This process of the bot has been out of touch with its memory for too long to change anything.",
            "Try again in a minute.",
        )


async def is_at_work_elsewhere(resources: Resources, process: str) -> bool:
    """Whether another process, which wrote this into its entries, is still at work.

    Raises:
        StoreUnavailable: the store does not say.
    """
    return process not in {"", resources.presence.process} and await resources.store.is_leased(_lease_of(process))


async def is_at_work(resources: Resources, process: str) -> bool:
    """Whether the process that wrote this into its entries, this one or another, is at work.

    Raises:
        StoreUnavailable: the store does not say.
    """
    return bool(process) and await resources.store.is_leased(_lease_of(process))


async def leads(resources: Resources, seconds: float) -> bool:
    """Whether this process is the one, for so long from now, that does what only one may do.

    Raises:
        StoreUnavailable: the store does not say.
    """
    return await resources.store.take_lease(_DUTIES, resources.presence.process, seconds)


async def take_up(resources: Resources, confirmation: Confirmation) -> bool:
    """Whether this process may go on with a confirmed question that another one left.

    Raises:
        StoreUnavailable: the store does not say.
    """
    name, seconds = f"question/{confirmation.id}", resources.rules.leases.taking_up
    return await resources.store.take_lease(name, resources.presence.process, seconds)


async def take_telling(resources: Resources, confirmation: Confirmation, span: timedelta) -> bool:
    """Whether nobody, this process included, has taken it upon them within this time to tell what came of a question.

    Raises:
        StoreUnavailable: the store does not say.
    """
    return await resources.store.take_lease(f"telling/{confirmation.id}", resources.ids.new(), span.total_seconds())


def _lease_of(process: str) -> str:
    return _PROCESSES + process
