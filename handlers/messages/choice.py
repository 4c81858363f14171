"""Choosing what a command is about: the select that the bot fills, and the forms and messages that it stands in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.domain.errors import BotError
from bot.domain.policy import Actor, Role
from bot.operations.active_runs import ActiveRuns
from bot.operations.index import Indexed, WorkflowIndex
from handlers import action_ids
from handlers.messages.age import age_lines
from handlers.messages.blocks import (
    Block,
    Frame,
    Message,
    View,
    context,
    escape,
    framed,
    modal,
    plain,
    section,
)
from handlers.messages.failure import failure_blocks
from handlers.messages.suggestions import OPTION_LENGTH, workflow_option

TITLE = "Vi workflows"

DEEDS = (
    ("Show", action_ids.SHOW, Role.VIEWER),
    ("Runs", action_ids.RUNS_OF, Role.VIEWER),
    ("Backups", action_ids.BACKUPS_OF, Role.VIEWER),
    ("Back up", action_ids.BACK_UP, Role.OPERATOR),
    ("Delete…", action_ids.DELETE, Role.OPERATOR),
)
"""What can be done with a chosen workflow, and the role that it needs."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to choose from.

    Attributes:
        action_id: of the select; by it the bot knows what to fill it with.
        noun: what one of the choices is.
        about: how old the choices are.
        nothing: why there is nothing to choose from; empty where there may be something.
    """

    action_id: str
    noun: str = "workflow"
    about: tuple[Block, ...] = ()
    nothing: str = ""


def workflows_to_choose(index: WorkflowIndex) -> Offer:
    """All workflows."""
    return Offer(action_ids.WORKFLOW_CHOSEN, about=tuple(age_lines(index.age)))


def runs_to_choose(runs: ActiveRuns) -> Offer:
    """The runs that may be active."""
    nothing = ""
    if runs.read_at is None:
        nothing = "The active runs cannot be listed now. Name the run by its id, or try again later."
    elif not runs.search("", limit=1).total:
        nothing = "No run is active, so there is nothing to stop."
    return Offer(action_ids.RUN_CHOSEN, "run", tuple(age_lines(runs.age, "active runs")), nothing)


def snapshots_to_choose(*, some: bool) -> Offer:
    """The workflows of which the bot keeps a snapshot."""
    return Offer(
        action_ids.SNAPSHOT_CHOSEN, nothing="" if some else "The bot keeps no snapshot, so nothing can be brought back."
    )


def locks_to_choose(*, some: bool) -> Offer:
    """The workflows that are locked."""
    return Offer(action_ids.LOCK_CHOSEN, nothing="" if some else "No workflow is locked.")


def select_for(action_id: str, noun: str = "workflow", chosen: Indexed | None = None) -> dict[str, Any]:
    """A select that asks the bot at every key for what fits; it offers something as soon as it is opened."""
    element: dict[str, Any] = {
        "type": "external_select",
        "action_id": action_id,
        "placeholder": plain(f"Find a {noun}", 150),
        "min_query_length": 0,
    }
    if chosen is not None:
        element["initial_option"] = workflow_option(chosen)
    return element


def choice_message(
    frame: Frame, error: BotError, screen_id: str, offer: Offer, *, command: str, person_id: str
) -> Message:
    """What is missing or ambiguous, and the select; choosing goes on with the command.

    Without a select where there is nothing to choose from, or the choice could not be kept and `screen_id` is empty.
    """
    blocks = _choice(frame, error, screen_id, offer)
    advice = offer.nothing or (f"Choose a {offer.noun} from the list." if screen_id else error.advice)
    text = " ".join(part for part in (error.sentence, advice) if part)
    return framed(frame, escape(text), blocks, command=command, person_id=person_id)


def choice_view(frame: Frame, title: str, error: BotError, screen_id: str, offer: Offer) -> View:
    """The same in a modal."""
    return modal(title, _choice(frame, error, screen_id, offer), callback_id=action_ids.NOTICE)


def pick_view(frame: Frame, actor: Actor, index: WorkflowIndex, chosen: Indexed | None = None) -> View:
    """A form: which workflow, and what to do with it; only what this person may do."""
    options = [{"text": plain(text, OPTION_LENGTH), "value": deed} for text, deed, role in DEEDS if actor.may(role)]
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
            "element": select_for(action_ids.WORKFLOW_FIELD, chosen=chosen),
        },
        {"type": "input", "block_id": action_ids.DEED_FIELD, "label": plain("What to do"), "element": deeds},
        *age_lines(index.age),
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


def _choice(frame: Frame, error: BotError, screen_id: str, offer: Offer) -> list[Block]:
    blocks = failure_blocks(frame, error)
    if offer.nothing:
        return [*blocks, section(plain(offer.nothing)), *offer.about]
    if not screen_id:
        return blocks
    select = select_for(offer.action_id, offer.noun)
    return [*blocks, section(plain("Choose one:"), accessory=select, block_id=screen_id), *offer.about]
