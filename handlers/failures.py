"""Nothing escapes a listener.

An exception within about 10 ms after `ack()` makes Bolt lose the ack, and one that comes later is heard by nobody. So
what a listener starts is carried out in here: an error fit for a person is told in its own words, anything else
in one sentence with a reference that is also in the log.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable

from bot.domain.errors import BotError

_LOG = logging.getLogger(__name__)


async def told(
    work: Awaitable[None],
    *,
    error: Callable[[BotError], Awaitable[object]],
    unexpected: Callable[[str], Awaitable[object]],
) -> None:
    """Carry out `work`; what goes wrong is told by `error`, or by `unexpected` with a reference."""
    try:
        try:
            await work
        except BotError as problem:
            if problem.__cause__ is not None:
                _LOG.warning("%s: %s", problem.code, problem, exc_info=problem)
            await error(problem)
    except Exception:  # noqa: BLE001 - the one place where everything is caught: nobody is behind it
        reference = secrets.token_hex(4)
        _LOG.exception("fault %s", reference)
        await _last_word(unexpected(reference))


async def _last_word(telling: Awaitable[object]) -> None:
    try:
        await telling
    except Exception:  # noqa: BLE001 - there is nobody left to tell
        _LOG.exception("the person could not be told")


async def with_notice(work: Awaitable[None], patience: float, notice: Callable[[], Awaitable[object]]) -> None:
    """Await `work`; if it takes longer than `patience` seconds, give notice that it goes on."""
    task = asyncio.ensure_future(work)
    try:
        done, _running = await asyncio.wait({task}, timeout=patience)
        if not done:
            await notice()
        await task
    finally:
        task.cancel()  # Has an effect only where this was itself cancelled: the bot is being stopped.
