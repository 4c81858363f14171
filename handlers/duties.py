"""What time brings about by itself: questions that run out, reminders, and what a crash left undone."""

from bot.domain.errors import ConfirmationClosed
from bot.operations.carrying_out import resume, untold
from bot.operations.confirming import sweep
from handlers.announcements import announce_outcome, remind_approvers, tell_decision, tell_failure
from handlers.context import Context


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
