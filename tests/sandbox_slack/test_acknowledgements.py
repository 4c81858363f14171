"""Deadlines, and what an app may and may not say in an acknowledgement."""

import asyncio
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.workspace import SlackWorkspace
from tests.sandbox_slack.samples import actions, button, field, modal, section, text_input

TROUBLE = "We had some trouble connecting. Try again?"


async def open_form(app: AsyncApp, slack: SlackWorkspace) -> Any:
    """Have alice open a modal with one field, by `/escaped`."""

    @app.command("/escaped")
    async def show(ack: Any, client: Any, command: Any) -> None:
        await ack()
        await client.views_open(trigger_id=command["trigger_id"], view=modal(text_input("Name", "name")))

    await slack.user("alice").command("/escaped")
    return await slack.user("alice").sees_modal()


async def after_the_deadline(slack: SlackWorkspace, act: Any, arrived: asyncio.Event) -> Any:
    """Do something, and put the clock past the deadline as soon as the app has it."""
    task = asyncio.create_task(act)
    await arrived.wait()
    slack.clock.advance(seconds=3)
    return await task


async def test_a_command_that_is_never_acknowledged_times_out(slack: SlackWorkspace, app: AsyncApp) -> None:
    arrived = asyncio.Event()

    @app.command("/vi")
    async def hang(ack: Any) -> None:  # noqa: ARG001 - Bolt passes it by this name
        arrived.set()

    reply = await after_the_deadline(slack, slack.user("alice").command("/vi list"), arrived)

    assert reply.error == '/vi failed with the error "operation_timeout"'
    assert reply.ack_ms is None
    assert "3 seconds" in slack.take_violation("not_acknowledged").sentence


async def test_an_acknowledgement_after_the_deadline_is_late(slack: SlackWorkspace, app: AsyncApp) -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    @app.command("/vi")
    async def dawdle(ack: Any) -> None:
        arrived.set()
        await go_on.wait()
        await ack("Too late")

    reply = await after_the_deadline(slack, slack.user("alice").command("/vi"), arrived)
    go_on.set()
    await slack.wire.wait_for("/vi", answered=True)

    assert "operation_timeout" in reply.error
    assert slack.user("alice").messages == []
    slack.take_violation("not_acknowledged")
    slack.take_violation("late_acknowledgement")


async def test_a_listener_that_raises_right_after_its_acknowledgement_loses_it(
    slack: SlackWorkspace, app: AsyncApp, caplog: pytest.LogCaptureFixture
) -> None:
    # In Bolt 1.30 the runner forgets the acknowledgement if the listener fails within its 10 ms of polling.
    raised = asyncio.Event()

    @app.command("/vi")
    async def fail(ack: Any) -> None:
        await ack()
        raised.set()
        raise RuntimeError("on purpose")

    reply = await after_the_deadline(slack, slack.user("alice").command("/vi"), raised)

    assert "operation_timeout" in reply.error
    assert "on purpose" in caplog.text
    slack.take_violation("not_acknowledged")


async def test_a_command_finds_nobody_where_the_app_is_not_connected(slack: SlackWorkspace) -> None:
    reply = await slack.user("alice").command("/vi list")

    assert reply.error == '/vi failed with the error "dispatch_failed"'
    slack.take_violation("not_connected")


@pytest.mark.usefixtures("app")
async def test_a_command_that_is_not_in_the_manifest_is_not_sent(slack: SlackWorkspace) -> None:
    reply = await slack.user("alice").command("/we list")

    assert reply.error == "/we is not a valid command."
    assert slack.wire.count("/we") == 0


async def test_an_acknowledgement_can_carry_a_message_for_its_person(slack: SlackWorkspace, app: AsyncApp) -> None:
    @app.command("/vi")
    async def answer(ack: Any) -> None:
        await ack("Only for you")

    reply = await slack.user("omar").command("/vi", channel="ml-ops")

    assert reply.message is not None
    assert reply.message.text == "Only for you"
    assert slack.user("alice").messages == []


async def test_an_acknowledgement_in_the_channel_shows_what_was_typed(slack: SlackWorkspace, app: AsyncApp) -> None:
    @app.command("/vi")
    async def answer(ack: Any) -> None:
        await ack(text="For all of you", response_type="in_channel")

    await slack.user("omar").command("/vi list", channel="ml-ops")

    assert [message.text for message in slack.user("alice").messages] == ["/vi list", "For all of you"]


