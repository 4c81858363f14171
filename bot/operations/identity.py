"""Who somebody is to the bot, and what they may do: behind `help` and `whoami`."""

from bot.domain.audit import Action
from bot.domain.errors import BadCommand
from bot.domain.people import Request
from bot.domain.policy import Actor
from bot.operations.access import let_in
from bot.operations.recording import one_entry, operation
from bot.ports import Resources


async def introduce(resources: Resources, request: Request, action: Action) -> Actor:
    """Who asks, for anybody who is let in: members of the workspace, and guests that the configuration names.

    Raises:
        Refused: a person of another kind, or the wrong channel.
    """
    async with one_entry(resources, request, action) as entry:
        actor = await let_in(entry)
        entry.details["roles"] = sorted(actor.roles)
    return actor


async def note_misunderstood(resources: Resources, request: Request, error: BadCommand) -> None:
    """Write down a command that was not understood.

    Raises:
        StoreUnavailable: it could not be written.
    """
    await operation(resources, request, Action.UNDERSTAND).fail(error)
