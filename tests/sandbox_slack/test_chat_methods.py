"""Posting, changing and deleting messages with the app's token."""

from typing import Any

import pytest
import yaml
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.workspace import SlackWorkspace
from tests.sandbox_slack.clients import MANIFEST, make_client, refused
from tests.sandbox_slack.samples import section

TOO_MANY_BLOCKS = [section(f"Number {number}") for number in range(51)]


async def test_a_message_is_on_the_screen_of_the_members_of_its_channel(
    slack: SlackWorkspace, client: AsyncWebClient
) -> None:
    await client.chat_postMessage(channel="#ml-ops", text="Training is done")

    assert (await slack.user("gus").sees("Training is done")).channel_id == slack.channel_id("ml-ops")
    assert slack.user("nina").messages == []


async def test_a_user_id_as_channel_posts_a_direct_message(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    answer = await client.chat_postMessage(channel=slack.user("vera").id, text="Hello Vera")

    assert answer["channel"].startswith("D")
    assert (await slack.user("vera").sees("Hello Vera", channel="dm")).ts == answer["ts"]
    assert slack.user("alice").messages == []


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0NOWHERE00", "channel_not_found"),
        ("leads", "channel_not_found"),
        ("random", "not_in_channel"),
        ("old-labels", "is_archived"),
    ],
)
async def test_a_channel_that_cannot_be_posted_to(
    slack: SlackWorkspace, client: AsyncWebClient, channel: str, error: str
) -> None:
    assert await refused(client.chat_postMessage(channel=channel, text="Hello")) == error
    assert slack.violations == ()


@pytest.mark.parametrize("name", ["dora", "standup"])
async def test_nobody_writes_to_bots_and_deactivated_people(
    slack: SlackWorkspace, client: AsyncWebClient, name: str
) -> None:
    user_id = slack.state.directory.person(name).id

    assert await refused(client.chat_postMessage(channel=user_id, text="Hello")) == "channel_not_found"


async def test_an_outsider_of_a_shared_channel_can_be_written_to(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel=slack.user("ext").id, text="Hello Erik")

    await slack.user("ext").sees("Hello Erik")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "Many", "blocks": TOO_MANY_BLOCKS}, "invalid_blocks"),
        ({"text": "One", "blocks": '{"type": "divider"}'}, "invalid_blocks_format"),
        ({"text": "None", "blocks": "[{"}, "invalid_blocks_format"),
        ({"text": "Both", "markdown_text": "**Both**"}, "markdown_text_conflict"),
        ({"text": "Old", "attachments": [{"text": "Old"}]}, "invalid_arguments"),
    ],
)
async def test_content_that_slack_does_not_take(
    slack: SlackWorkspace, client: AsyncWebClient, content: dict[str, Any], error: str
) -> None:
    arguments = {"channel": slack.channel_id("general"), **content}

    assert await refused(client.api_call("chat.postMessage", json=arguments)) == error
    slack.take_violation(error)


async def test_the_answer_to_bad_blocks_says_where_and_why(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="general", text="Many", blocks=TOO_MANY_BLOCKS)

    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] Must have at most 50 items, has 51. [json-pointer:/blocks]"
    ]
    assert "at most 50 items" in slack.take_violation("invalid_blocks").sentence


async def test_markdown_is_the_text_of_a_message(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="general", markdown_text="**Bold**")
    message = await slack.user("alice").sees("**Bold**")
    await client.chat_update(channel=posted["channel"], ts=posted["ts"], markdown_text="**Bolder**")

    await message.updated("**Bolder**")


async def test_a_very_long_text_is_cut_with_a_warning(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    answer = await client.chat_postMessage(channel="general", text="x" * 40_001)

    assert answer["warning"] == "message_truncated"
    assert len(answer["message"]["text"]) == 40_000
    slack.take_violation("message_truncated")


async def test_direct_messages_need_the_messages_tab() -> None:
    manifest = yaml.safe_load(MANIFEST.read_text())
    manifest["features"]["app_home"]["messages_tab_enabled"] = False
    slack = await SlackWorkspace.start(manifest)
    client = make_client(slack)

    assert await refused(client.chat_postMessage(channel=slack.user("vera").id, text="Hi")) == "messages_tab_disabled"
    slack.take_violation("messages_tab_disabled")
    await slack.stop()


async def test_an_update_with_text_alone_takes_the_blocks_away(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="general", text="Waiting", blocks=[section("Waiting for Paula")])
    message = await slack.user("alice").sees("Waiting for Paula")

    updated = await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="Approved")

    assert (await message.updated("Approved")).blocks == []
    assert updated["text"] == "Approved"
    assert updated["message"]["edited"]


