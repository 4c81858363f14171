"""Who may do what: denied unless granted."""

import pytest

from bot.domain.errors import Refused
from bot.domain.people import GroupId, Person, PersonId, Standing, TeamId
from bot.domain.policy import EVERYBODY, Actor, Grant, Policy, Role, grants_of, require, require_channel

OMAR = PersonId("U1")
GROUP = GroupId("S1")


def person(standing: Standing = Standing.MEMBER, person_id: PersonId = OMAR) -> Person:
    return Person(person_id, TeamId("T1"), "omar", standing)


def actor(*roles: Role, standing: Standing = Standing.MEMBER) -> Actor:
    return Actor(person(standing), tuple(Grant(role, OMAR) for role in roles))


@pytest.mark.parametrize(
    ("held", "asked", "allowed"),
    [
        (Role.VIEWER, Role.VIEWER, True),
        (Role.VIEWER, Role.OPERATOR, False),
        (Role.OPERATOR, Role.VIEWER, True),
        (Role.OPERATOR, Role.ADMIN, False),
        (Role.ADMIN, Role.OPERATOR, True),
        (Role.ADMIN, Role.APPROVER, False),
        (Role.APPROVER, Role.APPROVER, True),
        (Role.APPROVER, Role.VIEWER, False),
    ],
)
def test_a_higher_role_includes_the_lower_ones_and_approver_stands_beside_them(
    held: Role, asked: Role, *, allowed: bool
) -> None:
    assert actor(held).may(asked) is allowed


def test_roles_come_from_the_person_the_groups_and_the_default() -> None:
    policy = Policy(
        people={OMAR: frozenset({Role.APPROVER})}, groups={GROUP: frozenset({Role.OPERATOR})}, default=Role.VIEWER
    )
    assert grants_of(person(), policy, {GROUP}) == (
        Grant(Role.APPROVER, OMAR),
        Grant(Role.OPERATOR, GROUP),
        Grant(Role.VIEWER, EVERYBODY),
    )
    assert grants_of(person(person_id=PersonId("U2")), policy, set()) == (Grant(Role.VIEWER, EVERYBODY),)


@pytest.mark.parametrize(
    "standing", [Standing.BOT, Standing.DEACTIVATED, Standing.OUTSIDER, Standing.UNKNOWN, Standing.GUEST]
)
def test_who_is_no_member_gets_nothing_whatever_the_configuration_says(standing: Standing) -> None:
    policy = Policy(
        people={OMAR: frozenset({Role.ADMIN})}, groups={GROUP: frozenset({Role.ADMIN})}, default=Role.VIEWER
    )
    assert grants_of(person(standing), policy, {GROUP}) == ()


def test_a_guest_that_is_named_may_look_and_nothing_more() -> None:
    policy = Policy(people={OMAR: frozenset({Role.ADMIN})}, guests=frozenset({OMAR}))
    assert grants_of(person(Standing.GUEST), policy, set()) == (Grant(Role.VIEWER, OMAR),)


def test_a_refusal_says_which_role_is_missing_and_who_has_it() -> None:
    policy = Policy(
        people={PersonId("U9"): frozenset({Role.ADMIN}), PersonId("U8"): frozenset({Role.VIEWER})},
        groups={GROUP: frozenset({Role.OPERATOR})},
    )
    with pytest.raises(Refused) as caught:
        require(actor(Role.VIEWER), Role.OPERATOR, policy)
    assert caught.value.missing == "operator"
    assert caught.value.people == ("U9",)
    assert caught.value.groups == (GROUP,)
    assert "operator" in caught.value.sentence


def test_a_refusal_says_so_where_nobody_has_the_role() -> None:
    with pytest.raises(Refused, match="role admin") as caught:
        require(actor(), Role.ADMIN, Policy())
    assert "Nobody has it yet" in caught.value.advice


@pytest.mark.parametrize(
    ("standing", "sentence"),
    [
        (Standing.GUEST, "Guests"),
        (Standing.BOT, "Bots"),
        (Standing.DEACTIVATED, "deactivated"),
        (Standing.OUTSIDER, "other workspaces"),
        (Standing.UNKNOWN, "could not look you up"),
    ],
)
def test_who_is_turned_away_hears_why(standing: Standing, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence) as caught:
        require(actor(standing=standing), Role.VIEWER, Policy())
    assert caught.value.missing.startswith("membership")


def test_a_named_guest_who_asks_for_more_hears_which_role_is_missing() -> None:
    with pytest.raises(Refused, match="role operator"):
        require(actor(Role.VIEWER, standing=Standing.GUEST), Role.OPERATOR, Policy())


def test_the_command_works_everywhere_unless_channels_are_named() -> None:
    require_channel("C1", Policy())
    require_channel("C1", Policy(channels=frozenset({"C1"})))
    with pytest.raises(Refused, match="does not work in this conversation") as caught:
        require_channel("C2", Policy(channels=frozenset({"C1", "C0"})))
    assert caught.value.channels == ("C0", "C1")
