"""Who is in the workspace, and what the Web API says of them."""

from dataclasses import replace

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.workspace import SlackWorkspace
from tests.sandbox_slack.clients import refused


@pytest.mark.parametrize(
    ("name", "true_flags"),
    [
        ("alice", {"is_admin"}),
        ("omar", set()),
        ("gus", {"is_restricted"}),
        ("sigrid", {"is_restricted", "is_ultra_restricted"}),
        ("standup", {"is_bot"}),
        ("dora", {"deleted"}),
    ],
)
async def test_flags_tell_members_guests_bots_and_deactivated_people_apart(
    slack: SlackWorkspace, client: AsyncWebClient, name: str, true_flags: set[str]
) -> None:
    user = (await client.users_info(user=slack.state.directory.person(name).id))["user"]

    flags = {"deleted", "is_admin", "is_owner", "is_restricted", "is_ultra_restricted", "is_bot", "is_stranger"}
    assert {flag for flag in flags if user.get(flag)} == true_flags
    assert user["team_id"] == slack.state.directory.team.id


async def test_an_outsider_is_known_by_another_team_and_is_no_stranger_once_a_channel_is_shared(
    slack: SlackWorkspace, client: AsyncWebClient
) -> None:
    user = (await client.users_info(user=slack.user("ext").id))["user"]

    assert user["team_id"] != slack.state.directory.team.id
    assert user["is_stranger"] is False


async def test_an_outsider_without_a_shared_channel_is_not_visible(
    slack: SlackWorkspace, client: AsyncWebClient
) -> None:
    slack.state.directory.channel("northgate").members.discard(slack.user("ext").id)

    assert await refused(client.users_info(user=slack.user("ext").id)) == "user_not_visible"


async def test_nobody_is_found_under_an_unknown_id(client: AsyncWebClient) -> None:
    assert await refused(client.users_info(user="U0NOBODY")) == "user_not_found"


async def test_a_group_has_its_members_and_a_disabled_one_only_where_it_is_asked_for(
    slack: SlackWorkspace, client: AsyncWebClient
) -> None:
    members = await client.usergroups_users_list(usergroup=slack.group_id("ml-ops"))
    disbanded = slack.group_id("labelling")

    assert members["users"] == [slack.user("omar").id, slack.user("alice").id]
    assert await refused(client.usergroups_users_list(usergroup=disbanded)) == "no_such_subteam"
    hidden = await client.usergroups_users_list(usergroup=disbanded, include_disabled=True)
    assert hidden["users"] == [slack.state.directory.person("dora").id]


async def test_groups_are_listed_by_handle(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    groups = (await client.usergroups_list(include_users=True, include_count=True))["usergroups"]

    assert [group["handle"] for group in groups] == ["ml-ops", "ml-viewers", "ml-approvers"]
    assert groups[0]["user_count"] == "2"
    assert slack.user("omar").id in groups[0]["users"]


async def test_channels_are_read_with_a_scope_for_reading_them(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    assert await refused(client.conversations_info(channel=slack.channel_id("general"))) == "missing_scope"
    slack.take_violation("missing_scope")


@pytest.fixture
def all_scopes(slack: SlackWorkspace) -> None:
    manifest = slack.state.manifest
    slack.state.manifest = replace(manifest, bot_scopes=manifest.bot_scopes | {"channels:read", "im:write"})


@pytest.mark.usefixtures("all_scopes")
async def test_a_channel_says_what_kind_it_is(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    shared = (await client.conversations_info(channel=slack.channel_id("northgate"), include_num_members=True))[
        "channel"
    ]
    private = (await client.conversations_info(channel=slack.channel_id("approvals")))["channel"]

    assert (shared["is_ext_shared"], shared["num_members"], len(shared["shared_team_ids"])) == (True, 4, 2)
    assert (private["is_private"], private["is_member"]) == (True, True)
    assert await refused(client.conversations_info(channel=slack.channel_id("leads"))) == "channel_not_found"
    direct_messages_of_a_bot = slack.state.directory.person("standup").dm_id
    for unknown in ("C0", direct_messages_of_a_bot):
        assert await refused(client.conversations_info(channel=unknown)) == "channel_not_found"


@pytest.mark.usefixtures("all_scopes")
async def test_direct_messages_are_opened_by_user_id(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    vera = slack.user("vera").id
    opened = (await client.conversations_open(users=vera, return_im=True))["channel"]
    resumed = (await client.conversations_open(channel=opened["id"]))["channel"]
    looked_up = (await client.conversations_info(channel=opened["id"]))["channel"]

    assert opened["id"] == resumed["id"] == looked_up["id"]
    assert looked_up["user"] == vera


@pytest.mark.usefixtures("all_scopes")
async def test_direct_messages_that_cannot_be_opened(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    assert await refused(client.conversations_open(users=slack.state.directory.person("dora").id)) == "user_disabled"
    assert await refused(client.conversations_open(users="U0")) == "user_not_found"
    slack.expect_violation("users_list_not_supplied")
    assert await refused(client.conversations_open(users="")) == "users_list_not_supplied"
    slack.expect_violation("method_not_supported_for_channel_type")
    assert await refused(client.conversations_open(users=["U0", "U1"])) == "method_not_supported_for_channel_type"
    slack.state.directory.channel("northgate").members.clear()
    assert await refused(client.conversations_open(users=slack.user("ext").id)) == "user_not_visible"
    slack.expect_violation("too_many_users")
    assert await refused(client.conversations_open(users=["U0"] * 9)) == "too_many_users"
    channel = slack.channel_id("general")
    assert await refused(client.conversations_open(channel=channel)) == "method_not_supported_for_channel_type"


async def test_a_deactivated_person_is_signed_out_unless_their_client_has_not_noticed(slack: SlackWorkspace) -> None:
    slack.deactivate("omar")
    slack.deactivate("vera", sign_out=False)

    assert not slack.state.directory.person("omar").signed_in
    assert slack.state.directory.person("vera").deleted
    assert slack.state.directory.person("vera").signed_in
