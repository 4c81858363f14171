"""Changes are told to the person who asked for them and to the audit channel; requests to the approvers."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.domain.audit import Action, Stage
from bot.domain.confirmation import Confirmation, ConfirmationState, Post, Shows
from bot.domain.errors import BotError, StoreUnavailable
from bot.domain.people import PersonId
from bot.domain.workflow import WorkflowId
from bot.operations.anchoring import Published
from bot.operations.approving import approvers
from bot.operations.backup import Backup
from bot.operations.bringing_back import undone_by_restoring
from bot.operations.confirming import end_unasked, keep_post, question
from bot.operations.ended import Ended
from bot.operations.recovery import Settled
from handlers.context import Context
from handlers.delivery import Posted
from handlers.home import republish
from handlers.messages import backup as backup_messages
from handlers.messages.approval import approval_message, decision_message, reminder_message
from handlers.messages.blocks import Message
from handlers.messages.checkpoint import checkpoint_messages
from handlers.messages.failure import failure_message
from handlers.messages.outcome import asked, headline, outcome_details, outcome_line, outcome_message
from handlers.messages.settled import settled_message

_LOG = logging.getLogger(__name__)


async def announce_outcome(context: Context, confirmation: Confirmation, ended: Sequence[Ended]) -> None:
    """The outcome to the person, one line to the audit channel, the details in its thread."""
    context.outdate_lists()  # another process may have made the change, or Vi later than the bot asked for it
    frame, delivery = context.frame, context.delivery
    done = replace(confirmation, state=ConfirmationState.DONE)
    await rewrite_requests(context, done, headline(done, ended))
    told = await delivery.post(confirmation.person_id, outcome_message(frame, confirmation, ended))
    line = None
    if context.audit_channel:
        line = await delivery.post(context.audit_channel, outcome_line(frame, confirmation, ended))
        if line is not None:
            details = outcome_details(frame, confirmation, ended)
            await delivery.post(line.channel, details, thread_ts=line.ts)
    await _keep_places(context, confirmation, told, line)
    republish(context, confirmation.person_id)
    for each in ended:
        if confirmation.action is Action.RESTORE and each.stage is Stage.SUCCEEDED:
            await take_back_undo(context, WorkflowId(each.item.target.id))


async def take_back_undo(context: Context, workflow_id: WorkflowId) -> None:
    """Show in the messages that offered to bring this workflow back that somebody did."""
    try:
        found = await undone_by_restoring(context.resources, workflow_id)
    except StoreUnavailable:
        _LOG.exception("workflow %s: who offered to bring it back could not be read", workflow_id)
        return
    for undone in found:
        deletion, ended, back = undone.confirmation, undone.ended, undone.brought_back
        for post in deletion.posts:
            show = _OUTCOMES.get(post.shows)
            if show is not None and ended:
                await context.delivery.rewrite(post.channel, post.ts, show(context.frame, deletion, ended, back))


async def announce(context: Context, message: Message, person_id: PersonId) -> None:
    """Tell the audit channel what this person did."""
    republish(context, person_id)
    if context.audit_channel:
        await context.delivery.post(context.audit_channel, message)


async def announce_backup(context: Context, backup: Backup, person_id: PersonId) -> None:
    """One line to the audit channel."""
    republish(context, person_id)
    if context.audit_channel:
        await context.delivery.post(
            context.audit_channel, backup_messages.backup_line(context.frame, backup, person_id)
        )


async def announce_published(context: Context, published: Published) -> None:
    """What is wrong with the trail or with the places where it is noted, to the audit channel."""
    if context.audit_channel:
        for message in checkpoint_messages(context.frame, published):
            await context.delivery.post(context.audit_channel, message)


async def announce_settled(context: Context, settled: Settled) -> None:
    """What recovery found out, to the person and to the audit channel."""
    context.outdate_lists()
    republish(context, PersonId(settled.started.actor.id))
    message, started = settled_message(context.frame, settled), settled.started
    told = await context.delivery.post(started.actor.id, message)
    line = await context.delivery.post(context.audit_channel, message) if context.audit_channel else None
    confirmation = await context.resources.store.confirmation_of(started.operation_id)
    if confirmation is not None:
        await _keep_places(context, confirmation, told, line)
    if started.action is Action.RESTORE and settled.stage is Stage.SUCCEEDED and started.target is not None:
        await take_back_undo(context, WorkflowId(started.target.id))


async def ask_approvers(context: Context, confirmation: Confirmation) -> None:
    """Put the request where approvers see it, and keep where it stands, so that it can be rewritten.

    That is the approvals channel. Where there is none, or it cannot be posted to, each approver gets it directly.

    Raises:
        ConfirmationClosed: no approver could be told, so the request is over.
    """
    message = approval_message(context.frame, confirmation)
    posted = await _post_to_each(context, [context.approvals_channel] if context.approvals_channel else [], message)
    posted = posted or await _post_to_each(context, await approvers(context.resources, confirmation), message)
    if not posted:
        raise await end_unasked(context.resources, confirmation)
    kept = await keep_post(context.resources, confirmation.id, *posted)
    if kept.state is not ConfirmationState.AWAITING:
        await rewrite_requests(context, kept)


async def remind_approvers(context: Context, confirmation: Confirmation) -> None:
    """Say once more, in the request's thread, that it waits.

    Raises:
        ConfirmationClosed: as `ask_approvers`, where an earlier process ended before it could ask them.
    """
    if not confirmation.posts:
        await ask_approvers(context, confirmation)
    for post in _requests(confirmation):
        await context.delivery.post(post.channel, reminder_message(context.frame, confirmation), thread_ts=post.ts)


async def tell_decision(context: Context, confirmation: Confirmation) -> None:
    """Rewrite every copy of the request, and tell the person who asked; nobody hears of what needed no request."""
    republish(context, confirmation.person_id)
    await rewrite_requests(context, confirmation)
    if confirmation.approval is not None:
        await context.delivery.post(confirmation.person_id, decision_message(context.frame, confirmation))


async def tell_failure(context: Context, confirmation: Confirmation, error: BotError) -> None:
    """Tell the person who asked why what they asked for ended."""
    message = failure_message(context.frame, error, **asked(confirmation))
    await context.delivery.post(confirmation.person_id, message)


async def rewrite_requests(context: Context, confirmation: Confirmation, outcome: str = "") -> None:
    """Show in every copy of the request what has become of it: no button stays that means nothing any more."""
    if confirmation.approval is None:
        return
    message = approval_message(context.frame, confirmation, outcome)
    for post in _requests(await _as_kept(context, confirmation)):
        await context.delivery.rewrite(post.channel, post.ts, message)


async def _as_kept(context: Context, confirmation: Confirmation) -> Confirmation:
    try:  # where it is shown may have been noted at this very moment
        return await question(context.resources, confirmation.id)
    except StoreUnavailable:
        _LOG.exception("question %s: where it is shown could not be read", confirmation.items[0].operation_id)
        return confirmation


def _requests(confirmation: Confirmation) -> list[Post]:
    return [post for post in confirmation.posts if post.shows is Shows.REQUEST]


async def _keep_places(context: Context, confirmation: Confirmation, told: Posted | None, line: Posted | None) -> None:
    """Keep where an outcome stands: it was told, and where it can be undone, its button can be taken away."""
    shown = ((told, Shows.OUTCOME), (line, Shows.LINE))
    posts = [Post(posted.channel, posted.ts, shows) for posted, shows in shown if posted is not None]
    try:
        await keep_post(context.resources, confirmation.id, *posts)
    except StoreUnavailable:
        _LOG.exception("question %s: where its outcome stands could not be kept", confirmation.items[0].operation_id)


async def _post_to_each(context: Context, places: Sequence[str], message: Message) -> list[Post]:
    posted = [await context.delivery.post(place, message) for place in places]
    return [Post(each.channel, each.ts, Shows.REQUEST) for each in posted if each is not None]


_OUTCOMES = {Shows.OUTCOME: outcome_message, Shows.LINE: outcome_line}
