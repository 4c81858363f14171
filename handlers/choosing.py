"""A command that does not say which workflow is meant: the person chooses one, and the command goes on."""

from collections.abc import Mapping

from bot.domain.audit import Action
from bot.domain.command import USAGES, Chosen, Command, parse_command
from bot.domain.errors import BadCommand, BotError, WorkflowAmbiguous
from bot.domain.people import Request
from bot.domain.policy import Role
from bot.domain.screen import ScreenId
from bot.operations.access import admit
from bot.operations.screens import keep_screen, screen_state
from handlers.context import Context
from handlers.messages.blocks import Message, View
from handlers.messages.choice import choice_message, choice_view

_KIND = "choice"
_ANY = "000000"
"""Stands for the workflow while it is looked whether it is all that the command lacks."""
_ACTIONS: Mapping[str, Action] = {
    "show": Action.SHOW,
    "backup": Action.BACKUP,
    "delete": Action.DELETE,
    "lock": Action.LOCK,
    "unlock": Action.UNLOCK,
}


async def offer_missing(context: Context, request: Request, text: str, error: BadCommand) -> Message:
    """A select where a command lacks nothing but its workflow.

    Raises:
        BadCommand: `error` itself, or what else is wrong with the command and has to be mended first.
        Refused: the person may not give this command.
    """
    action = _ACTIONS.get(error.lacking)
    if action is None:
        raise error
    parse_command(text, Chosen(_ANY))
    await admit(context.resources, request, action, USAGES[error.lacking].role or Role.VIEWER)
    return await _message(context, request, text, error, "")


async def offer_ambiguous(context: Context, request: Request, text: str, error: WorkflowAmbiguous) -> Message:
    """A select in the place of words that mean several workflows."""
    return await _message(context, request, text, error, error.reference)


async def offer_in_modal(context: Context, request: Request, title: str, error: BotError) -> View | None:
    """The same in the modal that a command has opened; None for any other error, or where no words were typed."""
    text = request.command.partition(" ")[2]
    if not isinstance(error, WorkflowAmbiguous) or not text:
        return None
    screen_id = await _keep(context, request, text, error.reference)
    return choice_view(context.frame, title, error, screen_id, context.index)


async def chosen_command(context: Context, screen_id: ScreenId, key: str) -> Command:
    """What the words that were typed mean with the workflow that was chosen.

    Raises:
        OutOfDate: the choice is older than a day and forgotten.
    """
    state = await screen_state(context.resources, screen_id, _KIND)
    chosen = Chosen(context.index.id_of(key), state.get("instead_of", ""))
    return parse_command(state["text"], chosen)


async def _message(context: Context, request: Request, text: str, error: BotError, instead_of: str) -> Message:
    screen_id = await _keep(context, request, text, instead_of)
    return choice_message(context.frame, error, screen_id, context.index, command=text, person_id=request.person_id)


async def _keep(context: Context, request: Request, text: str, instead_of: str) -> ScreenId:
    if instead_of:
        # What is ambiguous may be newer than the index, and has to be offered.
        context.index.outdate()
        await context.index.refresh()
    elif context.index.is_old:
        context.work.start(context.index.refresh())
    return await keep_screen(context.resources, request, _KIND, {"text": text, "instead_of": instead_of})
