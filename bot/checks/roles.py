"""Who may do what by these settings, and whether there are people enough for it."""

from bot.checks.check import Check
from bot.checks.slack import SlackLook
from bot.domain.people import PersonId, Standing, TeamId
from bot.domain.policy import Policy, Role
from bot.settings import Settings
from handlers.people import SlackPeople

_ENOUGH = 2
"""So that there is one for whatever the other asks for."""


def roles(settings: Settings) -> Check:
    """Whether somebody may do something."""
    policy = settings.policy
    named = len(policy.people) + len(policy.groups)
    if not named and policy.default is None:
        advice = "Name somebody in VI_BOT_ADMINS, VI_BOT_OPERATORS or VI_BOT_VIEWERS."
        return Check("Roles", passed=False, finding="nobody may do anything", advice=advice)
    everybody = f", everybody else is {policy.default}" if policy.default else ""
    return Check("Roles", passed=True, finding=f"{named} people and user groups are named{everybody}")


async def approvers(look: SlackLook) -> Check:
    """Whether at least two people can agree to what others ask for, where that is asked for."""
    name, policy = "Approvers", look.settings.policy
    if not policy.approvals and policy.hourly_cap is None:
        return Check(name, passed=True, finding="no second person is asked for")
    if not look.identity:
        return Check(name, passed=False, finding="it cannot be told, since Slack does not accept the bot token")
    found = await _able(look, policy)
    if len(found) < _ENOUGH:
        advice = "Name at least two people or a user group in VI_BOT_APPROVERS: nobody can agree to their own requests."
        finding = f"a second person is asked for, and {', '.join(found) or 'nobody'} can be one"
        return Check(name, passed=False, finding=finding, advice=advice)
    return Check(name, passed=True, finding="there are at least two who can agree")


async def _able(look: SlackLook, policy: Policy) -> list[PersonId]:
    """People who can approve, as the bot will decide when they do: not more than are needed."""
    team, enterprise = TeamId(look.identity["team_id"]), look.identity.get("enterprise_id") or ""
    people = SlackPeople(look.client, look.clock, team=team, enterprise=enterprise)
    groups = [group for group, held in policy.groups.items() if Role.APPROVER in held]
    named = {person for person, held in policy.people.items() if Role.APPROVER in held}
    found: list[PersonId] = []
    for person_id in sorted(named | await people.members(groups)):
        if (await people.person(person_id, team)).standing is Standing.MEMBER:
            found.append(person_id)
        if len(found) == _ENOUGH:
            break
    return found