async def test_an_update_with_blocks_leaves_no_edited_mark(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="general", text="Waiting")
    updated = await client.chat_update(
        channel=posted["channel"], ts=posted["ts"], text="Approved", blocks=[section("Approved by Paula")]
    )

    assert "edited" not in updated["message"]
    assert slack.user("alice").messages[0].text == "Approved by Paula"


async def test_an_update_takes_no_more_than_4000_characters(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel="general", text="Short")

    call = client.chat_update(channel=posted["channel"], ts=posted["ts"], text="x" * 4001)
    assert await refused(call) == "msg_too_long"
    slack.take_violation("msg_too_long")


async def test_an_update_of_a_direct_message_names_the_conversation_and_not_the_person(
    slack: SlackWorkspace, client: AsyncWebClient
) -> None:
    vera = slack.user("vera")
    posted = await client.chat_postMessage(channel=vera.id, text="Working…")

    assert await refused(client.chat_update(channel=vera.id, ts=posted["ts"], text="Done")) == "channel_not_found"
    slack.take_violation("channel_not_found")
    await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="Done")
    await vera.sees("Done")


async def test_a_message_in_an_archived_channel_cannot_be_changed(
    slack: SlackWorkspace, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="general", text="Waiting")
    slack.state.directory.channel("general").is_archived = True

    assert await refused(client.chat_update(channel=posted["channel"], ts=posted["ts"], text="Late")) == "is_inactive"


async def test_a_deleted_message_is_gone_from_the_screen_and_from_history(
    slack: SlackWorkspace, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="general", text="Oops")
    message = await slack.user("alice").sees("Oops")

    await client.chat_delete(channel=posted["channel"], ts=posted["ts"])

    await message.vanished()
    call = client.chat_update(channel=posted["channel"], ts=posted["ts"], text="Again")
    assert await refused(call) == "message_not_found"


async def test_an_ephemeral_message_is_seen_by_one_person_until_they_reload(
    slack: SlackWorkspace, client: AsyncWebClient
) -> None:
    omar = slack.user("omar")
    await client.chat_postEphemeral(channel=slack.channel_id("ml-ops"), user=omar.id, text="Only for you")

    message = await omar.sees("Only for you")
    assert message.is_ephemeral
    assert slack.user("alice").messages == []
    omar.reload()
    assert message.is_gone


@pytest.mark.parametrize("method", ["chat.update", "chat.delete"])
async def test_an_ephemeral_message_cannot_be_changed_with_the_token(
    slack: SlackWorkspace, client: AsyncWebClient, method: str
) -> None:
    channel = slack.channel_id("ml-ops")
    posted = await client.chat_postEphemeral(channel=channel, user=slack.user("omar").id, text="Only for you")

    arguments = {"channel": channel, "ts": posted["message_ts"], "text": "Changed"}
    assert await refused(client.api_call(method, json=arguments)) == "message_not_found"
    slack.take_violation("ephemeral_is_not_updatable")


async def test_an_ephemeral_message_needs_a_member(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    call = client.chat_postEphemeral(channel=slack.channel_id("ml-ops"), user=slack.user("nina").id, text="Psst")

    assert await refused(call) == "user_not_in_channel"


async def test_an_ephemeral_text_has_at_most_4000_bytes(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    call = client.chat_postEphemeral(channel=slack.channel_id("ml-ops"), user=slack.user("omar").id, text="ä" * 2001)

    assert await refused(call) == "msg_too_long"
    slack.take_violation("msg_too_long")


async def test_a_permalink_leads_to_a_message_and_its_thread(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    channel = slack.channel_id("general")
    first = await client.chat_postMessage(channel=channel, text="First")
    second = await client.chat_postMessage(channel=channel, text="Second", thread_ts=first["ts"])

    link = await client.chat_getPermalink(channel=channel, message_ts=second["ts"])

    ts = second["ts"].replace(".", "")
    assert link["permalink"] == (
        f"https://kestrel-vision.slack.com/archives/{channel}/p{ts}?thread_ts={first['ts']}&cid={channel}"
    )
    call = client.chat_getPermalink(channel=channel, message_ts="1.000001")
    assert await refused(call) == "message_not_found"
    call = client.chat_getPermalink(channel="C0", message_ts="1.000001")
    assert await refused(call) == "channel_not_found"


async def test_a_message_keeps_its_metadata_and_its_text_beside_the_blocks(
    slack: SlackWorkspace, client: AsyncWebClient
) -> None:
    metadata = {"event_type": "deleted", "event_payload": {"id": "1"}}
    answer = await client.chat_postMessage(
        channel="general", text="In words", blocks=[section("In blocks")], metadata=metadata
    )

    assert answer["message"]["metadata"] == metadata
    message = await slack.user("alice").sees("In blocks")
    assert message.fallback_text == "In words"
