"""What can be brought back."""

from datetime import UTC

from bot.domain.backup import Snapshot
from bot.domain.text import cut, shown
from bot.operations.backups import BackupPage
from handlers import action_ids
from handlers.messages.blocks import (
    Block,
    Frame,
    Message,
    button,
    context,
    date,
    escape,
    framed,
    mrkdwn,
    plain,
    section,
    shown_name,
)


def backups_message(frame: Frame, page: BackupPage, *, person_id: str) -> Message:
    """Snapshots, newest first, each with its copy in Vi and its check."""
    count = len(page.snapshots)
    whose = f" of “{cut(shown(page.reference), 60)}”" if page.reference else ""
    noun = "snapshot" if count == 1 else "snapshots"
    title = f"The newest {count} {noun}{whose}." if count else f"The bot keeps no snapshot{whose}."
    blocks: list[Block] = [section(plain(title))]
    for snapshot in page.snapshots:
        blocks += _row(snapshot)
    if page.more:
        blocks.append(context(plain("There are older ones. Name a workflow to see its own.")))
    if not count:
        blocks.append(context(plain("The bot takes one before each change that it makes, and for each backup.")))
    command = f'backups "{page.reference}"' if page.reference else "backups"
    return framed(frame, escape(title), blocks, command=command, person_id=person_id)


def _row(snapshot: Snapshot) -> list[Block]:
    name = shown_name(snapshot.workflow_name)
    about = f"{cut(name, 40)} of {snapshot.taken_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    restore = button("Restore…", action_ids.RESTORE, snapshot.operation_id, about=about)
    small = [mrkdwn(f"`{escape(snapshot.workflow_id)}`"), mrkdwn(f"taken {date(snapshot.taken_at)}")]
    return [section(plain(name), accessory=restore), context(*small, *_copy(snapshot))]


def _copy(snapshot: Snapshot) -> list[dict[str, object]]:
    if snapshot.copy_id is None:
        return [plain("kept by the bot")]
    said = "not compared"
    if snapshot.check is not None:
        said = "verified" if snapshot.check.equal else "it differs"
    return [mrkdwn(f"copy in Vi `{escape(snapshot.copy_id)}`"), plain(said)]
