"""The emulator's table of methods against what Slack documents of each (tests/data/slack-api-ref)."""

import ast
import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

import sandbox.slack
from sandbox.slack.errors import SlackError
from sandbox.slack.rate_limits import Tier
from sandbox.slack.web_api.door import UndocumentedError, WebApi
from sandbox.slack.web_api.method import GENERAL_ERRORS, Token
from sandbox.slack.web_api.methods import METHODS
from sandbox.slack.wire import Kind
from sandbox.slack.workspace import SlackWorkspace
from tests.sandbox_slack.clients import MANIFEST

ORACLE: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text())
    for path in (Path(__file__).parents[1] / "data" / "slack-api-ref").glob("*.json")
}
TIERS = {
    "t2": {Tier.TIER_2},
    "t3": {Tier.TIER_3},
    "t4": {Tier.TIER_4},
    "t5": {Tier.SPECIAL, Tier.POSTING},
    None: {Tier.SPECIAL},
}
OTHER_TIERS = {"apps.connections.open": Tier.TIER_1}
ASSUMED_ERRORS = {
    "chat.postEphemeral": {"invalid_metadata_format", "msg_blocks_too_long"},
    "chat.postMessage": {"invalid_attachments"},
    "chat.update": {"msg_blocks_too_long"},
}
OTHER_DOORS = {"expired_url", "used_url", "no_service", "channel_is_archived"}
"""Errors of response_urls and of incoming webhooks, which are no methods."""

each_method = pytest.mark.parametrize("name", sorted(ORACLE))


def required_arguments(name: str) -> list[str]:
    return sorted(set(ORACLE[name]["args"].get("required", ())) - {"token"})


@pytest.fixture
async def generous() -> AsyncIterator[SlackWorkspace]:
    """A workspace that grants every scope."""
    manifest = yaml.safe_load(MANIFEST.read_text())
    manifest["oauth_config"]["scopes"] = {"bot": sorted({scope for each in METHODS.values() for scope in each.scopes})}
    workspace = await SlackWorkspace.start(manifest)
    yield workspace
    await workspace.stop()


def test_the_emulator_has_the_methods_of_the_oracle() -> None:
    assert set(METHODS) == set(ORACLE)


@pytest.mark.parametrize(
    ("name", "argument"), [(name, argument) for name in sorted(ORACLE) for argument in required_arguments(name)]
)
async def test_a_required_argument_that_is_left_out_is_asked_for(
    generous: SlackWorkspace, http: aiohttp.ClientSession, name: str, argument: str
) -> None:
    described = ORACLE[name]["args"]["properties"]
    others = {each: described[each].get("example", "1") for each in required_arguments(name) if each != argument}
    token = generous.app_token if METHODS[name].token is Token.APP else generous.bot_token

    async with http.post(generous.api_url + name, data={"token": token, **others}) as response:
        answer = await response.json()

    assert answer["error"] in GENERAL_ERRORS | ORACLE[name]["errors"].keys()
    assert answer["response_metadata"]["messages"] == [f"[ERROR] missing required field: {argument}"]


@each_method
def test_the_required_arguments_are_those_of_the_oracle(name: str) -> None:
    assert sorted(METHODS[name].required) == required_arguments(name)


@each_method
def test_every_error_is_one_that_slack_documents_or_is_known_to_be_assumed(name: str) -> None:
    assert METHODS[name].errors - ORACLE[name]["errors"].keys() == ASSUMED_ERRORS.get(name, set())


@each_method
def test_the_scopes_are_those_of_the_oracle(name: str) -> None:
    assert set(METHODS[name].scopes) == set(ORACLE[name]["scope"].get("bot", ()))


@each_method
def test_the_rate_limit_is_the_tier_of_the_oracle(name: str) -> None:
    documented = TIERS[ORACLE[name].get("rate_limits")] if name not in OTHER_TIERS else {OTHER_TIERS[name]}

    assert METHODS[name].tier in documented


@each_method
def test_json_is_read_where_the_oracle_says_so(name: str) -> None:
    assert METHODS[name].takes_json is ORACLE[name].get("json_input_supported", False)


@each_method
def test_only_a_method_without_a_token_argument_can_be_called_without_one(name: str) -> None:
    assert (METHODS[name].token is None) is ("token" not in ORACLE[name]["args"]["properties"])


def error_names() -> Iterator[str]:
    """Every error that stands written out in the emulator's source; the door checks those that are put together."""
    for path in Path(sandbox.slack.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(ast.Name("SlackError" | "DeadAddressError"), [ast.IfExp(body=one, orelse=other), *_]):
                    yield from (str(each.value) for each in (one, other) if isinstance(each, ast.Constant))
                case ast.Call(ast.Name("SlackError" | "DeadAddressError"), [ast.Constant(str(error)), *_]):
                    yield error


def test_no_error_stands_in_the_source_that_no_method_has() -> None:
    declared = {error for method in METHODS.values() for error in method.errors}

    assert set(error_names()) - declared - GENERAL_ERRORS == OTHER_DOORS


def test_a_refusal_that_a_method_does_not_have_is_the_emulators_own_mistake(slack: SlackWorkspace) -> None:
    exchange = slack.wire.start(Kind.WEB_API, "auth.test", {}, from_app=True)

    with pytest.raises(UndocumentedError, match=r"auth\.test has no error 'channel_not_found'"):
        WebApi(slack.state, None)._refusal("auth.test", SlackError("channel_not_found"), exchange)