async def test_what_was_typed_is_shown_once(slack: SlackWorkspace, app: AsyncApp) -> None:
    @app.command("/vi")
    async def answer(ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="For all of you", response_type="in_channel")
        await respond(text="And this", response_type="in_channel")

    reply = await slack.user("omar").command("/vi list", channel="ml-ops")
    await slack.user("omar").sees("And this")

    assert [message.text for message in slack.user("alice").messages] == ["/vi list", "For all of you", "And this"]
    assert (await reply.answer()).text == "For all of you"
    assert (await reply.answer()).text == "And this"


async def test_a_response_type_alone_shows_what_was_typed(slack: SlackWorkspace, app: AsyncApp) -> None:
    @app.command("/vi")
    async def answer(ack: Any, command: Any) -> None:
        await ack(response_type=command["text"])

    for kind in ("ephemeral", "in_channel"):
        await slack.user("omar").command(f"/vi {kind}", channel="ml-ops")

    assert [message.text for message in slack.user("alice").messages] == ["/vi in_channel"]


@pytest.mark.parametrize(
    "answer",
    [
        {"text": "Hello", "response_type": "everywhere"},
        {"text": "Many", "blocks": [section(str(number)) for number in range(51)]},
    ],
)
async def test_a_command_answered_with_a_bad_message_shows_nothing(
    slack: SlackWorkspace, app: AsyncApp, answer: dict[str, Any]
) -> None:
    @app.command("/vi")
    async def reply_badly(ack: Any) -> None:
        await ack(answer)

    reply = await slack.user("omar").command("/vi")

    assert reply.message is None
    slack.take_violation("malformed_reply")


async def test_a_command_answered_with_no_message_at_all_shows_nothing(
    slack: SlackWorkspace, http: aiohttp.ClientSession
) -> None:
    headers = {"Authorization": f"Bearer {slack.app_token}"}
    async with http.post(slack.api_url + "apps.connections.open", headers=headers) as response:
        address = (await response.json())["url"]
    async with http.ws_connect(address) as socket:
        await socket.receive_json()
        task = asyncio.create_task(slack.user("omar").command("/vi"))
        envelope = await socket.receive_json()
        await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": ["Hello"]})
        reply = await task

    assert reply.message is None
    slack.take_violation("malformed_reply")


async def test_a_submission_that_is_answered_with_nothing_closes_the_modal(
    slack: SlackWorkspace, app: AsyncApp
) -> None:
    @app.view("it")
    async def take(ack: Any) -> None:
        await ack()

    form = await open_form(app, slack)
    reply = await form.submit(name="Potholes")

    assert reply.closed
    assert slack.user("alice").modal is None


async def test_a_submission_can_push_a_modal_and_clear_them_all(slack: SlackWorkspace, app: AsyncApp) -> None:
    @app.view("it")
    async def push(ack: Any) -> None:
        await ack(response_action="push", view=modal(text_input("Really", "really"), callback_id="sure"))

    @app.view("sure")
    async def clear(ack: Any) -> None:
        await ack(response_action="clear")

    form = await open_form(app, slack)
    await form.submit(name="Potholes")
    sure = await slack.user("alice").sees_modal(text="Really")
    assert form.is_open
    await sure.submit(really="yes")

    assert not form.is_open
    assert not sure.is_open


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"response_action": "errors", "errors": {"nome": "Wrong"}}, "names nome"),
        ({"response_action": "errors", "errors": {"name": ""}}, "each error is a text"),
        ({"response_action": "errors"}, "no errors"),
        ({"response_action": "shut"}, "response_action"),
        ({"text": "Thank you"}, "response_action"),
        ({"response_action": "update", "view": {"type": "modal", "blocks": []}}, "title"),
        ({"response_action": "update", "view": {"type": "home", "blocks": [section("No")]}}, "home"),
        ({"response_action": "clear", "view": modal(section("No"))}, "nothing else"),
    ],
)
async def test_a_submission_with_a_malformed_answer_stays_open_with_trouble(
    slack: SlackWorkspace, app: AsyncApp, answer: dict[str, Any], why: str
) -> None:
    @app.view("it")
    async def take(ack: Any) -> None:
        await ack(answer)

    form = await open_form(app, slack)
    reply = await form.submit(name="Potholes")

    assert reply.error == form.trouble == TROUBLE
    assert form.is_open
    assert why in slack.take_violation("malformed_reply").sentence


