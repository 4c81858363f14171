"""Buttons and menus in messages. One listener, and a table of what each control does."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.domain.confirmation import ConfirmationId
from bot.domain.errors import OutOfDate
from bot.domain.export import Format
from bot.domain.screen import ScreenId
from bot.domain.trail_filters import Audit
from handlers import action_ids, answers
from handlers.approvals import approve, refuse, show_details, withdraw_request
from handlers.choosing import chosen_command
from handlers.command import answer_to
from handlers.context import Context
from handlers.dialogue import (
    check_deletion_again,
    kill_then_delete,
    open_again,
    open_deletion,
    open_kill,
    open_restoration,
)
from handlers.filters import open_filter
from handlers.home import note_click, show_project
from handlers.messages.blocks import Message, with_notes
from handlers.messages.home import ALL_PROJECTS
from handlers.payloads import Click, read_click
from handlers.reply import Reply, ViewReply
from handlers.sharing import json_answer, share_list, share_workflow
from handlers.shortcuts import open_pick

_REPLACING = {
    action_ids.LIST_PREVIOUS,
    action_ids.LIST_NEXT,
    action_ids.LIST_REFRESH,
    action_ids.RUNS_PREVIOUS,
    action_ids.RUNS_NEXT,
    action_ids.TRAIL_OLDER,
    *action_ids.TRAIL_EXPORT_AS.values(),
    action_ids.WITHDRAW,
    *action_ids.CHOSEN,
}
"""Controls that turn a page or answer a question: the message that was clicked gives way to the answer."""


async def handle_action(context: Context, ack: AsyncAck, body: Mapping[str, Any]) -> None:
    """Ack at once, and answer in a task of its own."""
    await ack()
    action_id = (body.get("actions") or [{}])[0].get("action_id", "")
    person_id = (body.get("user") or {}).get("id", "")
    view = body.get("view") or {}
    reply = (
        ViewReply(context, view["id"])
        if view.get("type") == "modal"
        else Reply(context, body.get("response_url", ""), person_id, replace=action_id in _REPLACING)
    )
    context.work.start(reply.carry_out(_answer(context, body)))


async def _answer(context: Context, body: Mapping[str, Any]) -> Message | None:
    click = read_click(body)
    if click.in_home:
        await note_click(context, click.request)
    message = await _ANSWERS.get(click.action_id, _out_of_date)(context, click)
    return message and with_notes(message, click.request.notes)


async def _out_of_date(_context: Context, _click: Click) -> Message | None:
    raise OutOfDate("This control is out of date.", "Give the command again.")


async def _chosen_in_row(context: Context, click: Click) -> Message | None:
    # A row's menu offers what the buttons of a single workflow do; its block bears the workflow's id, since the value
    # of an option holds 75 characters and an id may have 255.
    return await _ANSWERS.get(click.value, _out_of_date)(context, replace(click, value=click.block_id))


async def _go_on(context: Context, click: Click) -> Message | None:
    # The command that a workflow or a run was missing in, or that named several.
    command = await chosen_command(context, ScreenId(click.block_id), click.value)
    return await answer_to(context, click.request, click.trigger_id, command, click.modal_id)


async def _filter(context: Context, click: Click) -> Message | None:
    await open_filter(context, click.request, click.trigger_id, ScreenId(click.value), click.response_url)
    return None


async def _found(context: Context, click: Click) -> Message | None:
    await open_pick(context, click.request, click.trigger_id, click.value)
    return None


async def _project_chosen(context: Context, click: Click) -> Message | None:
    await show_project(context, click.request, "" if click.value == ALL_PROJECTS else click.value)
    return None


def _exporting(form: Format) -> Callable[[Context, Click], Awaitable[Message | None]]:
    return lambda context, click: answers.export_listed_answer(context, click.request, ScreenId(click.value), form)


_ANSWERS: Mapping[str, Callable[[Context, Click], Awaitable[Message | None]]] = {
    action_ids.LIST_PREVIOUS: lambda context, click: answers.page_answer(
        context, click.request, ScreenId(click.value), -1
    ),
    action_ids.LIST_NEXT: lambda context, click: answers.page_answer(context, click.request, ScreenId(click.value), 1),
    action_ids.LIST_REFRESH: lambda context, click: answers.page_answer(
        context, click.request, ScreenId(click.value), fresh=True
    ),
    action_ids.TRAIL_OLDER: lambda context, click: answers.older_answer(context, click.request, ScreenId(click.value)),
    action_ids.TRAIL_ENTRY: lambda context, click: answers.entry_answer(context, click.request, int(click.value)),
    action_ids.TRAIL_EXPORT: lambda context, click: answers.export_choice_answer(context, click.request, click.value),
    **{action_id: _exporting(form) for form, action_id in action_ids.TRAIL_EXPORT_AS.items()},
    action_ids.LIST_FILTER: _filter,
    action_ids.LIST_SHARE: lambda context, click: share_list(
        context, click.request, click.response_url, ScreenId(click.value)
    ),
    action_ids.WORKFLOW_SHARE: lambda context, click: share_workflow(
        context, click.request, click.response_url, click.value
    ),
    action_ids.WORKFLOW_JSON: lambda context, click: json_answer(context, click.request, click.value),
    **dict.fromkeys(action_ids.CHOSEN, _go_on),
    action_ids.WORKFLOW_FOUND: _found,
    action_ids.HOME_PROJECT: _project_chosen,
    action_ids.ROW_MENU: _chosen_in_row,
    action_ids.SHOW: lambda context, click: answers.show_answer(context, click.request, click.value),
    action_ids.BACK_UP: lambda context, click: answers.backup_answer(context, click.request, click.value),
    action_ids.DELETE: lambda context, click: open_deletion(context, click.request, click.trigger_id, [click.value]),
    action_ids.KILL: lambda context, click: open_kill(context, click.request, click.trigger_id, click.value),
    action_ids.KILL_THEN_DELETE: kill_then_delete,
    action_ids.DELETE_AGAIN: check_deletion_again,
    action_ids.UNDO: lambda context, click: open_restoration(
        context, click.request, click.trigger_id, click.value, click.modal_id
    ),
    action_ids.RESTORE: lambda context, click: open_restoration(context, click.request, click.trigger_id, click.value),
    action_ids.RUNS_OF: lambda context, click: answers.runs_answer(context, click.request, click.value),
    action_ids.RUNS_PREVIOUS: lambda context, click: answers.runs_page_answer(
        context, click.request, ScreenId(click.value), -1
    ),
    action_ids.RUNS_NEXT: lambda context, click: answers.runs_page_answer(
        context, click.request, ScreenId(click.value), 1
    ),
    action_ids.BACKUPS_OF: lambda context, click: answers.backups_answer(context, click.request, click.value),
    action_ids.APPROVE: lambda context, click: approve(context, click.request, ConfirmationId(click.value)),
    action_ids.REFUSE: lambda context, click: refuse(context, click.request, ConfirmationId(click.value)),
    action_ids.APPROVAL_DETAILS: lambda context, click: show_details(
        context, click.request, click.trigger_id, ConfirmationId(click.value)
    ),
    action_ids.WITHDRAW: lambda context, click: withdraw_request(context, click.request, ConfirmationId(click.value)),
    action_ids.OPEN_AGAIN: lambda context, click: open_again(
        context, click.request, click.trigger_id, ConfirmationId(click.value)
    ),
    action_ids.AUDIT_OF: lambda context, click: answers.trail_answer(
        context, click.request, Audit(workflow=click.value)
    ),
}
