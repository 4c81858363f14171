"""What came of a backup."""

from bot.operations.backup import Backup
from handlers import action_ids
from handlers.messages.blocks import (
    Frame,
    Message,
    actions,
    button,
    context,
    escape,
    framed,
    mrkdwn,
    name_of,
    plain,
    receipt_line,
    section,
    shown_name,
)


def backup_message(frame: Frame, backup: Backup, *, command: str, person_id: str) -> Message:
    """Verified, with the copy's name and id, and what was compared."""
    name, copy = name_of(backup.source), shown_name(backup.copy_name)
    blocks = [
        section(plain(f"Backed up “{name}”. The copy is verified: it was read back and is equal to its source.")),
        section(plain(copy)),
        context(
            mrkdwn(f"`{escape(backup.copy_id)}`"),
            mrkdwn(f"snapshot `{backup.snapshot.sha256[:16]}`"),
            receipt_line(backup.receipt),
        ),
        actions(button("Show the copy", action_ids.SHOW, backup.copy_id)),
    ]
    text = f"Backed up “{escape(name)}” as “{escape(copy)}”. The copy is verified."
    return framed(frame, text, blocks, command=command, person_id=person_id)


def backup_line(frame: Frame, backup: Backup, person_id: str) -> Message:
    """One line for the audit channel."""
    text = f"<@{person_id}> backed up “{escape(name_of(backup.source))}”; the copy is verified."
    blocks = [
        section(plain(f"Backed up “{name_of(backup.source)}”; the copy is verified.")),
        context(
            mrkdwn(f"copy `{escape(backup.copy_id)}`"),
            receipt_line(backup.receipt),
        ),
    ]
    command = f'backup "{name_of(backup.source)}"'
    return framed(frame, text, blocks, command=command, person_id=person_id)
