"""What stands before every method of the Web API: tokens, scopes, ways to pass arguments."""

import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import yaml

from sandbox.slack.workspace import SlackWorkspace
from tests.sandbox_slack.clients import MANIFEST

Headers = dict[str, str]


def bearer(token: str) -> Headers:
    return {"Authorization": f"Bearer {token}"}


async def call(http: aiohttp.ClientSession, url: str, **request: Any) -> Any:
    async with http.post(url, **request) as response:
        assert response.status == 200
        return await response.json()


@pytest.fixture
async def scopeless() -> AsyncIterator[SlackWorkspace]:
    manifest = yaml.safe_load(MANIFEST.read_text())
    manifest["oauth_config"]["scopes"] = {"bot": ["commands"]}
    workspace = await SlackWorkspace.start(manifest)
    yield workspace
    await workspace.stop()


async def test_a_call_without_a_token_is_not_authed(slack: SlackWorkspace, http: aiohttp.ClientSession) -> None:
    answer = await call(http, slack.api_url + "auth.test")

    assert answer == {"ok": False, "error": "not_authed"}
    slack.take_violation("not_authed")


async def test_a_made_up_token_is_invalid_auth(slack: SlackWorkspace, http: aiohttp.ClientSession) -> None:
    answer = await call(http, slack.api_url + "auth.test", headers=bearer("xoxb-1"))

    assert answer == {"ok": False, "error": "invalid_auth"}
    slack.take_violation("invalid_auth")


@pytest.mark.parametrize(("method", "token"), [("auth.test", "app_token"), ("apps.connections.open", "bot_token")])
async def test_each_token_is_refused_where_the_other_one_belongs(
    slack: SlackWorkspace, http: aiohttp.ClientSession, method: str, token: str
) -> None:
    answer = await call(http, slack.api_url + method, headers=bearer(getattr(slack, token)))

    assert answer["error"] == "not_allowed_token_type"
    slack.take_violation("not_allowed_token_type")


async def test_tokens_and_secrets_are_other_ones_at_each_start(slack: SlackWorkspace) -> None:
    another = await SlackWorkspace.start(MANIFEST)
    await another.stop()

    assert another.bot_token != slack.bot_token
    assert another.app_token != slack.app_token
    assert another.signing_secret != slack.signing_secret


async def test_the_token_may_be_an_argument_of_a_form(slack: SlackWorkspace, http: aiohttp.ClientSession) -> None:
    answer = await call(http, slack.api_url + "auth.test", data={"token": slack.bot_token})

    assert answer["ok"]
    assert answer["bot_id"].startswith("B")
    assert slack.wire.exchanges("auth.test")[0].sent == {}


@pytest.mark.parametrize("way", ["json", "data", "params"])
async def test_arguments_come_as_json_as_a_form_or_in_the_query(
    slack: SlackWorkspace, http: aiohttp.ClientSession, way: str
) -> None:
    blocks = [{"type": "divider"}]
    arguments = {
        "channel": slack.channel_id("general"),
        "text": "Hello",
        "blocks": blocks if way == "json" else json.dumps(blocks),
    }
    answer = await call(http, slack.api_url + "chat.postMessage", headers=bearer(slack.bot_token), **{way: arguments})

    assert answer["ok"]
    assert [block["type"] for block in answer["message"]["blocks"]] == ["divider"]


async def test_a_reading_method_does_not_see_the_arguments_of_a_json_body(
    slack: SlackWorkspace, http: aiohttp.ClientSession
) -> None:
    user = {"user": slack.user("alice").id}
    answer = await call(http, slack.api_url + "users.info", headers=bearer(slack.bot_token), json=user)

    assert answer["error"] == "invalid_arguments"
    slack.take_violation("invalid_arguments")


@pytest.mark.parametrize(
    ("body", "content_type", "error"),
    [
        ("{", "application/json", "invalid_json"),
        ("[]", "application/json", "json_not_object"),
        ("channel=C1", "text/csv", "invalid_post_type"),
    ],
)
async def test_a_body_that_slack_cannot_read_is_refused(
    slack: SlackWorkspace, http: aiohttp.ClientSession, body: str, content_type: str, error: str
) -> None:
    headers = bearer(slack.bot_token) | {"Content-Type": content_type}
    answer = await call(http, slack.api_url + "chat.postMessage", headers=headers, data=body)

    assert answer["error"] == error
    slack.take_violation(error)


async def test_a_missing_argument_is_named(slack: SlackWorkspace, http: aiohttp.ClientSession) -> None:
    answer = await call(http, slack.api_url + "chat.postMessage", headers=bearer(slack.bot_token), json={"text": "Hi"})

    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == ["[ERROR] missing required field: channel"]
    slack.take_violation("invalid_arguments")


async def test_a_method_that_slack_does_not_have_is_unknown(slack: SlackWorkspace, http: aiohttp.ClientSession) -> None:
    answer = await call(http, slack.api_url + "chat.shout", headers=bearer(slack.bot_token))

    assert answer["error"] == "unknown_method"
    slack.take_violation("unknown_method")


async def test_a_scope_that_the_manifest_does_not_ask_for_is_missing(
    scopeless: SlackWorkspace, http: aiohttp.ClientSession
) -> None:
    answer = await call(
        http, scopeless.api_url + "users.info", headers=bearer(scopeless.bot_token), data={"user": "U1"}
    )

    assert answer == {"ok": False, "error": "missing_scope", "needed": "users:read", "provided": "commands"}
    scopeless.take_violation("missing_scope")


async def test_answers_carry_the_scopes_of_the_token(slack: SlackWorkspace, http: aiohttp.ClientSession) -> None:
    async with http.post(slack.api_url + "auth.test", headers=bearer(slack.bot_token)) as response:
        scopes = response.headers["x-oauth-scopes"]

    assert scopes == "chat:write,commands,usergroups:read,users:read"


async def test_a_websocket_address_is_asked_for_with_post(slack: SlackWorkspace, http: aiohttp.ClientSession) -> None:
    async with http.get(slack.api_url + "apps.connections.open", headers=bearer(slack.app_token)) as response:
        answer = await response.json()

    assert answer["error"] == "insecure_request"
    slack.take_violation("insecure_request")
