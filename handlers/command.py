"""The slash command."""

import logging
from collections.abc import Awaitable, Mapping
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.domain.command import (
    Backup,
    Backups,
    Command,
    Delete,
    ExportTrail,
    Help,
    Kill,
    ListWorkflows,
    LockWorkflow,
    Pending,
    Restore,
    Runs,
    Show,
    ShowEntry,
    Status,
    UnlockWorkflow,
    Whoami,
)
from bot.domain.errors import Ambiguous, BadCommand
from bot.domain.parsing import name_in, parse_command
from bot.domain.people import Request
from bot.domain.trail_filters import Audit
from bot.operations.identity import note_misunderstood
from handlers import answers
from handlers.approvals import pending_answer
from handlers.choosing import offer_ambiguous, offer_missing
from handlers.context import Context
from handlers.dialogue import open_deletion, open_kill, open_restoration
from handlers.messages.blocks import Message, with_notes
from handlers.payloads import CommandPayload, read_command
from handlers.reply import Reply

_LOG = logging.getLogger(__name__)


async def handle_vi_command(context: Context, ack: AsyncAck, body: Mapping[str, Any]) -> None:
    """Ack at once, and answer in a task of its own: no ack waits for Vi, Slack or the store."""
    await ack()
    context.work.start(_carry_out(context, body, context.resources.clock.elapsed()))


async def _carry_out(context: Context, body: Mapping[str, Any], began: float) -> None:
    text = body.get("text") or ""
    reply = Reply(context, body.get("response_url", ""), body.get("user_id", ""), text)
    result = await reply.carry_out(_answer(context, body))
    seconds = context.resources.clock.elapsed() - began
    command = _name_of(text)
    context.meter.answered(command, result, seconds)
    told = {"command": command, "result": result, "milliseconds": round(1000 * seconds)}
    _LOG.info("command %s: %s in %d ms", *told.values(), extra=told)


def _name_of(text: str) -> str:
    try:
        return name_in(text)
    except BadCommand:
        return ""  # what was typed stands in the trail, and may be anything


async def _answer(context: Context, body: Mapping[str, Any]) -> Message | None:
    payload = read_command(body)
    message = await _answer_or_choice(context, payload)
    return message and with_notes(message, payload.request.notes)


async def _answer_or_choice(context: Context, payload: CommandPayload) -> Message | None:
    request = payload.request
    try:
        command = parse_command(payload.text)
    except BadCommand as error:
        return await _choice(context, payload, error)
    try:
        return await answer_to(context, request, payload.trigger_id, command)
    except Ambiguous as error:
        return await offer_ambiguous(context, request, payload.text, error)


async def _choice(context: Context, payload: CommandPayload, error: BadCommand) -> Message:
    try:
        return await offer_missing(context, payload.request, payload.text, error)
    except BadCommand as misunderstood:
        await note_misunderstood(context.resources, payload.request, misunderstood)
        raise


def answer_to(
    context: Context, request: Request, trigger_id: str, command: Command, view_id: str = ""
) -> Awaitable[Message | None]:
    """Carry out what was meant; a dialogue is opened in the modal `view_id`, where there is one already.

    Raises:
        BotError: it could not be done.
    """
    match command:
        case Delete() | Kill() | Restore():
            return _open_dialogue(context, request, trigger_id, command, view_id)
        case Audit() | ShowEntry() | ExportTrail():
            return _answer_from_trail(context, request, command)
        case Help() | Whoami() | Pending() | Status():
            return _answer_about_person(context, request, command)
        case _:
            return _answer_about_workflows(context, request, command)


def _answer_about_person(
    context: Context, request: Request, command: Help | Whoami | Pending | Status
) -> Awaitable[Message | None]:
    match command:
        case Help(topic):
            return answers.help_answer(context, request, topic)
        case Whoami():
            return answers.whoami_answer(context, request)
        case Status():
            return answers.status_answer(context, request)
        case _:
            return pending_answer(context, request)


def _answer_about_workflows(
    context: Context,
    request: Request,
    command: ListWorkflows | Show | Backup | Backups | Runs | LockWorkflow | UnlockWorkflow,
) -> Awaitable[Message | None]:
    match command:
        case ListWorkflows(query):
            return answers.list_answer(context, request, query)
        case Show(reference):
            return answers.show_answer(context, request, reference)
        case Backups(reference):
            return answers.backups_answer(context, request, reference)
        case Runs(reference, active_only):
            return answers.runs_answer(context, request, reference, active_only=active_only)
        case _:
            return _answer_to_harmless_change(context, request, command)


def _answer_to_harmless_change(
    context: Context, request: Request, command: Backup | LockWorkflow | UnlockWorkflow
) -> Awaitable[Message | None]:
    match command:
        case Backup(reference, name):
            return answers.backup_answer(context, request, reference, name)
        case LockWorkflow(reference, reason):
            return answers.lock_answer(context, request, reference, reason)
        case _:
            return answers.unlock_answer(context, request, command.reference)


def _open_dialogue(
    context: Context, request: Request, trigger_id: str, command: Delete | Kill | Restore, view_id: str
) -> Awaitable[Message | None]:
    match command:
        case Delete(references, dry_run=True):
            return answers.preview_answer(context, request, references)
        case Delete(references, reason):
            return open_deletion(context, request, trigger_id, references, reason, view_id)
        case Kill(reference, reason):
            return open_kill(context, request, trigger_id, reference, reason, view_id)
        case _:
            return open_restoration(context, request, trigger_id, command.reference, view_id)


def _answer_from_trail(
    context: Context, request: Request, command: Audit | ShowEntry | ExportTrail
) -> Awaitable[Message | None]:
    match command:
        case ShowEntry(seq):
            return answers.entry_answer(context, request, seq)
        case ExportTrail(asked, form):
            return answers.export_answer(context, request, asked, form)
        case _:
            return answers.trail_answer(context, request, command)
