"""Whether somebody may do what they ask: asked anew at every command, every click and every submit."""

from bot.domain.people import Request
from bot.domain.policy import Actor, Role, grants_of, require, require_channel
from bot.ports import Resources


async def identify(resources: Resources, request: Request, *, fresh: bool = False) -> Actor:
    """Who asks, with the roles that hold right now; `fresh` asks the workspace again instead of memory."""
    policy = resources.policy
    person = await resources.people.person(request.person_id, request.team, fresh=fresh)
    memberships = await resources.people.memberships(person.id, tuple(policy.groups), fresh=fresh)
    return Actor(person, grants_of(person, policy, memberships))


async def authorize(resources: Resources, request: Request, role: Role, *, fresh: bool = False) -> Actor:
    """Who asks, if they may.

    Raises:
        Refused: they may not, or not from this channel.
    """
    actor = await identify(resources, request, fresh=fresh)
    require(actor, role, resources.policy)
    if request.kind == "command":
        require_channel(request.channel, resources.policy)
    return actor
