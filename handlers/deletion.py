"""The deletion dialogue's way through Slack: opened, filled with facts, submitted, carried out."""

from collections.abc import Awaitable

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.domain.confirmation import ConfirmationId
from bot.domain.errors import BadInput
from bot.domain.people import Request
from bot.operations.deletion import PHRASE, REASON, admit, answer, ask, check_answer, withdraw
from handlers import action_ids
from handlers.announcements import announce_deletion
from handlers.context import Context
from handlers.failures import told
from handlers.messages.deletion import TITLE, checking_view, deleting_view, outcome_view, question_view
from handlers.messages.failure import failure_view, unexpected_view
from handlers.payloads import Closing, Submission


async def open_deletion(context: Context, request: Request, trigger_id: str, reference: str, reason: str = "") -> None:
    """Open the modal at once, for the trigger lives 3 s; then fill it with facts.

    Raises:
        Refused: before anything is opened.
        DialogueNotOpened: Slack did not open it in time.
    """
    await admit(context.resources, request)
    view_id = await context.delivery.open_modal(trigger_id, checking_view())
    await _in_modal(context, view_id, _fill(context, request, view_id, reference, reason))


async def handle_delete_submitted(context: Context, ack: AsyncAck, submission: Submission) -> None:
    """Ack with errors under the fields, or with "Deleting…" and carry it out in a task of its own.

    Raises:
        StoreUnavailable: what was asked cannot be read. Nothing was done.
    """
    confirmation_id = ConfirmationId(submission.metadata)
    typed, reason = submission.values[PHRASE], submission.values[REASON]
    try:
        await check_answer(context.resources, confirmation_id, typed, reason)
    except BadInput as error:
        await ack(response_action="errors", errors=error.faults)
        return
    back_up_first = bool(submission.values[action_ids.BACK_UP_FIRST])
    await ack(response_action="update", view=deleting_view(back_up_first=back_up_first))
    work = _delete(context, submission, confirmation_id, reason, back_up_first=back_up_first)
    context.work.start(_in_modal(context, submission.view_id, work))


async def handle_delete_closed(context: Context, closing: Closing) -> None:
    """The person closed the dialogue: what was asked in it is withdrawn."""
    await withdraw(context.resources, closing.request, ConfirmationId(closing.metadata))


async def _fill(context: Context, request: Request, view_id: str, reference: str, reason: str) -> None:
    question = await ask(context.resources, request, reference)
    shown = await context.delivery.update_modal(view_id, question_view(context.frame, question, reason))
    if question.confirmation is not None and not shown:
        await withdraw(context.resources, request, question.confirmation.id)


async def _delete(
    context: Context, submission: Submission, confirmation_id: ConfirmationId, reason: str, *, back_up_first: bool
) -> None:
    deletion = await answer(
        context.resources, submission.request, confirmation_id, reason=reason, back_up_first=back_up_first
    )
    await context.delivery.update_modal(submission.view_id, outcome_view(context.frame, deletion))
    await announce_deletion(context, deletion)


async def _in_modal(context: Context, view_id: str, work: Awaitable[None]) -> None:
    """Carry out work of which the modal shows the end; nothing escapes."""
    await told(
        work,
        error=lambda error: context.delivery.update_modal(view_id, failure_view(context.frame, TITLE, error)),
        unexpected=lambda reference: context.delivery.update_modal(view_id, unexpected_view(TITLE, reference)),
    )
