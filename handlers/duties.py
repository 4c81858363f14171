"""What time brings about by itself: questions that run out, reminders, and what a crash left undone."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from structlog.contextvars import bind_contextvars

from bot.domain.errors import ConfirmationClosed
from bot.operations.anchoring import Anchoring
from bot.operations.carrying_out import resume, untold
from bot.operations.confirming import sweep
from bot.operations.forgetting import forget_questions
from bot.operations.presence import leads
from bot.operations.readiness import ask_vi
from bot.operations.recovery import bring_in_spooled, settle_open_operations
from bot.operations.tidying import merge_search
from handlers.announcements import (
    announce_outcome,
    announce_published,
    announce_settled,
    remind_approvers,
    tell_decision,
    tell_failure,
)
from handlers.context import Context

_LOG = logging.getLogger(__name__)
_LEADING = 3  # rounds for which the process that does what only one may do keeps that to itself


async def keep_in_order(context: Context, anchoring: Anchoring, seconds: float) -> None:
    """What has to be looked at again and again, at once and then at intervals."""
    vitals = context.readiness.vitals

    async def settle() -> None:
        async for settled in settle_open_operations(context.resources):
            await announce_settled(context, settled)
        vitals.recovered.set()

    async def note_checkpoint() -> None:
        await announce_published(context, await anchoring.tick())

    own: tuple[Callable[[], Awaitable[object]], ...] = (
        partial(bring_in_spooled, context.resources),
        settle,
        partial(resume_confirmed, context),
    )
    shared: tuple[Callable[[], Awaitable[object]], ...] = (
        partial(sweep_questions, context),
        partial(tell_untold, context),
        note_checkpoint,
        partial(forget_questions, context.resources),
        partial(merge_search, context.resources),
    )

    async def do_shared() -> None:
        if await leads(context.resources, _LEADING * seconds):
            for duty in shared:
                await _do(duty, seconds)

    async def do_all() -> None:
        for duty in own:
            await _do(duty, seconds)
        await _do(do_shared, seconds)
        await _do(partial(ask_vi, context.resources, vitals), seconds)

    while True:
        # As work of its own, which is finished when the bot is stopped: it may be going on with a deletion.
        await asyncio.shield(context.work.start(do_all()))
        await context.resources.clock.sleep(seconds)


async def _do(duty: Callable[[], Awaitable[object]], seconds: float) -> None:
    bind_contextvars(kind="schedule", operation="")
    try:
        await duty()
    except Exception:  # noqa: BLE001 - whatever it is, the other duties and the next round have to come
        _LOG.exception("a duty of the bot could not be done; it is tried again in %g s", seconds)


async def sweep_questions(context: Context) -> None:
    """End what nobody answered in time and tell those who wait; remind approvers once.

    Raises:
        StoreUnavailable: the questions cannot be read, or their end cannot be written.
    """
    for swept in await sweep(context.resources):
        try:
            if swept.is_reminder:
                await remind_approvers(context, swept.confirmation)
            else:
                await tell_decision(context, swept.confirmation)
        except ConfirmationClosed as error:
            await tell_failure(context, swept.confirmation, error)


async def resume_confirmed(context: Context) -> None:
    """Go on with what an earlier process left undone, and tell what came of it.

    Raises:
        StoreUnavailable: the questions or the trail cannot be read.
    """
    for resumed in await resume(context.resources):
        await announce_outcome(context, resumed.confirmation, resumed.ended)


async def tell_untold(context: Context) -> None:
    """Tell what came of what a process ended that is gone, where it may not have come to telling it.

    Raises:
        StoreUnavailable: the questions or the trail cannot be read.
    """
    for each in await untold(context.resources):
        await announce_outcome(context, each.confirmation, each.ended)
