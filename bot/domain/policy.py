"""Who may do what. Denied unless granted.

viewer < operator < admin; approver stands beside them. Roles are given to people or user groups by the
configuration. Bots, deactivated people, people of other workspaces and people who could not be looked up are
refused everything; guests too, unless the configuration names them, and then they may only look.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.domain.audit import Action
from bot.domain.errors import Refused
from bot.domain.people import GroupId, Person, PersonId, Standing


class Role(StrEnum):
    """What somebody may do."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"
    APPROVER = "approver"


_INCLUDES: Mapping[Role, frozenset[Role]] = {
    Role.VIEWER: frozenset({Role.VIEWER}),
    Role.OPERATOR: frozenset({Role.OPERATOR, Role.VIEWER}),
    Role.ADMIN: frozenset({Role.ADMIN, Role.OPERATOR, Role.VIEWER}),
    Role.APPROVER: frozenset({Role.APPROVER}),
}


@dataclass(frozen=True, slots=True)
class Grant:
    """A role and where it comes from: a person's id, a group's id, or `everybody`."""

    role: Role
    source: str


EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class ApprovalRule:
    """When a second person has to agree; what a rule leaves empty holds for all.

    Attributes:
        actions: what is to be done.
        projects: ids of training projects.
        roles: the highest role of the person who asks.
        above: how many of these one person may do within 24 hours before the rule holds; 0 from the first on.
    """

    actions: frozenset[Action] = frozenset()
    projects: frozenset[str] = frozenset()
    roles: frozenset[Role] = frozenset()
    above: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """The configuration's grants.

    Attributes:
        people: roles given to people.
        groups: roles given to user groups.
        default: the role of every other member of the workspace, or None.
        guests: guests who may look.
        channels: where the command works; empty means everywhere.
        approvals: when a second person has to agree.
        hourly_cap: how many irreversible changes one person may make within an hour without a second person; None
            for any number.
    """

    people: Mapping[PersonId, frozenset[Role]] = field(default_factory=dict)
    groups: Mapping[GroupId, frozenset[Role]] = field(default_factory=dict)
    default: Role | None = None
    guests: frozenset[PersonId] = frozenset()
    channels: frozenset[str] = frozenset()
    approvals: tuple[ApprovalRule, ...] = ()
    hourly_cap: int | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """A person with the roles that hold right now.

    Attributes:
        untold: user groups of which nobody could tell whether the person is a member; they give no role.
    """

    person: Person
    grants: tuple[Grant, ...]
    untold: frozenset[GroupId] = frozenset()

    @property
    def roles(self) -> frozenset[Role]:
        """Every role held, those included in a higher one too."""
        return frozenset(included for grant in self.grants for included in _INCLUDES[grant.role])

    def may(self, role: Role) -> bool:
        """Whether this role is held."""
        return role in self.roles


_RANKS = (Role.ADMIN, Role.OPERATOR, Role.VIEWER)


def approval_reason(
    policy: Policy, actor: Actor, action: Action, projects: Collection[str], *, in_a_day: int, in_an_hour: int
) -> str:
    """Why a second person has to agree to these changes, in one sentence; empty where nobody has to.

    `projects` are those of what is to be changed, empty text for what belongs to none. `in_a_day` and `in_an_hour`
    count how many such changes the person would have made with these in the last 24 hours and in the last hour.
    """
    highest = next((role for role in _RANKS if actor.may(role)), None)
    for rule in policy.approvals:
        fits = (
            (not rule.actions or action in rule.actions)
            and (not rule.projects or not rule.projects.isdisjoint(projects))
            and (not rule.roles or highest in rule.roles)
        )
        if fits and in_a_day > rule.above:
            return "The policy asks for a second person" + (f" beyond {rule.above} a day." if rule.above else " here.")
    if policy.hourly_cap is not None and in_an_hour > policy.hourly_cap:
        return f"Beyond {policy.hourly_cap} within an hour, the policy asks for a second person."
    return ""


def grants_of(person: Person, policy: Policy, memberships: Collection[GroupId]) -> tuple[Grant, ...]:
    """The grants that hold for this person, who is a member of the user groups `memberships`."""
    if person.standing is Standing.GUEST:
        return (Grant(Role.VIEWER, person.id),) if person.id in policy.guests else ()
    if person.standing is not Standing.MEMBER:
        return ()
    named = [Grant(role, person.id) for role in sorted(policy.people.get(person.id, ()))]
    through_groups = [
        Grant(role, group) for group, roles in policy.groups.items() if group in memberships for role in sorted(roles)
    ]
    everybody = [Grant(policy.default, EVERYBODY)] if policy.default else []
    return tuple(named + through_groups + everybody)


_LATER = "Try again in a minute; if it stays so, tell the bot's administrator."

_TURNED_AWAY: Mapping[Standing, tuple[str, str]] = {
    Standing.GUEST: (
        "Guests of this workspace cannot use this bot.",
        "Ask a member to do it, or the bot's administrator to name you as a viewer.",
    ),
    Standing.BOT: ("Bots cannot use this bot.", "A person has to ask."),
    Standing.DEACTIVATED: ("Your account in this workspace is deactivated.", "Ask a member to do it."),
    Standing.OUTSIDER: (
        "People of other workspaces cannot use this bot.",
        "Ask a member of this workspace to do it.",
    ),
    Standing.UNKNOWN: (
        "The bot could not look you up in this workspace, so it does nothing for you now.",
        _LATER,
    ),
}


def require(actor: Actor, role: Role, policy: Policy) -> None:
    """Let the actor pass if the role is held.

    Raises:
        Refused: it is not, or that cannot be told now; the error says which role is missing and who has it.
    """
    if actor.may(role):
        return
    if actor.person.standing in _TURNED_AWAY and not actor.grants:
        sentence, advice = _TURNED_AWAY[actor.person.standing]
        raise Refused(sentence, advice, missing=f"membership ({actor.person.standing})")
    able = {each for each, included in _INCLUDES.items() if role in included}
    people = tuple(sorted(each for each, roles in policy.people.items() if roles & able))
    groups = tuple(sorted(each for each, roles in policy.groups.items() if roles & able))
    sentence = f"This needs the role {role}, which you do not have."
    advice = "Nobody has it yet: ask the bot's administrator."
    if people or groups:
        advice = "Ask the bot's administrator for the role, or one who has it to do it."
    if actor.person.standing is Standing.MEMBER and not actor.untold.isdisjoint(groups):
        sentence, advice = f"This needs the role {role}. The bot could not look up now whether you have it.", _LATER
    raise Refused(sentence, advice, missing=role, people=people, groups=groups)


def require_channel(channel: str, policy: Policy) -> None:
    """Let the request pass if it comes from a channel where the command works.

    Raises:
        Refused: it does not; the error names the channels.
    """
    if policy.channels and channel not in policy.channels:
        raise Refused(
            "This command does not work in this conversation.",
            "Use it in one of the channels named here.",
            missing="channel",
            channels=tuple(sorted(policy.channels)),
        )
