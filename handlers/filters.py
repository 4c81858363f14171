"""The form that filters a list: opened from a list, submitted into a new first page in its place."""

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.domain.audit import Action
from bot.domain.listing import Query, Sort
from bot.domain.people import Request
from bot.domain.policy import Role
from bot.domain.screen import ScreenId
from bot.operations.access import admit
from bot.operations.listing import query_on_screen
from handlers import action_ids
from handlers.answers import list_answer
from handlers.context import Context
from handlers.messages.filters import filter_view
from handlers.payloads import Submission
from handlers.reply import Reply


async def open_filter(
    context: Context, request: Request, trigger_id: str, screen_id: ScreenId, response_url: str
) -> None:
    """Open the form, filled in with what the list was asked for.

    Raises:
        OutOfDate: the list is older than a day and forgotten.
        Refused: this is for viewers.
        DialogueNotOpened: Slack did not open it in time.
    """
    await admit(context.resources, request, Action.LIST, Role.VIEWER)
    query = await query_on_screen(context.resources, screen_id)
    # A submitted form has no address for an answer: the one of the click goes along in the form.
    await context.delivery.open_modal(trigger_id, filter_view(context.frame, query, response_url))


async def handle_filter(context: Context, ack: AsyncAck, submission: Submission) -> None:
    """Close the form, and put the new list in the place of the one that it was opened from."""
    values = submission.values
    query = Query(
        values[action_ids.FILTER_TEXT].strip(),
        values[action_ids.FILTER_PROJECT].strip(),
        bool(values[action_ids.FILTER_ACTIVE]),
        Sort(values[action_ids.FILTER_SORT]),
    )
    await ack()
    reply = Reply(context, submission.metadata, submission.request.person_id, "list", replace=True)
    context.work.start(reply.carry_out(list_answer(context, submission.request, query)))
