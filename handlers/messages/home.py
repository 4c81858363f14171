"""The Home tab: what waits, what was done last, workflows to choose from, whether all is well, and who one is.

A Home tab holds 100 blocks (Slack's limit); each part has a limit of its own, so that together they stay below it.
"""

from collections.abc import Sequence
from typing import Any

from bot.domain.confirmation import Confirmation, ConfirmationState
from bot.domain.errors import BotError
from bot.domain.policy import Role
from bot.operations.home import Home
from bot.operations.index import Indexed, WorkflowIndex
from bot.operations.readiness import Finding
from handlers import action_ids
from handlers.messages.age import age_lines
from handlers.messages.blocks import (
    Block,
    Frame,
    View,
    actions,
    button,
    context,
    date,
    escape,
    header,
    mrkdwn,
    name_of,
    overflow,
    plain,
    section,
    shown_name,
)
from handlers.messages.choice import select_for
from handlers.messages.entry import headline, who
from handlers.messages.failure import failure_blocks, unexpected_view
from handlers.messages.identity import whoami_message
from handlers.messages.outcome import WORDS
from handlers.messages.status import finding_line

_SHOWN_QUESTIONS = 10
_SHOWN_WORKFLOWS = 5
_SHOWN_PROJECTS = 99
_OPTION_LENGTH = 75
_VALUE_LENGTH = 150
ALL_PROJECTS = "all"


def home_view(frame: Frame, home: Home, health: Sequence[Finding], index: WorkflowIndex, project: str = "") -> View:
    """Everything, most pressing first. `project` is the one whose workflows are listed; empty for all."""
    blocks = [header("What waits for you"), *_pending(home.pending)]
    if home.actor.may(Role.VIEWER):
        blocks += [header("Workflows"), *_workflows(home, index, project)]
        whose = "Last changes" if home.actor.may(Role.ADMIN) else "Your last changes"
        blocks += [header(whose), *_operations(home)]
    blocks += [header("Health"), *_health(home, health)]
    blocks += [header("Who you are here"), *whoami_message(frame, home.actor).blocks[:-1]]
    return _view([*blocks, context(plain(frame.place, 150))])


def home_failure_view(frame: Frame, error: BotError) -> View:
    """Why there is nothing to see."""
    return _view([*failure_blocks(frame, error), context(plain(frame.place, 150))])


def home_unexpected_view(reference: str) -> View:
    """The same for a fault of the bot's own."""
    return _view(unexpected_view("", reference)["blocks"])


def _view(blocks: Sequence[Block]) -> View:
    return {"type": "home", "blocks": list(blocks)}


def _pending(pending: Sequence[Confirmation]) -> list[Block]:
    blocks: list[Block] = []
    for each in pending[:_SHOWN_QUESTIONS]:
        until, waits = each.expires_at, "for your answer"
        if each.state is ConfirmationState.AWAITING and each.approval is not None:
            until, waits = each.approval.expires_at, "for a second person"
        what = f"{WORDS[each.action].title}: {_names(each)}"
        withdraw = button("Withdraw", action_ids.WITHDRAW, each.id, about=what)
        blocks.append(section(plain(what), accessory=withdraw))
        blocks.append(context(plain(f"Waits {waits}"), mrkdwn(f"until {date(until)}")))
    rest = len(pending) - _SHOWN_QUESTIONS
    if rest > 0:
        blocks.append(context(plain(f"and {rest} more")))
    return blocks or [section(plain("Nothing waits for you."))]


def _names(confirmation: Confirmation) -> str:
    items = confirmation.items
    return f"“{shown_name(items[0].target.name)}”" if len(items) == 1 else f"{len(items)} of them"


def _workflows(home: Home, index: WorkflowIndex, project: str) -> list[Block]:
    found = index.search("", limit=_SHOWN_WORKFLOWS, project=project)
    controls = [select_for(action_ids.WORKFLOW_FOUND)]
    if index.projects:
        controls.append(_project_select(index, project))
    blocks: list[Block] = [actions(*controls)]
    for entry in found.entries:
        blocks += _row(entry, can_change=home.actor.may(Role.OPERATOR))
    if found.total > len(found.entries):
        blocks.append(context(plain(f"{len(found.entries)} of {found.total:,} workflows, last changed first.")))
    if not found.total and index.read_at is not None:
        blocks.append(section(plain("There are no workflows here.")))
    return [*blocks, *age_lines(index.age)]


def _row(entry: Indexed, *, can_change: bool) -> list[Block]:
    workflow = entry.workflow
    deeds = [("Show", action_ids.SHOW)]
    if can_change:
        deeds += [("Back up", action_ids.BACK_UP), ("Delete…", action_ids.DELETE)]
    small = [mrkdwn(f"`{escape(workflow.id)}` · updated {date(workflow.updated_at)}")]
    if entry.project_name:
        small.insert(0, plain(shown_name(entry.project_name)))
    menu = overflow(action_ids.ROW_MENU, *deeds)
    return [section(plain(name_of(workflow)), accessory=menu, block_id=workflow.id), context(*small)]


def _project_select(index: WorkflowIndex, project: str) -> dict[str, Any]:
    everything = {"text": plain("All projects", _OPTION_LENGTH), "value": ALL_PROJECTS}
    projects = [
        {"text": plain(shown_name(each.name), _OPTION_LENGTH), "value": each.id}
        for each in index.projects
        if len(each.id) <= _VALUE_LENGTH
    ]
    options = [everything, *projects[:_SHOWN_PROJECTS]]
    chosen = next((each for each in options if each["value"] == project), everything)
    return {
        "type": "static_select",
        "action_id": action_ids.HOME_PROJECT,
        "placeholder": plain("Project", 150),
        "options": options,
        "initial_option": chosen,
    }


def _operations(home: Home) -> list[Block]:
    blocks: list[Block] = []
    for receipt, entry in home.operations:
        details = button("Details", action_ids.TRAIL_ENTRY, str(receipt.seq), about=f"of entry #{receipt.seq}")
        blocks.append(section(plain(headline(entry)), accessory=details))
        blocks.append(context(mrkdwn(f"`{receipt}`"), who(entry), mrkdwn(date(entry.at))))
    return blocks or [section(plain("No changes yet."))]


def _health(home: Home, health: Sequence[Finding]) -> list[Block]:
    # Home is published when something changes, not when time passes: what is fine needs no line that grows old.
    wrong = [context(plain(finding_line(each), 300)) for each in health if not each.ok]
    fine = [context(plain(f"{len(health)} checks found nothing wrong. The command status shows them."))]
    return [*(wrong or fine), context(*_store(home)), context(*_checkpoint(home))]


def _store(home: Home) -> list[dict[str, Any]]:
    receipt, at = home.written
    return [plain("Audit trail: last written"), mrkdwn(date(at)), mrkdwn(f"`{receipt}`")]


def _checkpoint(home: Home) -> list[dict[str, Any]]:
    if home.checkpoint is None:
        return [plain("Checkpoints: none was noted elsewhere yet.")]
    noted = home.checkpoint
    return [plain("Checkpoints: last noted elsewhere"), mrkdwn(date(noted.at)), mrkdwn(f"`{noted.receipt}`")]
