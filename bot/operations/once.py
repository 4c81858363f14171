"""A request that arrives twice changes things once: Slack may deliver again, and whoever overheard one may replay it.

What passes through a dialogue needs none of this: a question is claimed once.
"""

from bot.domain.errors import Repeated
from bot.operations.recording import Operation

KEPT = 600.0
"""Seconds for which a request is remembered: its signature is taken from five minutes before its time to five after."""


async def require_first(under_way: Operation) -> None:
    """Make sure that no process was given this very request before.

    Raises:
        Repeated: one was.
        StoreUnavailable: the store does not say.
    """
    trigger = under_way.request.trigger
    if trigger and not await under_way.resources.store.take_lease(f"request/{trigger}", under_way.id, KEPT):
        raise Repeated