async def test_errors_are_only_for_input_blocks_of_the_view(slack: SlackWorkspace, app: AsyncApp) -> None:
    @app.command("/vi")
    async def show(ack: Any, client: Any, command: Any) -> None:
        await ack()
        view = modal(section("Not an input", block_id="words"), text_input("Name", "name"))
        await client.views_open(trigger_id=command["trigger_id"], view=view)

    @app.view("it")
    async def take(ack: Any) -> None:
        await ack(response_action="errors", errors={"words": "This block shows no errors"})

    await slack.user("alice").command("/vi")
    reply = await (await slack.user("alice").sees_modal()).submit(name="Potholes")

    assert reply.error == TROUBLE
    assert reply.errors == {}
    slack.take_violation("malformed_reply")


async def test_a_submission_that_is_answered_too_late_stays_open_with_trouble(
    slack: SlackWorkspace, app: AsyncApp
) -> None:
    arrived = asyncio.Event()

    @app.view("it")
    async def hang(ack: Any) -> None:  # noqa: ARG001 - Bolt passes it by this name
        arrived.set()

    form = await open_form(app, slack)
    reply = await after_the_deadline(slack, form.submit(name="Potholes"), arrived)

    assert reply.error == TROUBLE
    assert not reply.closed
    slack.take_violation("not_acknowledged")


async def test_a_modal_that_its_person_closed_while_the_app_thought_stays_closed(
    slack: SlackWorkspace, app: AsyncApp
) -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    @app.view("it")
    async def take(ack: Any) -> None:
        arrived.set()
        await go_on.wait()
        await ack(response_action="update", view=modal(section("Too late")))

    form = await open_form(app, slack)
    task = asyncio.create_task(form.submit(name="Potholes"))
    await arrived.wait()
    await form.close()
    go_on.set()

    assert (await task).closed
    assert slack.user("alice").modal is None


async def test_a_click_that_is_not_acknowledged_shows_trouble(
    slack: SlackWorkspace, app: AsyncApp, client: AsyncWebClient
) -> None:
    arrived = asyncio.Event()

    @app.action("press")
    async def hang(ack: Any) -> None:  # noqa: ARG001 - Bolt passes it by this name
        arrived.set()

    await client.chat_postMessage(channel="general", text="Press", blocks=[actions(button("Press", "press"))])
    message = await slack.user("alice").sees("Press")
    reply = await after_the_deadline(slack, message.click("Press"), arrived)

    assert reply.error == TROUBLE
    slack.take_violation("not_acknowledged")


async def test_the_acknowledgement_of_a_click_says_nothing(
    slack: SlackWorkspace, app: AsyncApp, client: AsyncWebClient
) -> None:
    @app.action("press")
    async def talk(ack: Any) -> None:
        await ack("Pressed")

    await client.chat_postMessage(channel="general", text="Press", blocks=[actions(button("Press", "press"))])
    await (await slack.user("alice").sees("Press")).click("Press")

    violation = slack.take_violation("malformed_reply")
    assert slack.wire.exchanges("block_actions")[0].problems == [violation.sentence]


async def test_a_closed_modal_is_told_only_where_it_was_asked_for(slack: SlackWorkspace, app: AsyncApp) -> None:
    told: list[Any] = []

    @app.command("/vi")
    async def show(ack: Any, client: Any, command: Any) -> None:
        await ack()
        view = modal(section("Bye"), notify_on_close=command["text"] == "tell")
        await client.views_open(trigger_id=command["trigger_id"], view=view)

    @app.view_closed("it")
    async def closed(ack: Any, body: Any) -> None:
        told.append(body["is_cleared"])
        await ack()

    alice = slack.user("alice")
    await alice.command("/vi quietly")
    await (await alice.sees_modal()).close()
    assert told == []
    await alice.command("/vi tell")
    await (await alice.sees_modal()).close()
    await alice.command("/vi tell")
    await (await alice.sees_modal()).close_all()

    assert told == [False, True]


