"""Buttons and menus in messages. One listener, and a table of what each control does."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.domain.errors import OutOfDate
from bot.domain.export import Format
from bot.domain.screen import ScreenId
from bot.domain.trail_filters import Audit
from handlers import action_ids, answers
from handlers.context import Context
from handlers.deletion import open_deletion
from handlers.messages.blocks import Message, with_notes
from handlers.payloads import Click, read_click
from handlers.reply import Reply

_REPLACING = {
    action_ids.LIST_PREVIOUS,
    action_ids.LIST_NEXT,
    action_ids.TRAIL_OLDER,
    *action_ids.TRAIL_EXPORT_AS.values(),
}
"""Controls that turn a page or answer a question: the message that was clicked gives way to the answer."""


async def handle_action(context: Context, ack: AsyncAck, body: Mapping[str, Any]) -> None:
    """Ack at once, and answer in a task of its own."""
    await ack()
    action_id = (body.get("actions") or [{}])[0].get("action_id", "")
    person_id = (body.get("user") or {}).get("id", "")
    reply = Reply(context, body.get("response_url", ""), person_id, replace=action_id in _REPLACING)
    context.work.start(reply.carry_out(_answer(context, body)))


async def _answer(context: Context, body: Mapping[str, Any]) -> Message | None:
    click = read_click(body)
    message = await _ANSWERS.get(click.action_id, _out_of_date)(context, click)
    return message and with_notes(message, click.request.notes)


async def _out_of_date(_context: Context, _click: Click) -> Message | None:
    raise OutOfDate("This control is out of date.", "Give the command again.")


async def _chosen_in_row(context: Context, click: Click) -> Message | None:
    # A row's menu offers what the buttons of a single workflow do; its block bears the workflow's id, since the value
    # of an option holds 75 characters and an id may have 255.
    return await _ANSWERS.get(click.value, _out_of_date)(context, replace(click, value=click.block_id))


def _exporting(form: Format) -> Callable[[Context, Click], Awaitable[Message | None]]:
    return lambda context, click: answers.export_listed_answer(context, click.request, ScreenId(click.value), form)


_ANSWERS: Mapping[str, Callable[[Context, Click], Awaitable[Message | None]]] = {
    action_ids.LIST_PREVIOUS: lambda context, click: answers.page_answer(
        context, click.request, ScreenId(click.value), -1
    ),
    action_ids.LIST_NEXT: lambda context, click: answers.page_answer(context, click.request, ScreenId(click.value), 1),
    action_ids.TRAIL_OLDER: lambda context, click: answers.older_answer(context, click.request, ScreenId(click.value)),
    action_ids.TRAIL_ENTRY: lambda context, click: answers.entry_answer(context, click.request, int(click.value)),
    action_ids.TRAIL_EXPORT: lambda context, click: answers.export_choice_answer(context, click.request, click.value),
    **{action_id: _exporting(form) for form, action_id in action_ids.TRAIL_EXPORT_AS.items()},
    action_ids.ROW_MENU: _chosen_in_row,
    action_ids.SHOW: lambda context, click: answers.show_answer(context, click.request, click.value),
    action_ids.BACK_UP: lambda context, click: answers.backup_answer(context, click.request, click.value),
    action_ids.DELETE: lambda context, click: open_deletion(context, click.request, click.trigger_id, click.value),
    action_ids.AUDIT_OF: lambda context, click: answers.trail_answer(
        context, click.request, Audit(workflow=click.value)
    ),
}
