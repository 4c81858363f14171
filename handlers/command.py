"""The slash command."""

from collections.abc import Awaitable, Mapping
from typing import Any, assert_never

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.domain.command import (
    Backup,
    Command,
    Delete,
    ExportTrail,
    Help,
    ListWorkflows,
    Show,
    ShowEntry,
    Whoami,
    parse_command,
)
from bot.domain.errors import BadCommand
from bot.domain.people import Request
from bot.domain.trail_filters import Audit
from bot.operations.identity import note_misunderstood
from handlers import answers
from handlers.context import Context
from handlers.deletion import open_deletion
from handlers.messages.blocks import Message, with_notes
from handlers.payloads import CommandPayload, read_command
from handlers.reply import Reply


async def handle_vi_command(context: Context, ack: AsyncAck, body: Mapping[str, Any]) -> None:
    """Ack at once, and answer in a task of its own: no ack waits for Vi, Slack or the store."""
    await ack()
    reply = Reply(context, body.get("response_url", ""), body.get("user_id", ""), body.get("text") or "")
    context.work.start(reply.carry_out(_answer(context, body)))


async def _answer(context: Context, body: Mapping[str, Any]) -> Message | None:
    payload = read_command(body)
    try:
        command = parse_command(payload.text)
    except BadCommand as error:
        await note_misunderstood(context.resources, payload.request, error)
        raise
    message = await _answer_to(context, payload, command)
    return message and with_notes(message, payload.request.notes)


def _answer_to(context: Context, payload: CommandPayload, command: Command) -> Awaitable[Message | None]:
    request = payload.request
    match command:
        case Help(topic):
            answer: Awaitable[Message | None] = answers.help_answer(context, request, topic)
        case Whoami():
            answer = answers.whoami_answer(context, request)
        case ListWorkflows(query):
            answer = answers.list_answer(context, request, query)
        case Show(reference):
            answer = answers.show_answer(context, request, reference)
        case Backup(reference, name):
            answer = answers.backup_answer(context, request, reference, name)
        case Delete(reference, dry_run=True):
            answer = answers.preview_answer(context, request, reference)
        case Delete(reference, reason):
            answer = open_deletion(context, request, payload.trigger_id, reference, reason)
        case Audit() | ShowEntry() | ExportTrail():
            answer = _answer_from_trail(context, request, command)
        case _:
            assert_never(command)
    return answer


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
