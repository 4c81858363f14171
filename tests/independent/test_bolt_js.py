"""Slack's own framework for Node, unmodified: it was written by people who know Slack and not this emulator."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from sandbox.slack.driver.page import MessageHandle
from sandbox.slack.driver.view import ModalHandle
from sandbox.slack.http_mode import Forgery
from sandbox.slack.workspace import SlackWorkspace
from tests.independent.conftest import APP, running

ROOT = Path(__file__).parents[2]


async def say(slack: SlackWorkspace, words: str) -> MessageHandle:
    reply = await slack.user("alice").command(f"/vi-echo {words}", channel="general")
    assert reply.error is None
    return await reply.answer()


async def open_form(slack: SlackWorkspace) -> ModalHandle:
    await (await say(slack, "rename it")).click("Rename…")
    return await slack.user("alice").sees_modal("Rename")


async def test_a_command_is_answered_through_its_response_url(slack: SlackWorkspace) -> None:
    # A Bolt of Python loses a command over HTTP whose text has this word in it.
    message = await say(slack, "payload-detector & <more>")

    assert "You said payload-detector & <more>" in message.text
    assert message.is_ephemeral


async def test_a_click_replaces_the_message_with_the_button(slack: SlackWorkspace) -> None:
    message = await say(slack, "hello")
    reply = await message.click("Shout")

    assert reply.error is None
    assert (await message.updated("alice shouts")).buttons == []


async def test_options_are_offered_as_a_person_types(slack: SlackWorkspace) -> None:
    form = await open_form(slack)

    assert await form.search("Workflow", "p") == ["Potholes"]
    assert await form.search("Workflow", "x") == []


async def test_a_modal_is_submitted_until_it_has_no_errors(slack: SlackWorkspace) -> None:
    form = await open_form(slack)
    await form.search("Workflow", "c")
    wrong = await form.submit(workflow="Cracks", new_name="Cracks")
    right = await form.submit(new_name="Fissures")

    assert wrong.errors == {"New name": "That is its name already"}
    assert right.updated
    assert "Cracks is called Fissures now" in form.text


async def test_the_home_tab_is_published_when_it_is_opened(slack: SlackWorkspace) -> None:
    assert "Nothing to do" in (await slack.user("vera").open_home()).text


@pytest.mark.parametrize("slack", ["http"], indirect=True)
async def test_a_request_that_slack_did_not_sign_is_refused(slack: SlackWorkspace) -> None:
    answers = {forgery: await slack.forge_command("/vi-echo hello", forgery) for forgery in Forgery}

    assert answers == dict.fromkeys(Forgery, 401)
    assert slack.user("alice").messages == []


async def test_it_connects_to_an_emulator_that_runs_alone(installed_app: Path) -> None:
    command = (sys.executable, "-m", "sandbox.slack", "--manifest", str(APP / "manifest.yml"))
    emulator = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    try:
        assert emulator.stdout is not None
        said = json.loads(await emulator.stdout.readline())
        told = {"SLACK_API_URL": "api_url", "SLACK_BOT_TOKEN": "bot_token", "SLACK_APP_TOKEN": "app_token"}
        async with running(installed_app, {name: said[key] for name, key in told.items()}) as ready:
            assert ready == {"mode": "socket"}
    finally:
        emulator.terminate()
        await emulator.wait()
