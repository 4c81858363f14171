"""Modals that are submitted or closed. A listener for each, and tables of what each form does."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.domain.errors import BotError, OutOfDate
from handlers import action_ids
from handlers.context import Context
from handlers.dialogue import handle_closed, handle_submitted
from handlers.failures import told
from handlers.filters import handle_filter
from handlers.messages.failure import failure_view, unexpected_view
from handlers.payloads import Closing, Submission, read_closing, read_submission
from handlers.shortcuts import handle_picked

_TITLE = "Vi workflows"


async def handle_submission(context: Context, ack: AsyncAck, body: Mapping[str, Any]) -> None:
    """Ack with what the modal shows next; what cannot be read or done is said in the modal."""

    async def fail(error: BotError) -> None:
        await ack(response_action="update", view=failure_view(context.frame, _TITLE, error))

    async def fail_unexpectedly(reference: str) -> None:
        await ack(response_action="update", view=unexpected_view(_TITLE, reference))

    await told(_submit(context, ack, body), error=fail, unexpected=fail_unexpectedly)


async def handle_closing(context: Context, ack: AsyncAck, body: Mapping[str, Any]) -> None:
    """Ack at once; what has to be done since the person went away is done in a task of its own."""
    await ack()
    context.work.start(told(_close(context, body), error=_nobody, unexpected=_nobody))


async def _close(context: Context, body: Mapping[str, Any]) -> None:
    closing = read_closing(body)
    close = _CLOSED.get(closing.callback_id)
    if close is not None:
        await close(context, closing)


async def _nobody(_what: object) -> None:
    """Whoever closed a modal waits for no answer."""


async def _submit(context: Context, ack: AsyncAck, body: Mapping[str, Any]) -> None:
    submission = read_submission(body)
    await _FORMS.get(submission.callback_id, _out_of_date)(context, ack, submission)


async def _out_of_date(_context: Context, _ack: AsyncAck, _submission: Submission) -> None:
    raise OutOfDate("This form is out of date. Nothing was done.", "Give the command again.")


_CLOSED: Mapping[str, Callable[[Context, Closing], Awaitable[None]]] = {action_ids.CONFIRM_FORM: handle_closed}

_FORMS: Mapping[str, Callable[[Context, AsyncAck, Submission], Awaitable[None]]] = {
    action_ids.CONFIRM_FORM: handle_submitted,
    action_ids.CHOICE_FORM: handle_picked,
    action_ids.FILTER_FORM: handle_filter,
}
