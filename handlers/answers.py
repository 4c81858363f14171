"""One operation, then its message: what commands and buttons have in common."""

from collections.abc import Sequence

from bot.domain.audit import Action
from bot.domain.export import Format
from bot.domain.listing import Query
from bot.domain.people import Request
from bot.domain.screen import ScreenId
from bot.domain.trail_filters import Audit
from bot.operations.backup import back_up
from bot.operations.backups import list_backups
from bot.operations.deletion import preview
from bot.operations.export import export_listed, export_trail
from bot.operations.identity import introduce
from bot.operations.inspection import show_workflow
from bot.operations.killing import list_runs, turn_runs
from bot.operations.listing import list_workflows, turn_page
from bot.operations.locking import lock_workflow, unlock_workflow
from bot.operations.status import read_status
from bot.operations.trail import read_older, read_trail, show_entry
from handlers.announcements import announce, announce_backup
from handlers.context import Context
from handlers.export import by_direct_message
from handlers.messages.backup import backup_message
from handlers.messages.backups import backups_message
from handlers.messages.blocks import Message
from handlers.messages.entry import entry_message
from handlers.messages.export import export_choice_message, exported_message
from handlers.messages.identity import help_message, whoami_message
from handlers.messages.listing import listing_message
from handlers.messages.locks import locked_message, unlocked_message
from handlers.messages.question import preview_message
from handlers.messages.runs import runs_message
from handlers.messages.status import status_message
from handlers.messages.trail import trail_message
from handlers.messages.workflow import workflow_message


async def help_answer(context: Context, request: Request, topic: str) -> Message:
    """What this person may do here."""
    return help_message(context.frame, await introduce(context.resources, request, Action.HELP), topic)


async def whoami_answer(context: Context, request: Request) -> Message:
    """Who this person is to the bot."""
    return whoami_message(context.frame, await introduce(context.resources, request, Action.WHOAMI))


async def status_answer(context: Context, request: Request) -> Message:
    """How the bot is."""
    status = await read_status(context.resources, request, context.readiness)
    return status_message(context.frame, status, person_id=request.person_id)


async def list_answer(context: Context, request: Request, query: Query) -> Message:
    """The first page of a list."""
    listing = await list_workflows(context.resources, context.index, request, query)
    context.keep_warm()
    return listing_message(context.frame, listing, request.person_id)


async def page_answer(
    context: Context, request: Request, screen_id: ScreenId, by: int = 0, *, fresh: bool = False
) -> Message:
    """Another page of the list on the screen; or the same, read anew."""
    listing = await turn_page(context.resources, context.index, request, screen_id, by, fresh=fresh)
    context.keep_warm()
    return listing_message(context.frame, listing, request.person_id)


async def show_answer(context: Context, request: Request, reference: str) -> Message:
    """One workflow."""
    inspection = await show_workflow(context.resources, request, reference)
    command = f'show "{reference}"'
    return workflow_message(context.frame, inspection, command=command, person_id=request.person_id)


async def backup_answer(context: Context, request: Request, reference: str, name: str = "") -> Message:
    """A backup, told to the audit channel too."""
    backup = await back_up(context.resources, request, reference, name)
    await announce_backup(context, backup, request.person_id)
    command = f'backup "{reference}"'
    return backup_message(context.frame, backup, command=command, person_id=request.person_id)


async def backups_answer(context: Context, request: Request, reference: str = "") -> Message:
    """What can be brought back."""
    page = await list_backups(context.resources, request, reference)
    return backups_message(context.frame, page, person_id=request.person_id)


async def preview_answer(context: Context, request: Request, references: Sequence[str]) -> Message:
    """What a deletion would meet."""
    inspections = await preview(context.resources, request, references)
    names = " ".join(f'"{each}"' for each in references)
    command = f"delete {names} --dry-run"
    return preview_message(context.frame, inspections, command=command, person_id=request.person_id)


async def runs_answer(context: Context, request: Request, reference: str = "", *, active_only: bool = False) -> Message:
    """The first page of the runs of a workflow, or of all."""
    runs, screen_id = await list_runs(context.resources, request, reference, active_only=active_only)
    return runs_message(context.frame, runs, screen_id, person_id=request.person_id)


async def runs_page_answer(context: Context, request: Request, screen_id: ScreenId, by: int) -> Message:
    """Another page of the runs on the screen."""
    runs, next_id = await turn_runs(context.resources, request, screen_id, by)
    return runs_message(context.frame, runs, next_id, person_id=request.person_id)


async def lock_answer(context: Context, request: Request, reference: str, reason: str) -> Message:
    """A lock, told to the audit channel too."""
    lock = await lock_workflow(context.resources, request, reference, reason)
    message = locked_message(context.frame, lock, person_id=request.person_id)
    await announce(context, message, request.person_id)
    return message


async def unlock_answer(context: Context, request: Request, reference: str) -> Message:
    """No lock any more, told to the audit channel too."""
    lock = await unlock_workflow(context.resources, request, reference)
    message = unlocked_message(context.frame, lock, person_id=request.person_id)
    await announce(context, message, request.person_id)
    return message


async def trail_answer(context: Context, request: Request, asked: Audit) -> Message:
    """The newest entries that fit."""
    page, screen_id = await read_trail(context.resources, request, asked)
    return trail_message(context.frame, page, screen_id, request.person_id)


async def older_answer(context: Context, request: Request, screen_id: ScreenId) -> Message:
    """The next page of the trail on the screen."""
    page, next_id = await read_older(context.resources, request, screen_id)
    return trail_message(context.frame, page, next_id, request.person_id)


async def entry_answer(context: Context, request: Request, seq: int) -> Message:
    """One entry of the trail."""
    return entry_message(context.frame, await show_entry(context.resources, request, seq), request.person_id)


async def export_choice_answer(context: Context, request: Request, screen_id: str) -> Message:
    """Which kind of file; nothing of the trail is in this question."""
    return export_choice_message(context.frame, screen_id, request.person_id)


async def export_answer(context: Context, request: Request, asked: Audit, form: Format) -> Message:
    """A file of what fits, sent to the person; and that it was."""
    export = await export_trail(context.resources, request, asked, form, by_direct_message(context, request))
    return exported_message(context.frame, export, request.person_id)


async def export_listed_answer(context: Context, request: Request, screen_id: ScreenId, form: Format) -> Message:
    """The same for what the list on the screen shows."""
    export = await export_listed(context.resources, request, screen_id, form, by_direct_message(context, request))
    return exported_message(context.frame, export, request.person_id)
