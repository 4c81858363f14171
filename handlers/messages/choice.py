"""Choosing a workflow: the select that the bot fills, what it offers, and the forms and messages that it stands in.

Limits are Slack's: a select takes 100 options, an option's text, its description and a group's label 75 characters.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.domain.errors import BotError
from bot.domain.policy import Actor, Role
from bot.domain.text import cut, shown
from bot.operations.index import Found, Indexed, WorkflowIndex
from handlers import action_ids
from handlers.messages.blocks import (
    Block,
    Frame,
    Message,
    View,
    context,
    date,
    escape,
    framed,
    modal,
    mrkdwn,
    name_of,
    plain,
    section,
)
from handlers.messages.failure import failure_blocks

OPTIONS = 100
_OPTION_LENGTH = 75
TITLE = "Vi workflows"

DEEDS = (
    ("Show", action_ids.SHOW, Role.VIEWER),
    ("Runs", action_ids.RUNS_OF, Role.VIEWER),
    ("Backups", action_ids.BACKUPS_OF, Role.VIEWER),
    ("Back up", action_ids.BACK_UP, Role.OPERATOR),
    ("Delete…", action_ids.DELETE, Role.OPERATOR),
)
"""What can be done with a chosen workflow, and the role that it needs."""


def workflow_select(action_id: str, chosen: Indexed | None = None) -> dict[str, Any]:
    """A select that asks the bot at every key for what fits; it lists workflows as soon as it is opened."""
    element: dict[str, Any] = {
        "type": "external_select",
        "action_id": action_id,
        "placeholder": plain("Find a workflow", 150),
        "min_query_length": 0,
    }
    if chosen is not None:
        element["initial_option"] = _option(chosen)
    return element


def suggestions(found: Found, read_at: datetime | None, now: datetime) -> list[dict[str, Any]]:
    """One group of options, whose label says how many fit and how old they are; nothing where none fit.

    Slack says by itself that nothing was found.
    """
    if read_at is None or not found.entries:
        return []
    seconds = max(0, int((now - read_at).total_seconds()))
    age = f"read {seconds} s ago" if seconds < 120 else f"read {seconds // 60} min ago"  # noqa: PLR2004 - two minutes
    of_all = f"{len(found.entries)} of " if found.total > len(found.entries) else ""
    more = ". Type to find others" if of_all else ""
    noun = "workflow" if found.total == 1 else "workflows"
    label = f"{of_all}{found.total:,} {noun}, {age}{more}"
    return [{"label": plain(label, _OPTION_LENGTH), "options": [_option(entry) for entry in found.entries]}]


def choice_message(
    frame: Frame, error: BotError, screen_id: str, index: WorkflowIndex, *, command: str, person_id: str
) -> Message:
    """What is missing or ambiguous, and the select; choosing goes on with the command.

    Without a select where the choice could not be kept, and `screen_id` is empty.
    """
    blocks = _choice(frame, error, screen_id, index)
    advice = "Choose a workflow from the list." if screen_id else error.advice
    text = " ".join(part for part in (error.sentence, advice) if part)
    return framed(frame, escape(text), blocks, command=command, person_id=person_id)


def choice_view(frame: Frame, title: str, error: BotError, screen_id: str, index: WorkflowIndex) -> View:
    """The same in a modal."""
    return modal(title, _choice(frame, error, screen_id, index), callback_id=action_ids.NOTICE)


def pick_view(frame: Frame, actor: Actor, index: WorkflowIndex, chosen: Indexed | None = None) -> View:
    """A form: which workflow, and what to do with it; only what this person may do."""
    options = [{"text": plain(text, _OPTION_LENGTH), "value": deed} for text, deed, role in DEEDS if actor.may(role)]
    deeds = {
        "type": "radio_buttons",
        "action_id": action_ids.DEED_FIELD,
        "options": options,
        "initial_option": options[0],
    }
    blocks: list[Block] = [
        {
            "type": "input",
            "block_id": action_ids.WORKFLOW_FIELD,
            "label": plain("Workflow"),
            "element": workflow_select(action_ids.WORKFLOW_FIELD, chosen),
        },
        {"type": "input", "block_id": action_ids.DEED_FIELD, "label": plain("What to do"), "element": deeds},
        *age_lines(index),
        context(plain(frame.place, 150)),
    ]
    return modal(TITLE, blocks, callback_id=action_ids.CHOICE_FORM, submit="Go on", close="Cancel")


def working_view() -> View:
    """What the form gives way to while the answer is got."""
    return modal(TITLE, [section(plain("Working on it…"))], callback_id=action_ids.NOTICE)


def answer_view(message: Message) -> View:
    """An answer in a modal: without its controls, which answer into a conversation."""
    return modal(TITLE, without_controls(message.blocks), callback_id=action_ids.NOTICE)


def without_controls(blocks: Sequence[Block]) -> list[Block]:
    """The blocks without anything to press."""
    return [
        {name: member for name, member in block.items() if name != "accessory"}
        for block in blocks
        if block["type"] != "actions"
    ]


def age_lines(index: WorkflowIndex) -> list[Block]:
    """How old the list of workflows is, and why it could not be read anew."""
    if index.trouble:
        return [context(plain(cut(f"Vi could not be read: {shown(index.trouble)}", 300)), *_read(index))]
    return [context(*_read(index))]


def _read(index: WorkflowIndex) -> list[dict[str, Any]]:
    if index.read_at is None:
        return [plain("The list of workflows was not read yet.")]
    return [mrkdwn(f"List of workflows read {date(index.read_at)}")]


def _choice(frame: Frame, error: BotError, screen_id: str, index: WorkflowIndex) -> list[Block]:
    select = workflow_select(action_ids.WORKFLOW_CHOSEN)
    choice = [section(plain("Choose one:"), accessory=select, block_id=screen_id), *age_lines(index)]
    return [*failure_blocks(frame, error), *(choice if screen_id else [])]


def _option(entry: Indexed) -> dict[str, Any]:
    workflow = entry.workflow
    about = " · ".join(part for part in (cut(shown(entry.project_name), 40), cut(workflow.id, 30)) if part)
    return {
        "text": plain(name_of(workflow), _OPTION_LENGTH),
        "description": plain(about, _OPTION_LENGTH),
        "value": entry.key,
    }
