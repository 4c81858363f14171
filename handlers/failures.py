"""Nothing escapes a listener.

An exception within about 10 ms after `ack()` makes Bolt lose the ack, and one that comes later is heard by nobody. So
what a listener starts is carried out in here: an error fit for a person is told in its own words, anything else
in one sentence with a reference that is also in the log.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import copy_context
from typing import Any

from structlog.contextvars import bind_contextvars, get_contextvars

from bot.domain.errors import BotError

_LOG = logging.getLogger(__name__)

OK, FAULT = "ok", "fault"


async def told(
    work: Awaitable[None],
    *,
    error: Callable[[BotError], Awaitable[object]],
    unexpected: Callable[[str], Awaitable[object]],
) -> str:
    """Carry out `work`; what goes wrong is told by `error`, or by `unexpected` with a reference.

    What came of it: `ok`, the error's code, or `fault`.
    """
    result = OK
    try:
        try:
            await work
        except BotError as problem:
            result = problem.code
            if problem.__cause__ is not None:
                _LOG.warning("%s: %s", problem.code, problem, exc_info=problem)
            await error(problem)
    except Exception:  # noqa: BLE001 - the one place where everything is caught: nobody is behind it
        reference = secrets.token_hex(4)
        _LOG.exception("fault %s", reference)
        await _last_word(unexpected(reference))
        return FAULT
    return result


async def _last_word(telling: Awaitable[object]) -> None:
    try:
        await telling
    except Exception:  # noqa: BLE001 - there is nobody left to tell
        _LOG.exception("the person could not be told")


async def with_notice(
    work: Coroutine[Any, Any, None], patience: float, notice: Callable[[], Awaitable[object]]
) -> None:
    """Await `work`; if it takes longer than `patience` seconds, give notice that it goes on."""
    own = copy_context()
    task = asyncio.get_running_loop().create_task(work, context=own)
    try:
        done, _running = await asyncio.wait({task}, timeout=patience)
        if not done:
            await notice()
        await task
    finally:
        task.cancel()  # Has an effect only where this was itself cancelled: the bot is being stopped.
        bind_contextvars(**own.run(get_contextvars))  # What is logged about it later belongs to its operation.