async def test_an_app_offers_options_as_a_person_types(slack: SlackWorkspace, app: AsyncApp) -> None:
    picked: list[str] = []
    select = {"type": "external_select", "action_id": "workflow", "min_query_length": 1}

    @app.command("/vi")
    async def show(ack: Any, client: Any, command: Any) -> None:
        await ack()
        await client.views_open(trigger_id=command["trigger_id"], view=modal(field("Workflow", "workflow", select)))

    @app.options("workflow")
    async def offer(ack: Any, options: Any) -> None:
        names = [name for name in ("Potholes", "Cracks") if options["value"].lower() in name.lower()]
        await ack(options=[{"text": {"type": "plain_text", "text": name}, "value": name} for name in names])

    @app.view("it")
    async def take(ack: Any, view: Any) -> None:
        picked.append(view["state"]["values"]["workflow"]["workflow"]["selected_option"]["value"])
        await ack()

    await slack.user("alice").command("/vi")
    form = await slack.user("alice").sees_modal()

    assert await form.search("Workflow", "o") == ["Potholes"]
    await form.submit(workflow="Potholes")
    assert picked == ["Potholes"]


async def test_options_that_come_too_late_are_not_offered(slack: SlackWorkspace, app: AsyncApp) -> None:
    arrived = asyncio.Event()
    select = {"type": "external_select", "action_id": "workflow", "min_query_length": 0}

    @app.command("/vi")
    async def show(ack: Any, client: Any, command: Any) -> None:
        await ack()
        await client.views_open(trigger_id=command["trigger_id"], view=modal(field("Workflow", "workflow", select)))

    @app.options("workflow")
    async def hang(ack: Any) -> None:  # noqa: ARG001 - Bolt passes it by this name
        arrived.set()

    await slack.user("alice").command("/vi")
    form = await slack.user("alice").sees_modal()

    assert await after_the_deadline(slack, form.search("Workflow", ""), arrived) == []
    slack.take_violation("not_acknowledged")


async def test_options_that_slack_does_not_take_are_not_offered(slack: SlackWorkspace, app: AsyncApp) -> None:
    select = {"type": "external_select", "action_id": "workflow", "min_query_length": 0}

    @app.command("/vi")
    async def show(ack: Any, client: Any, command: Any) -> None:
        await ack()
        await client.views_open(trigger_id=command["trigger_id"], view=modal(field("Workflow", "workflow", select)))

    @app.options("workflow")
    async def offer(ack: Any) -> None:
        await ack(options=[{"text": {"type": "plain_text", "text": "x" * 76}, "value": "x"}])

    await slack.user("alice").command("/vi")

    assert await (await slack.user("alice").sees_modal()).search("Workflow", "") == []
    slack.take_violation("malformed_reply")


@pytest.mark.usefixtures("app")
async def test_an_app_without_interactivity_hears_of_no_click(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    await client.chat_postMessage(channel="general", text="Press", blocks=[actions(button("Press", "press"))])
    slack.state.manifest = replace(slack.state.manifest, is_interactive=False)

    reply = await (await slack.user("alice").sees("Press")).click("Press")

    assert "not configured to handle interactive responses" in str(reply.error)
    slack.take_violation("not_interactive")


async def test_a_global_shortcut_brings_a_trigger(slack: SlackWorkspace, app: AsyncApp) -> None:
    @app.shortcut("open_it")
    async def show(ack: Any, client: Any, shortcut: Any) -> None:
        await ack()
        await client.views_open(trigger_id=shortcut["trigger_id"], view=modal(section("Opened")))

    reply = await slack.user("vera").shortcut("Open it")

    assert reply.error is None
    await slack.user("vera").sees_modal(text="Opened")


async def test_mentions_and_links_become_ids_where_the_command_asks_for_it(
    slack: SlackWorkspace, app: AsyncApp
) -> None:
    texts: list[str] = []

    @app.command("/vi")
    @app.command("/escaped")
    async def read(ack: Any, command: Any) -> None:
        texts.append(command["text"])
        await ack()

    typed = "@omar @ml-ops #general #leads @nobody a < b & https://x.example/?a=1"
    for name in ("/vi", "/escaped"):
        await slack.user("alice").command(f"{name} {typed}")

    omar, group = slack.user("omar").id, slack.group_id("ml-ops")
    general, leads = slack.channel_id("general"), slack.channel_id("leads")
    mentions = f"<@{omar}|omar> <!subteam^{group}|@ml-ops> <#{general}|general> <#{leads}|> @nobody"
    assert texts == [typed, f"{mentions} a &lt; b &amp; <https://x.example/?a=1>"]
