"""Modals that are submitted. One listener, and a table of what each form does."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.domain.errors import BotError, OutOfDate
from handlers import action_ids
from handlers.context import Context
from handlers.deletion import handle_delete_submitted
from handlers.failures import told
from handlers.messages.failure import failure_view, unexpected_view
from handlers.payloads import Submission, read_submission

_TITLE = "Vi workflows"


async def handle_submission(context: Context, ack: AsyncAck, body: Mapping[str, Any]) -> None:
    """Ack with what the modal shows next; what cannot be read or done is said in the modal."""

    async def fail(error: BotError) -> None:
        await ack(response_action="update", view=failure_view(context.frame, _TITLE, error))

    async def fail_unexpectedly(reference: str) -> None:
        await ack(response_action="update", view=unexpected_view(_TITLE, reference))

    await told(_submit(context, ack, body), error=fail, unexpected=fail_unexpectedly)


async def _submit(context: Context, ack: AsyncAck, body: Mapping[str, Any]) -> None:
    submission = read_submission(body)
    await _FORMS.get(submission.callback_id, _out_of_date)(context, ack, submission)


async def _out_of_date(_context: Context, _ack: AsyncAck, _submission: Submission) -> None:
    raise OutOfDate("This form is out of date. Nothing was done.", "Give the command again.")


_FORMS: Mapping[str, Callable[[Context, AsyncAck, Submission], Awaitable[None]]] = {
    action_ids.DELETE_FORM: handle_delete_submitted,
}
