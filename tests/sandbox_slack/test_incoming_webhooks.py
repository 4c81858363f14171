"""Incoming webhooks of another app: what they post is in the channel, and not the app's to change."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.workspace import SlackWorkspace


async def post(http: aiohttp.ClientSession, url: str, content: Any) -> tuple[int, str]:
    async with http.post(url, json=content) as response:
        return response.status, await response.text()


async def test_a_message_appears_in_the_webhook_s_channel_as_the_other_app_s(
    slack: SlackWorkspace, http: aiohttp.ClientSession
) -> None:
    url = slack.make_incoming_webhook("vi-audit")
    assert await post(http, url, {"text": "All is well"}) == (200, "ok")
    message = await slack.user("alice").sees("All is well", channel="vi-audit")
    posted = slack.state.messages.get(message.channel_id, message.ts)
    assert posted is not None
    assert posted.author_id == slack.user("standup").id
    assert slack.wire.exchanges("incoming_webhook")[0].sent == {"text": "All is well"}


async def test_the_app_cannot_change_or_delete_what_another_app_posted(
    slack: SlackWorkspace, http: aiohttp.ClientSession, client: AsyncWebClient
) -> None:
    await post(http, slack.make_incoming_webhook("vi-audit"), {"text": "All is well"})
    message = await slack.user("alice").sees("All is well", channel="vi-audit")
    with pytest.raises(SlackApiError, match="cant_update_message"):
        await client.chat_update(channel=message.channel_id, ts=message.ts, text="Never mind")
    with pytest.raises(SlackApiError, match="cant_delete_message"):
        await client.chat_delete(channel=message.channel_id, ts=message.ts)
    slack.take_violation("cant_update_message")
    slack.take_violation("cant_delete_message")


async def test_a_webhook_that_was_removed_or_whose_channel_is_archived_answers_so(
    slack: SlackWorkspace, http: aiohttp.ClientSession
) -> None:
    assert await post(http, f"{slack.url}/services/made-up", {"text": "Hello"}) == (404, "no_service")
    archived = slack.make_incoming_webhook("old-labels")
    assert await post(http, archived, {"text": "Hello"}) == (410, "channel_is_archived")


@pytest.mark.parametrize(("content", "error"), [({"text": ""}, "no_text"), ([], "json_not_object")])
async def test_a_bad_message_is_refused(
    slack: SlackWorkspace, http: aiohttp.ClientSession, content: Any, error: str
) -> None:
    assert await post(http, slack.make_incoming_webhook("vi-audit"), content) == (400, error)
    slack.take_violation(error)


async def test_a_fault_rule_takes_the_place_of_the_answer(slack: SlackWorkspace, http: aiohttp.ClientSession) -> None:
    url = slack.make_incoming_webhook("vi-audit")
    slack.faults.on("incoming_webhook", status=429, retry_after=3)
    async with http.post(url, json={"text": "Hello"}) as response:
        assert (response.status, response.headers["Retry-After"]) == (429, "3")
    slack.faults.on("incoming_webhook", cut="after")
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await post(http, url, {"text": "Hello"})
    await slack.user("alice").sees("Hello", channel="vi-audit")
