"""Changes are told to the person who made them and to the audit channel."""

from bot.operations.anchoring import Published
from bot.operations.backup import Backup
from bot.operations.deletion import Deletion
from bot.operations.recovery import Settled
from handlers.context import Context
from handlers.messages import backup as backup_messages
from handlers.messages import deletion as deletion_messages
from handlers.messages.checkpoint import checkpoint_messages


async def announce_deletion(context: Context, deletion: Deletion) -> None:
    """The outcome to the person, one line to the audit channel, the details in its thread."""
    frame, delivery = context.frame, context.delivery
    await delivery.post(deletion.confirmation.person_id, deletion_messages.outcome_message(frame, deletion))
    if context.audit_channel:
        line = await delivery.post(context.audit_channel, deletion_messages.outcome_line(frame, deletion))
        if line is not None:
            details = deletion_messages.outcome_details(frame, deletion)
            await delivery.post(line.channel, details, thread_ts=line.ts)


async def announce_backup(context: Context, backup: Backup, person_id: str) -> None:
    """One line to the audit channel."""
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
    message = deletion_messages.settled_message(context.frame, settled)
    for place in (settled.started.actor.id, context.audit_channel):
        if place:
            await context.delivery.post(place, message)
