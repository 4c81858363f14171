"""The way of an irreversible change through Slack: a dialogue is opened, filled with facts, submitted, carried out."""

from collections.abc import Awaitable, Callable, Sequence

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.domain.audit import Action, Receipt
from bot.domain.confirmation import Confirmation, ConfirmationId, ConfirmationState
from bot.domain.errors import BadInput, BotError, ConfirmationClosed, RunEnded, RunMissing
from bot.domain.people import Request
from bot.domain.policy import Role
from bot.domain.screen import ScreenId
from bot.operations.access import admit
from bot.operations.carrying_out import carry_out, marked, outcomes
from bot.operations.confirming import PHRASE, REASON, answer, check_answer, question, withdraw
from bot.operations.deletion import ask
from bot.operations.ended import Ended
from bot.operations.killing import ask_to_kill
from bot.operations.restoration import ask_to_restore
from bot.operations.unblocking import find_blocked, keep_blocked
from handlers import action_ids
from handlers.announcements import announce_outcome, ask_approvers
from handlers.choosing import offer_in_modal
from handlers.context import Context
from handlers.failures import told
from handlers.home import republish
from handlers.messages.approval import waiting_view
from handlers.messages.blocks import View
from handlers.messages.failure import failure_view, unexpected_view
from handlers.messages.outcome import WORDS, is_done, outcome_view, working_view
from handlers.messages.question import checking_view, delete_view, kill_view, restore_view
from handlers.payloads import Click, Closing, Submission

Filled = tuple[View, Confirmation | None]


async def open_deletion(
    context: Context, request: Request, trigger_id: str, references: Sequence[str], reason: str = "", view_id: str = ""
) -> None:
    """Ask whether to delete these workflows, in the modal `view_id` where there is one already.

    Raises:
        Refused: before anything is opened.
        DialogueNotOpened: Slack did not open it in time.
    """

    async def fill() -> Filled:
        return await _deletion(context, request, references, reason)

    await _open(context, request, trigger_id, Action.DELETE, fill, view_id)


async def open_kill(
    context: Context, request: Request, trigger_id: str, reference: str, reason: str = "", view_id: str = ""
) -> None:
    """Ask whether to stop a run for good, in the modal `view_id` where there is one already.

    Raises:
        Refused, DialogueNotOpened: as `open_deletion`.
    """

    async def fill() -> Filled:
        question = await ask_to_kill(context.resources, request, reference)
        return kill_view(context.frame, question, reason), question.confirmation

    await _open(context, request, trigger_id, Action.KILL, fill, view_id)


async def kill_then_delete(context: Context, click: Click) -> None:
    """Ask whether to stop a run, in the place of the deletion that it blocks; once it is killed, that comes again.

    Raises:
        Refused: before anything is changed.
        OutOfDate: the deletion is older than a day and forgotten.
    """
    screen_id = ScreenId(click.metadata)
    await find_blocked(context.resources, screen_id)  # there must be a way back before anything goes on

    async def fill() -> Filled:
        try:
            question = await ask_to_kill(context.resources, click.request, click.value, back_to=screen_id)
        except (RunEnded, RunMissing):
            return await _blocked_deletion(context, click.request, screen_id)
        return kill_view(context.frame, question), question.confirmation

    await _replace(context, click, Action.KILL, fill)


async def check_deletion_again(context: Context, click: Click) -> None:
    """Look again whether a deletion that was blocked can go now.

    Raises:
        Refused, OutOfDate: as `kill_then_delete`.
    """

    async def fill() -> Filled:
        return await _blocked_deletion(context, click.request, ScreenId(click.value))

    await _replace(context, click, Action.DELETE, fill)


async def open_restoration(
    context: Context, request: Request, trigger_id: str, reference: str, view_id: str = ""
) -> None:
    """Ask whether to bring a workflow back; in the modal `view_id`, where that was asked for in one.

    Raises:
        Refused, DialogueNotOpened: as `open_deletion`.
    """

    async def fill() -> Filled:
        question = await ask_to_restore(context.resources, request, reference)
        return restore_view(context.frame, question), question.confirmation

    await _open(context, request, trigger_id, Action.RESTORE, fill, view_id)


async def open_again(context: Context, request: Request, trigger_id: str, confirmation_id: ConfirmationId) -> None:
    """Ask an own question anew, with the facts of now; the old one is withdrawn.

    Raises:
        ConfirmationClosed: it is over, or waits for a second person already.
        Refused, DialogueNotOpened: as `open_deletion`.
    """
    confirmation = await withdraw(context.resources, request, confirmation_id, states={ConfirmationState.OPEN})
    targets = [item.target.id for item in confirmation.items]
    match confirmation.action:
        case Action.KILL:
            await open_kill(context, request, trigger_id, targets[0])
        case Action.RESTORE:
            await open_restoration(context, request, trigger_id, targets[0])
        case _:
            await open_deletion(context, request, trigger_id, targets)


async def handle_submitted(context: Context, ack: AsyncAck, submission: Submission) -> None:
    """Ack with errors under the fields, or with what is being done, and carry it out in a task of its own.

    Raises:
        StoreUnavailable, ConfirmationClosed: what was asked cannot be read. Nothing was done.
    """
    confirmation_id = ConfirmationId(submission.metadata)
    confirmation = await question(context.resources, confirmation_id)
    reason = submission.values.get(REASON, "")
    if confirmation.phrase:
        try:
            await check_answer(context.resources, confirmation_id, submission.values.get(PHRASE, ""), reason)
        except BadInput as error:
            await ack(response_action="errors", errors=error.faults)
            return
    await ack(response_action="update", view=working_view(confirmation))
    work = _answer(context, submission, confirmation)
    context.work.start(_in_modal(context, submission.request, submission.view_id, confirmation.action, work))


