"""What approvers press, and what those press who wait for them."""

from bot.domain.confirmation import ConfirmationId
from bot.domain.people import Request
from bot.operations.approving import agree, list_pending, look_at
from bot.operations.carrying_out import marked
from bot.operations.confirming import asked_by, disagree, question, withdraw
from handlers.announcements import tell_decision
from handlers.context import Context
from handlers.dialogue import carry_out_and_tell
from handlers.messages.approval import details_view, pending_message
from handlers.messages.blocks import Message


async def approve(context: Context, request: Request, confirmation_id: ConfirmationId) -> None:
    """Agree, rewrite every copy of the request, and carry it out."""
    with marked(context.resources, await question(context.resources, confirmation_id)):
        answered = await agree(context.resources, request, confirmation_id)
        await tell_decision(context, answered.confirmation)
        if answered.started is not None:
            by = asked_by(answered.confirmation)
            await carry_out_and_tell(context, by, answered.confirmation, answered.started)


async def refuse(context: Context, request: Request, confirmation_id: ConfirmationId) -> None:
    """Refuse, and rewrite every copy of the request."""
    await tell_decision(context, await disagree(context.resources, request, confirmation_id))


async def withdraw_request(context: Context, request: Request, confirmation_id: ConfirmationId) -> Message:
    """Withdraw, rewrite every copy of the request, and show what waits still."""
    await tell_decision(context, await withdraw(context.resources, request, confirmation_id))
    return await pending_answer(context, request)


async def show_details(context: Context, request: Request, trigger_id: str, confirmation_id: ConfirmationId) -> None:
    """Everything that an approver has to know, in a dialogue."""
    confirmation = await look_at(context.resources, request, confirmation_id)
    await context.delivery.open_modal(trigger_id, details_view(context.frame, confirmation))


async def pending_answer(context: Context, request: Request) -> Message:
    """What waits: one's own, and for approvers what they can decide."""
    pending = await list_pending(context.resources, request)
    return pending_message(context.frame, pending, person_id=request.person_id)
