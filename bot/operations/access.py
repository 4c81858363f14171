"""Whether somebody may do what they ask: asked anew at every command, every click and every submit."""

from bot.domain.audit import Action
from bot.domain.errors import BotError
from bot.domain.people import Request, Standing
from bot.domain.policy import Actor, Role, grants_of, require, require_channel
from bot.operations.recording import Operation, operation
from bot.ports import Resources


async def identify(under_way: Operation, *, fresh: bool = False) -> Actor:
    """Who asks, with the roles that hold right now; `fresh` asks the workspace again instead of memory."""
    resources, request = under_way.resources, under_way.request
    person = await resources.people.person(request.person_id, request.team, fresh=fresh)
    under_way.actor_name = person.name
    memberships = await resources.people.memberships(person.id, tuple(resources.policy.groups), fresh=fresh)
    return Actor(person, grants_of(person, resources.policy, memberships.held), memberships.untold)


async def let_in(under_way: Operation) -> Actor:
    """Who asks, if they are let in: members of the workspace, and guests that the configuration names.

    Raises:
        Refused: a person of another kind, or the wrong channel.
    """
    policy, request = under_way.resources.policy, under_way.request
    actor = await identify(under_way)
    if actor.person.standing is not Standing.MEMBER:
        require(actor, Role.VIEWER, policy)
    if request.kind == "command":
        require_channel(request.channel, policy)
    return actor


async def authorize(under_way: Operation, role: Role, *, fresh: bool = False) -> Actor:
    """Who asks, if they may.

    Raises:
        Refused: they may not, or not from this channel.
    """
    policy, request = under_way.resources.policy, under_way.request
    actor = await identify(under_way, fresh=fresh)
    require(actor, role, policy)
    if request.kind == "command":
        require_channel(request.channel, policy)
    return actor


async def admit(resources: Resources, request: Request, action: Action, role: Role) -> Actor:
    """Let somebody begin something that goes on after this; only a refusal is written down here.

    Raises:
        Refused: they may not.
    """
    under_way = operation(resources, request, action)
    try:
        return await authorize(under_way, role)
    except BotError as error:
        await under_way.fail(error)
        raise