async def handle_closed(context: Context, closing: Closing) -> None:
    """The person closed the dialogue: what was asked in it is withdrawn, unless it was answered."""
    confirmation = await context.resources.store.confirmation(ConfirmationId(closing.metadata))
    if confirmation is not None and confirmation.state is ConfirmationState.OPEN:
        await withdraw(context.resources, closing.request, confirmation.id)
        republish(context, closing.request.person_id)


async def carry_out_and_tell(
    context: Context, request: Request, confirmation: Confirmation, started: Receipt | None, view_id: str = ""
) -> tuple[Ended, ...]:
    """Carry out what was confirmed, show how far it is, and tell everybody who has to know what came of it."""

    async def show(ended: tuple[Ended, ...]) -> None:
        if view_id:
            await context.delivery.update_modal(view_id, working_view(confirmation, ended))

    ended = await carry_out(context.resources, request, confirmation, started=started, progress=show)
    if view_id:
        await context.delivery.update_modal(view_id, outcome_view(context.frame, confirmation, ended))
    await announce_outcome(context, confirmation, ended)
    return ended


async def _open(
    context: Context,
    request: Request,
    trigger_id: str,
    action: Action,
    fill: Callable[[], Awaitable[Filled]],
    view_id: str,
) -> None:
    if view_id:
        await context.delivery.update_modal(view_id, checking_view(action))
    else:
        await admit(context.resources, request, action, Role.OPERATOR)
        view_id = await context.delivery.open_modal(trigger_id, checking_view(action))
    await _in_modal(context, request, view_id, action, _fill(context, request, view_id, fill))


async def _replace(context: Context, click: Click, action: Action, fill: Callable[[], Awaitable[Filled]]) -> None:
    """Show another dialogue in the modal that was clicked; of two clicks, the first does it."""
    await admit(context.resources, click.request, action, Role.OPERATOR)
    if await context.delivery.update_modal(click.view_id, checking_view(action), seen=click.view_hash):
        work = _fill(context, click.request, click.view_id, fill)
        await _in_modal(context, click.request, click.view_id, action, work)


async def _deletion(context: Context, request: Request, references: Sequence[str], reason: str) -> Filled:
    question = await ask(context.resources, request, references)
    screen_id = ScreenId("")
    if question.confirmation is None:
        blocked = [inspection.workflow.id for inspection in question.staying]
        screen_id = await keep_blocked(context.resources, request, blocked, reason)
    return delete_view(context.frame, question, reason, screen_id), question.confirmation


async def _blocked_deletion(context: Context, request: Request, screen_id: ScreenId) -> Filled:
    blocked = await find_blocked(context.resources, screen_id)
    return await _deletion(context, request, blocked.workflow_ids, blocked.reason)


async def _fill(context: Context, request: Request, view_id: str, fill: Callable[[], Awaitable[Filled]]) -> None:
    view, confirmation = await fill()
    shown = await context.delivery.update_modal(view_id, view)
    if confirmation is not None and not shown:
        await withdraw(context.resources, request, confirmation.id)
    republish(context, request.person_id)


async def _answer(context: Context, submission: Submission, confirmation: Confirmation) -> None:
    with marked(context.resources, confirmation):
        try:
            await _answer_marked(context, submission, confirmation.id)
        except ConfirmationClosed as error:
            await _tell_closed(context, submission, confirmation, error)


async def _tell_closed(
    context: Context, submission: Submission, confirmation: Confirmation, error: ConfirmationClosed
) -> None:
    title = WORDS[confirmation.action].title
    await context.delivery.update_modal(submission.view_id, failure_view(context.frame, title, error))
    # Whoever came first may have shown the outcome in this modal just before: it stays the last word.
    now = await question(context.resources, confirmation.id)
    if now.state is ConfirmationState.DONE and now.person_id == submission.request.person_id:
        ended = await outcomes(context.resources, now)
        await context.delivery.update_modal(submission.view_id, outcome_view(context.frame, now, ended))


async def _answer_marked(context: Context, submission: Submission, confirmation_id: ConfirmationId) -> None:
    answered = await answer(
        context.resources,
        submission.request,
        confirmation_id,
        reason=submission.values.get(REASON, ""),
        back_up_first=bool(submission.values.get(action_ids.BACK_UP_FIRST)),
    )
    confirmation = answered.confirmation
    republish(context, confirmation.person_id)
    if confirmation.state is ConfirmationState.AWAITING:
        await ask_approvers(context, confirmation)
        await context.delivery.update_modal(submission.view_id, waiting_view(context.frame, confirmation))
        return
    ended = await carry_out_and_tell(context, submission.request, confirmation, answered.started, submission.view_id)
    if confirmation.back_to is not None and is_done(ended):
        back_to = confirmation.back_to
        view_id = submission.view_id
        again = _fill(
            context, submission.request, view_id, lambda: _blocked_deletion(context, submission.request, back_to)
        )
        await _in_modal(context, submission.request, view_id, Action.DELETE, again)


async def _in_modal(context: Context, request: Request, view_id: str, action: Action, work: Awaitable[None]) -> None:
    """Carry out work of which the modal shows the end; nothing escapes."""
    title = WORDS[action].title

    async def fail(error: BotError) -> None:
        offered = await offer_in_modal(context, request, title, error)
        await context.delivery.update_modal(view_id, offered or failure_view(context.frame, title, error))

    await told(
        work,
        error=fail,
        unexpected=lambda reference: context.delivery.update_modal(view_id, unexpected_view(title, reference)),
    )
