"""Several processes on one store: who is at work, and which of them does what only one may do.

Each holds a lease while it runs. What it has begun is left to it; once its lease has run out, another one settles it.
So nobody may change anything for whose end their own lease would not last.
"""

import logging

from bot.domain.confirmation import Confirmation
from bot.domain.errors import StoreUnavailable
from bot.ports import Resources

_LOG = logging.getLogger(__name__)

LIFETIME = 60.0
"""Seconds for which the others take a process to be at work after its last sign of life."""

RENEWAL = 10.0
"""Seconds between two signs of life."""

LONGEST_CHANGE = 25.0
"""Seconds that one changing call may take at most: as long as the client gives it (`Limits.deleting`), and some."""

_DUTIES = "duties"
_TAKING_UP = 120.0  # seconds from taking up a question that another process left until the first entry that says so


async def show_presence(resources: Resources) -> None:
    """Give a sign of life.

    Raises:
        StoreUnavailable: the store did not take it.
    """
    presence = resources.presence
    at = resources.clock.elapsed()
    if await resources.store.take_lease(_lease_of(presence.process), presence.process, LIFETIME):
        presence.until = at + LIFETIME


async def keep_present(resources: Resources) -> None:
    """Give signs of life until cancelled."""
    while True:
        await resources.clock.sleep(RENEWAL)
        try:
            await show_presence(resources)
        except StoreUnavailable as error:
            _LOG.warning("the other processes could not be told that this one is at work: %s", error)


async def leave(resources: Resources) -> None:
    """Give up what this process holds, so that the others need not wait for it to run out."""
    process = resources.presence.process
    for name in (_DUTIES, _lease_of(process)):
        try:
            await resources.store.drop_lease(name, process)
        except StoreUnavailable as error:
            _LOG.warning("the lease %s runs out by itself: %s", name, error)


def check_presence(resources: Resources) -> None:
    """Make sure that a call that is sent now has ended before anybody else takes up its operation.

    Raises:
        StoreUnavailable: it may not. Nothing was sent.
    """
    if resources.presence.until - resources.clock.elapsed() < LONGEST_CHANGE:
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
    return await resources.store.take_lease(f"question/{confirmation.id}", resources.presence.process, _TAKING_UP)


def _lease_of(process: str) -> str:
    return f"process/{process}"
