"""A command that does not say what it is about, or names several: the person chooses, and the command goes on."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.domain.audit import Action
from bot.domain.backup import SnapshotId
from bot.domain.command import Command
from bot.domain.errors import Ambiguous, BadCommand, BotError
from bot.domain.parsing import Chosen, name_in, parse_command
from bot.domain.people import Request
from bot.domain.policy import Role
from bot.domain.screen import ScreenId
from bot.domain.usages import USAGES
from bot.operations.access import admit
from bot.operations.locking import find_locks, locked_workflow
from bot.operations.restorable import find_restorable, workflow_of
from bot.operations.screens import keep_screen, screen_state
from handlers.context import Context
from handlers.messages.blocks import Message, View
from handlers.messages.choice import (
    Offer,
    choice_message,
    choice_view,
    locks_to_choose,
    runs_to_choose,
    snapshots_to_choose,
    workflows_to_choose,
)

_KIND = "choice"
_ANY = "000000"
"""Stands for what is chosen while it is looked whether that is all that the command lacks."""
_ACTIONS: Mapping[str, Action] = {
    "show": Action.SHOW,
    "backup": Action.BACKUP,
    "delete": Action.DELETE,
    "restore": Action.RESTORE,
    "kill": Action.KILL,
    "lock": Action.LOCK,
    "unlock": Action.UNLOCK,
}


async def offer_missing(context: Context, request: Request, text: str, error: BadCommand) -> Message:
    """A select where a command lacks nothing but what it is about.

    Raises:
        BadCommand: `error` itself, or what else is wrong with the command and has to be mended first.
        Refused: the person may not give this command.
    """
    if not error.lacking:
        raise error
    parse_command(text, Chosen(_ANY))
    await admit(context.resources, request, _ACTIONS[error.lacking], USAGES[error.lacking].role or Role.VIEWER)
    return await _message(context, request, text, error, "")


async def offer_ambiguous(context: Context, request: Request, text: str, error: Ambiguous) -> Message:
    """A select in the place of words that mean several."""
    return await _message(context, request, text, error, error.reference)


async def offer_in_modal(context: Context, request: Request, title: str, error: BotError) -> View | None:
    """The same in the modal that a command has opened; None for any other error, or where no words were typed."""
    text = request.command.partition(" ")[2]
    if not isinstance(error, Ambiguous) or not text:
        return None
    offer, screen_id = await _offer(context, request, text, error.reference)
    return choice_view(context.frame, title, error, screen_id, offer)


async def chosen_command(context: Context, screen_id: ScreenId, value: str) -> Command:
    """What the words that were typed mean with the option that was chosen.

    Raises:
        OutOfDate: the choice is older than a day and forgotten.
    """
    state = await screen_state(context.resources, screen_id, _KIND)
    reference = await _select_for(state["text"]).meant(context, value)
    return parse_command(state["text"], Chosen(reference, state.get("instead_of", "")))


async def _message(context: Context, request: Request, text: str, error: BotError, instead_of: str) -> Message:
    offer, screen_id = await _offer(context, request, text, instead_of)
    return choice_message(context.frame, error, screen_id, offer, command=text, person_id=request.person_id)


async def _offer(context: Context, request: Request, text: str, instead_of: str) -> tuple[Offer, ScreenId]:
    offer = await _select_for(text).offer(context, instead_of)
    if offer.nothing:
        return offer, ScreenId("")
    return offer, await keep_screen(context.resources, request, _KIND, {"text": text, "instead_of": instead_of})


async def _offer_workflows(context: Context, instead_of: str) -> Offer:
    if instead_of:
        # What is ambiguous may be newer than the index, and has to be offered.
        context.index.outdate()
        await context.index.refresh()
    else:
        context.keep_warm()
    return workflows_to_choose(context.index)


async def _offer_runs(context: Context, instead_of: str) -> Offer:
    if instead_of:
        context.runs.outdate()
    await context.runs.refresh()  # at once: it has to be said where no run is active
    return runs_to_choose(context.runs)


async def _offer_snapshots(context: Context, _instead_of: str) -> Offer:
    context.keep_warm()  # what is gone is offered first
    found = await find_restorable(context.resources, context.index, "")
    return snapshots_to_choose(some=bool(found.gone or found.others))


async def _offer_locks(context: Context, _instead_of: str) -> Offer:
    return locks_to_choose(some=bool(await find_locks(context.resources)))


async def _workflow_meant(context: Context, key: str) -> str:
    return context.index.id_of(key)


async def _run_meant(context: Context, key: str) -> str:
    return context.runs.id_of(key)


async def _snapshot_meant(context: Context, snapshot_id: str) -> str:
    return await workflow_of(context.resources, SnapshotId(snapshot_id))


async def _lock_meant(context: Context, key: str) -> str:
    return await locked_workflow(context.resources, key)


@dataclass(frozen=True, slots=True)
class _Select:
    """What is offered in the place of missing or ambiguous words, and the id that a chosen option stands for."""

    offer: Callable[[Context, str], Awaitable[Offer]]
    meant: Callable[[Context, str], Awaitable[str]]


_WORKFLOWS = _Select(_offer_workflows, _workflow_meant)
_OTHERS: Mapping[str, _Select] = {
    "kill": _Select(_offer_runs, _run_meant),
    "restore": _Select(_offer_snapshots, _snapshot_meant),
    "unlock": _Select(_offer_locks, _lock_meant),
}
"""The commands that are not about any workflow that there is."""


def _select_for(text: str) -> _Select:
    return _OTHERS.get(name_in(text), _WORKFLOWS)
