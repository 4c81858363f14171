"""How long a call may take, and how often it is sent."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import stamina

from bot.domain.errors import ViNotFound, ViNotUnderstood, ViOutcomeUnknown, ViRefused
from bot.vi.calls import Answer, Call
from bot.vi.failures import AttemptFailed

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a person's patience allows; all times in seconds.

    Attributes:
        connect: for a connection, waiting for a free one included.
        silence: between two signs of life within one attempt. A deletion is given its whole time instead.
        reading, listing, creating, deleting: for the whole of such an operation, all attempts and pauses included.
        attempts: how often a call is sent at most.
        first_pause, longest_pause: between two attempts, where the platform asks for none. The pauses double, and
            each is lengthened at random by up to `first_pause`, so that many bots do not come back at once.
        page_size: how many items of a list are asked for at once. Vi allows 1 to 1000.
        pages: how many pages a list may have.
    """

    connect: float = 5.0
    silence: float = 8.0
    reading: float = 15.0
    listing: float = 20.0
    creating: float = 20.0
    deleting: float = 20.0
    attempts: int = 4
    first_pause: float = 0.25
    longest_pause: float = 2.0
    page_size: int = 1_000
    pages: int = 10_000


async def answered(call: Call, attempt: Callable[[], Awaitable[Answer]], *, limits: Limits, deadline: float) -> Answer:
    """The answer of the first attempt that succeeds.

    Args:
        call: what is attempted, for the log.
        attempt: sends it once, and ends by the deadline.
        limits: how often, and with which pauses.
        deadline: on the event loop's clock.

    Raises:
        ViError: of the last attempt; but once an attempt left a change in doubt, no later one settles it: a
            creation that is refused the second time may have been carried out the first.
    """
    loop = asyncio.get_running_loop()
    doubts: list[ViOutcomeUnknown] = []

    def pause_after(failure: Exception) -> bool | float:
        if not isinstance(failure, AttemptFailed):
            return False
        _log(call, failure)
        if isinstance(failure.error, ViOutcomeUnknown):
            doubts.append(failure.error)
        left = deadline - loop.time()
        if failure.pause is None:
            return failure.repeatable and limits.longest_pause < left
        return failure.pause if failure.repeatable and failure.pause < left else False

    retrying = stamina.AsyncRetryingCaller(
        attempts=limits.attempts,
        timeout=None,
        wait_initial=limits.first_pause,
        wait_jitter=limits.first_pause,
        wait_max=limits.longest_pause,
    )
    try:
        return await retrying(pause_after, attempt)
    except AttemptFailed as failure:
        raise (doubts[-1] if doubts else failure.error) from None


def _log(call: Call, failure: AttemptFailed) -> None:
    error = failure.error
    # A person who asks for what is gone, or may not be had, is no trouble of the operator's.
    level = logging.INFO if isinstance(error, ViNotFound | ViRefused) else logging.WARNING
    excerpt = error.excerpt if isinstance(error, ViNotUnderstood) else ""
    _logger.log(
        level,
        "%s %s: %s (status %d, trace %s) %s",
        call.effect.value,
        call.path,
        error.sentence,
        error.status,
        error.trace_id or "none",
        excerpt or failure.__cause__ or "",
    )
