"""Posting through a response_url: five times, half an hour, and what it can replace."""

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.workspace import SlackWorkspace
from tests.sandbox_slack.samples import actions, button, section


@pytest.fixture
def urls(app: AsyncApp) -> "asyncio.Queue[str]":
    """The response_urls of commands and clicks."""
    seen: asyncio.Queue[str] = asyncio.Queue()

    @app.command("/vi")
    @app.action("press")
    async def remember(ack: Any, body: Any) -> None:
        seen.put_nowait(body["response_url"])
        await ack()

    return seen


async def post(http: aiohttp.ClientSession, url: str, content: dict[str, Any]) -> tuple[int, str]:
    async with http.post(url, json=content) as response:
        return response.status, await response.text()


async def test_a_sixth_message_is_refused(
    slack: SlackWorkspace, http: aiohttp.ClientSession, urls: "asyncio.Queue[str]"
) -> None:
    await slack.user("alice").command("/vi")
    url = await urls.get()
    answers = [await post(http, url, {"text": f"Number {number}"}) for number in range(6)]

    assert answers[:5] == [(200, "ok")] * 5
    assert answers[5] == (404, '{"ok": false, "error": "used_url"}')
    assert len(slack.user("alice").messages) == 5
    slack.take_violation("used_url")


async def test_an_address_is_dead_after_half_an_hour(
    slack: SlackWorkspace, http: aiohttp.ClientSession, urls: "asyncio.Queue[str]"
) -> None:
    await slack.user("alice").command("/vi")
    url = await urls.get()
    slack.clock.advance(minutes=29)
    assert await post(http, url, {"text": "Just in time"}) == (200, "ok")
    slack.clock.advance(minutes=2)

    assert await post(http, url, {"text": "Late"}) == (404, '{"ok": false, "error": "expired_url"}')
    slack.take_violation("expired_url")


async def test_an_address_that_never_was_is_refused(slack: SlackWorkspace, http: aiohttp.ClientSession) -> None:
    status, _ = await post(http, f"{slack.url}/hooks/made-up", {"text": "Hello"})

    assert status == 404
    slack.take_violation("expired_url")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ({"text": ""}, "no_text"),
        ({"text": "Many", "blocks": [section(str(number)) for number in range(51)]}, "invalid_blocks"),
        ({"text": "Where", "response_type": "nowhere"}, "invalid_arguments"),
    ],
)
async def test_a_bad_message_is_refused(
    slack: SlackWorkspace,
    http: aiohttp.ClientSession,
    urls: "asyncio.Queue[str]",
    content: dict[str, Any],
    error: str,
) -> None:
    await slack.user("alice").command("/vi")

    assert await post(http, await urls.get(), content) == (400, error)
    slack.take_violation(error)
    assert slack.user("alice").messages == []


async def test_a_command_has_no_original_to_replace_so_a_second_message_appears(
    slack: SlackWorkspace, http: aiohttp.ClientSession, urls: "asyncio.Queue[str]"
) -> None:
    await slack.user("alice").command("/vi")
    url = await urls.get()
    await post(http, url, {"text": "Working…"})
    await post(http, url, {"text": "Done", "replace_original": True})

    assert [message.text for message in slack.user("alice").messages] == ["Working…", "Done"]
    slack.take_violation("no_original")


async def test_an_answer_can_be_posted_where_the_app_is_not_a_member(
    slack: SlackWorkspace, http: aiohttp.ClientSession, urls: "asyncio.Queue[str]"
) -> None:
    await slack.user("paula").command("/vi", channel="leads")
    await post(http, await urls.get(), {"text": "Hello leads", "response_type": "in_channel"})

    await slack.user("alice").sees("Hello leads", channel="leads")


async def press(slack: SlackWorkspace, client: AsyncWebClient, name: str = "omar") -> Any:
    """Post an ephemeral message with a button, and press it."""
    await client.chat_postEphemeral(
        channel=slack.channel_id("ml-ops"),
        user=slack.user(name).id,
        text="Press",
        blocks=[section("Potholes"), actions(button("Press", "press"))],
    )
    message = await slack.user(name).sees("Potholes")
    await message.click("Press")
    return message


async def test_a_click_replaces_the_ephemeral_message_it_was_made_on(
    slack: SlackWorkspace, client: AsyncWebClient, http: aiohttp.ClientSession, urls: "asyncio.Queue[str]"
) -> None:
    message = await press(slack, client)
    await post(http, await urls.get(), {"text": "Pressed", "replace_original": True})

    assert (await message.updated("Pressed")).is_ephemeral
    assert len(slack.user("omar").messages) == 1


async def test_a_click_deletes_the_message_it_was_made_on(
    slack: SlackWorkspace, client: AsyncWebClient, http: aiohttp.ClientSession, urls: "asyncio.Queue[str]"
) -> None:
    message = await press(slack, client)
    await post(http, await urls.get(), {"delete_original": True})

    await message.vanished()


async def test_a_message_deleted_with_more_words_leaves_these_in_its_place(
    slack: SlackWorkspace, client: AsyncWebClient, http: aiohttp.ClientSession, urls: "asyncio.Queue[str]"
) -> None:
    await press(slack, client)
    await post(http, await urls.get(), {"delete_original": True, "text": "It is gone"})

    assert [message.text for message in slack.user("omar").messages] == ["It is gone"]


async def test_a_new_message_after_a_click_says_that_it_replaces_nothing(
    slack: SlackWorkspace, client: AsyncWebClient, http: aiohttp.ClientSession, urls: "asyncio.Queue[str]"
) -> None:
    await press(slack, client)
    url = await urls.get()
    await post(http, url, {"text": "Said", "replace_original": False})
    assert slack.violations == ()

    await post(http, url, {"text": "Left out"})

    slack.take_violation("replace_original_unstated")
    assert len(slack.user("omar").messages) == 3


async def test_what_came_through_a_response_url_cannot_be_changed_with_the_token(
    slack: SlackWorkspace, client: AsyncWebClient, http: aiohttp.ClientSession, urls: "asyncio.Queue[str]"
) -> None:
    await slack.user("omar").command("/vi", channel="ml-ops")
    await post(http, await urls.get(), {"text": "For all", "response_type": "in_channel"})
    message = await slack.user("alice").sees("For all")

    with pytest.raises(SlackApiError, match="cant_update_message"):
        await client.chat_update(channel=message.channel_id, ts=message.ts, text="Changed")
    slack.take_violation("cant_update_message")
