"""Who may do what: denied unless granted."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.audit import Action
from bot.domain.errors import Refused
from bot.domain.people import GroupId, Person, PersonId, Standing, TeamId
from bot.domain.policy import (
    EVERYBODY,
    Actor,
    ApprovalRule,
    Grant,
    Policy,
    Role,
    approval_reason,
    grants_of,
    require,
    require_channel,
)

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


def test_who_has_the_role_passes() -> None:
    require(actor(Role.ADMIN), Role.OPERATOR, Policy())


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


@pytest.mark.parametrize(
    ("standing", "untold", "is_unsure"),
    [
        (Standing.MEMBER, GROUP, True),
        (Standing.MEMBER, GroupId("S0OTHER"), False),
        (Standing.GUEST, GROUP, False),
    ],
)
def test_a_refusal_says_so_where_the_group_that_gives_the_role_could_not_be_looked_up(
    standing: Standing, untold: GroupId, *, is_unsure: bool
) -> None:
    policy = Policy(groups={GROUP: frozenset({Role.OPERATOR})})
    unsure = replace(actor(Role.VIEWER, standing=standing), untold=frozenset({untold}))
    with pytest.raises(Refused, match="role operator") as caught:
        require(unsure, Role.OPERATOR, policy)
    assert ("could not look up" in caught.value.sentence) is is_unsure
    assert ("Try again in a minute" in caught.value.advice) is is_unsure


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


ASKS = "The policy asks for a second person here."
CAPPED = "Beyond 3 within an hour, the policy asks for a second person."
DELETIONS = ApprovalRule(frozenset({Action.DELETE}))


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (ApprovalRule(), ASKS),
        (DELETIONS, ASKS),
        (ApprovalRule(frozenset({Action.KILL})), ""),
        (ApprovalRule(projects=frozenset({"p2", "p9"})), ASKS),
        (ApprovalRule(projects=frozenset({"p9"})), ""),
        (ApprovalRule(projects=frozenset({""})), ""),
        (ApprovalRule(roles=frozenset({Role.OPERATOR})), ASKS),
        (ApprovalRule(roles=frozenset({Role.ADMIN})), ""),
        (ApprovalRule(above=1), "The policy asks for a second person beyond 1 a day."),
        (ApprovalRule(above=2), ""),
        (ApprovalRule(frozenset({Action.DELETE}), frozenset({"p1"}), frozenset({Role.OPERATOR})), ASKS),
        (ApprovalRule(frozenset({Action.DELETE}), frozenset({"p1"}), frozenset({Role.ADMIN})), ""),
    ],
)
def test_a_rule_holds_where_each_of_its_conditions_does(rule: ApprovalRule, reason: str) -> None:
    policy = Policy(approvals=(rule,))
    asked = approval_reason(policy, actor(Role.OPERATOR), Action.DELETE, {"p1", "p2"}, in_a_day=2, in_an_hour=1)
    assert asked == reason


@pytest.mark.parametrize(
    ("roles", "reason"),
    [
        ((Role.OPERATOR, Role.ADMIN, Role.VIEWER), ""),
        ((Role.OPERATOR, Role.APPROVER), ASKS),
        ((Role.VIEWER,), ""),
        ((Role.APPROVER,), ""),
        ((), ""),
    ],
)
def test_of_several_roles_the_highest_counts(roles: tuple[Role, ...], reason: str) -> None:
    policy = Policy(approvals=(ApprovalRule(roles=frozenset({Role.OPERATOR})),))
    assert approval_reason(policy, actor(*roles), Action.DELETE, {""}, in_a_day=1, in_an_hour=1) == reason


def test_a_rule_can_name_what_belongs_to_no_project() -> None:
    policy = Policy(approvals=(ApprovalRule(projects=frozenset({""})),))
    assert approval_reason(policy, actor(Role.ADMIN), Action.DELETE, {"p1", ""}, in_a_day=2, in_an_hour=2) == ASKS


@pytest.mark.parametrize(
    ("cap", "in_an_hour", "reason"), [(None, 1_000, ""), (3, 3, ""), (3, 4, CAPPED), (0, 1, CAPPED.replace("3", "0"))]
)
def test_beyond_the_hourly_cap_a_second_person_is_needed(cap: int | None, in_an_hour: int, reason: str) -> None:
    policy = Policy(hourly_cap=cap)
    asked = approval_reason(policy, actor(Role.ADMIN), Action.DELETE, {""}, in_a_day=in_an_hour, in_an_hour=in_an_hour)
    assert asked == reason


def test_the_first_rule_that_holds_is_named_before_the_cap() -> None:
    policy = Policy(approvals=(ApprovalRule(above=9), DELETIONS), hourly_cap=3)
    asked = approval_reason(policy, actor(Role.ADMIN), Action.DELETE, {""}, in_a_day=9, in_an_hour=9)
    assert asked == ASKS


_RULES = st.builds(
    ApprovalRule,
    st.frozensets(st.sampled_from([Action.DELETE, Action.KILL, Action.RESTORE])),
    st.frozensets(st.sampled_from(["p1", "p2", ""])),
    st.frozensets(st.sampled_from([Role.OPERATOR, Role.ADMIN])),
    st.integers(0, 5),
)
_POLICIES = st.builds(
    Policy, approvals=st.lists(_RULES, max_size=3).map(tuple), hourly_cap=st.none() | st.integers(0, 5)
)


@given(
    _POLICIES,
    _RULES,
    st.sampled_from([Role.OPERATOR, Role.ADMIN]),
    st.sets(st.sampled_from(["p1", "p2", ""]), min_size=1),
    st.integers(1, 6),
    st.integers(0, 6),
)
def test_more_rules_more_projects_or_more_changes_never_spare_the_second_person(
    policy: Policy, another: ApprovalRule, role: Role, projects: set[str], changes: int, more: int
) -> None:
    def needed(rules: Policy, concerned: set[str], count: int) -> bool:
        return bool(approval_reason(rules, actor(role), Action.DELETE, concerned, in_a_day=count, in_an_hour=count))

    stricter = Policy(approvals=(*policy.approvals, another), hourly_cap=policy.hourly_cap)
    if needed(policy, projects, changes):
        assert needed(stricter, projects, changes)
        assert needed(policy, projects | {"p1", "p2", ""}, changes)
        assert needed(policy, projects, changes + more)
    assert not needed(Policy(), projects, changes)
