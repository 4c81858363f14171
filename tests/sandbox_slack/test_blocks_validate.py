"""`blocks.validate`, with Slack's own client and without a token."""

import json
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.workspace import SlackWorkspace
from tests.sandbox_slack.samples import home, modal, plain, section

WRONG_TYPE = {"type": "section", "text": {"type": "invalid", "text": "Hello"}}


async def validate(slack: SlackWorkspace, http: aiohttp.ClientSession, **arguments: Any) -> Any:
    async with http.post(slack.api_url + "blocks.validate", data=arguments) as response:
        assert "x-oauth-scopes" not in response.headers
        return await response.json()


@pytest.mark.parametrize(
    "sound",
    [
        {"blocks": [section("Hello")]},
        {"blocks": [{"type": "alert", "text": plain("Only a modal shows this")}]},
        {"message": {"text": "Hello", "blocks": [section("Hello")]}},
        {"view": modal(section("Hello"))},
        {"view": home(section("Hello"))},
    ],
)
async def test_what_slack_takes_is_ok(slack: SlackWorkspace, http: aiohttp.ClientSession, sound: Any) -> None:
    arguments = {name: json.dumps(value) for name, value in sound.items()}

    assert await validate(slack, http, **arguments) == {"ok": True}


async def test_the_longest_payload_that_slack_takes_may_stand_in_the_query(client: AsyncWebClient) -> None:
    longest = json.dumps([section("x" * 2900)] * 33).ljust(100_000)

    assert (await client.blocks_validate(blocks=longest))["ok"]


@pytest.mark.parametrize(
    ("name", "payload", "pointer"),
    [
        ("blocks", [section("Hello"), WRONG_TYPE], "/1/text/type"),
        ("message", {"blocks": [WRONG_TYPE]}, "/blocks/0/text/type"),
        ("message", [WRONG_TYPE], ""),
        ("view", modal(WRONG_TYPE), "/blocks/0/text/type"),
    ],
)
async def test_an_error_says_what_is_wrong_and_where(
    slack: SlackWorkspace, client: AsyncWebClient, name: str, payload: Any, pointer: str
) -> None:
    with pytest.raises(SlackApiError) as caught:
        await client.blocks_validate(**{name: json.dumps(payload)})

    answer = caught.value.response
    [error] = answer["errors"]
    assert (answer["error"], error["code"], error["pointer"]) == (f"invalid_{name}", "failed_constraint", pointer)
    assert error["message"].endswith(".")
    assert error["constraint"]["type"] in {"unknown_text", "wrong_type"}
    assert slack.violations == ()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "must provide exactly one of `blocks`, `view`, or `message`"),
        ({"blocks": "[]", "view": "{}"}, "must provide exactly one of `blocks`, `view`, or `message`"),
        ({"blocks": "[{"}, "must be valid JSON [json-pointer:/blocks]"),
        ({"message": " " * 100_001}, "must be at most 100000 characters [json-pointer:/message]"),
    ],
)
async def test_one_of_three_arguments_holds_json_of_bounded_length(
    slack: SlackWorkspace, http: aiohttp.ClientSession, arguments: Any, message: str
) -> None:
    answer = await validate(slack, http, **arguments)

    assert (answer["error"], answer["response_metadata"]["messages"]) == ("invalid_arguments", [message])
    slack.take_violation("invalid_arguments")
