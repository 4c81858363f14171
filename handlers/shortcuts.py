"""The global shortcut: a form that asks which workflow and what to do, and goes on with that in its place."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.domain.audit import Action
from bot.domain.errors import OutOfDate
from bot.domain.people import Request
from bot.domain.policy import Role
from bot.domain.workflow import WorkflowId
from bot.operations.access import admit
from handlers import action_ids, answers
from handlers.context import Context
from handlers.dialogue import open_deletion
from handlers.failures import told
from handlers.messages.blocks import Message
from handlers.messages.choice import TITLE, answer_view, pick_view, working_view
from handlers.messages.failure import failure_view, unexpected_view
from handlers.payloads import Submission, read_shortcut
from handlers.reply import Reply


async def handle_shortcut(context: Context, ack: AsyncAck, body: Mapping[str, Any]) -> None:
    """Ack at once, and open the form; a refusal comes as a direct message, since a shortcut has no conversation."""
    await ack()
    person_id = (body.get("user") or {}).get("id", "")
    context.work.start(Reply(context, "", person_id).carry_out(_use(context, body)))


async def open_pick(context: Context, request: Request, trigger_id: str, key: str = "") -> None:
    """Open the form, with this workflow chosen in it.

    Raises:
        Refused: it is for viewers.
        DialogueNotOpened: Slack did not open it in time.
    """
    actor = await admit(context.resources, request, Action.LIST, Role.VIEWER)
    context.keep_warm()
    view = pick_view(context.frame, actor, context.index, context.index.get(key))
    await context.delivery.open_modal(trigger_id, view)


async def handle_picked(context: Context, ack: AsyncAck, submission: Submission) -> None:
    """Ack with a modal that says that it is worked on; it becomes the dialogue or the answer."""
    deed = submission.values.get(action_ids.DEED_FIELD, "")
    workflow_id = context.index.id_of(submission.values.get(action_ids.WORKFLOW_FIELD, ""))
    await ack(response_action="update", view=working_view())
    if deed == action_ids.DELETE:
        work: Awaitable[None] = open_deletion(
            context, submission.request, "", [workflow_id], view_id=submission.view_id
        )
    else:
        work = _show_answer(context, submission, deed, workflow_id)
    context.work.start(
        told(
            work,
            error=lambda error: context.delivery.update_modal(
                submission.view_id, failure_view(context.frame, TITLE, error)
            ),
            unexpected=lambda reference: context.delivery.update_modal(
                submission.view_id, unexpected_view(TITLE, reference)
            ),
        )
    )


async def _use(context: Context, body: Mapping[str, Any]) -> Message | None:
    used = read_shortcut(body)
    await open_pick(context, used.request, used.trigger_id)
    return None


async def _show_answer(context: Context, submission: Submission, deed: str, workflow_id: WorkflowId) -> None:
    answer = _ANSWERS.get(deed)
    if answer is None:
        raise OutOfDate("This form is out of date. Nothing was done.", "Open it again.")
    message = await answer(context, submission.request, workflow_id)
    await context.delivery.update_modal(submission.view_id, answer_view(message))


_ANSWERS: Mapping[str, Callable[[Context, Request, str], Awaitable[Message]]] = {
    action_ids.SHOW: answers.show_answer,
    action_ids.RUNS_OF: answers.runs_answer,
    action_ids.BACKUPS_OF: answers.backups_answer,
    action_ids.BACK_UP: answers.backup_answer,
}
