"""HTTP mode: signed requests to an ordinary Bolt server, and requests that Slack did not sign."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import yaml
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp

from sandbox.slack.workspace import SlackWorkspace
from tests.sandbox_slack.clients import MANIFEST, make_app
from tests.sandbox_slack.samples import actions, button, field, home, modal, section


class Endpoint:
    """An address whose handler each test sets."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[web.Request] = []
        self.answers: list[web.Response] = []
        self.app: AsyncApp | None = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        if self.answers:
            return self.answers.pop(0)
        assert self.app is not None
        return await to_aiohttp_response(await self.app.async_dispatch(await to_bolt_request(request)))


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    """Somewhere to post to."""
    made = Endpoint()
    server = web.Application()
    server.router.add_post("/{path:.*}", made.handle)
    runner = web.AppRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    yield made
    await runner.cleanup()


@pytest.fixture
async def slack(endpoint: Endpoint) -> AsyncIterator[SlackWorkspace]:
    """A workspace that posts to the endpoint."""
    workspace = await SlackWorkspace.start(MANIFEST, mode="http", request_url=endpoint.url)
    yield workspace
    await workspace.stop()
    workspace.assert_clean()


@pytest.fixture
def app(slack: SlackWorkspace, endpoint: Endpoint) -> AsyncApp:
    """An ordinary Bolt app behind the endpoint."""
    endpoint.app = make_app(slack)
    return endpoint.app


async def test_a_command_is_posted_signed_and_answered(slack: SlackWorkspace, app: AsyncApp) -> None:
    @app.command("/vi")
    async def answer(ack: Any, respond: Any, command: Any) -> None:
        await ack(f"Heard {command['text']}")
        await respond("And answered")

    reply = await slack.user("alice").command("/vi list")

    assert reply.message is not None
    assert reply.message.text == "Heard list"
    assert (await reply.answer()).text == "And answered"


async def test_clicks_submissions_and_options_are_posted(slack: SlackWorkspace, app: AsyncApp) -> None:
    select = {"type": "external_select", "action_id": "workflow", "min_query_length": 0}

    @app.command("/vi")
    async def show(ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="Open it", blocks=[section("Here"), actions(button("Open", "open"))])

    @app.action("open")
    async def show_modal(ack: Any, client: Any, body: Any) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(field("Workflow", "w", select)))

    @app.options("workflow")
    async def offer(ack: Any) -> None:
        await ack(options=[{"text": {"type": "plain_text", "text": "Potholes"}, "value": "1"}])

    @app.view("it")
    async def take(ack: Any) -> None:
        await ack(response_action="errors", errors={"w": "No such workflow"})

    alice = slack.user("alice")
    message = await (await alice.command("/vi")).answer()
    await message.click("Open")
    form = await alice.sees_modal()

    assert await form.search("Workflow", "") == ["Potholes"]
    assert (await form.submit(workflow="Potholes")).errors == {"Workflow": "No such workflow"}


async def test_an_event_that_fails_is_posted_again_with_its_number_and_reason(
    slack: SlackWorkspace, app: AsyncApp, endpoint: Endpoint
) -> None:
    @app.event("app_home_opened")
    async def publish(client: Any, event: Any) -> None:
        await client.views_publish(user_id=event["user"], view=home(section("Hello")))

    endpoint.answers = [web.Response(status=500)]
    await slack.user("vera").open_home("Hello")

    again = endpoint.requests[1].headers
    assert (again["X-Slack-Retry-Num"], again["X-Slack-Retry-Reason"]) == ("1", "http_error")
    assert "X-Slack-Retry-Num" not in endpoint.requests[0].headers
    slack.take_violation("non_2xx")


async def test_an_app_can_ask_for_an_event_not_to_be_sent_again(slack: SlackWorkspace, endpoint: Endpoint) -> None:
    endpoint.answers = [web.Response(status=500, headers={"X-Slack-No-Retry": "1"})]

    await slack.interactions.open_home(slack.state.directory.person("vera"))
    slack.clock.advance(minutes=10)

    assert slack.wire.count("app_home_opened") == 1
    slack.take_violation("non_2xx")


async def test_a_command_answered_with_an_error_status_fails_to_dispatch(
    slack: SlackWorkspace, endpoint: Endpoint
) -> None:
    endpoint.answers = [web.Response(status=404)]

    reply = await slack.user("alice").command("/vi")

    assert reply.error == '/vi failed with the error "dispatch_failed"'
    slack.take_violation("non_2xx")


async def test_a_command_answered_too_late_times_out(slack: SlackWorkspace, app: AsyncApp) -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    @app.command("/vi")
    async def dawdle(ack: Any) -> None:
        arrived.set()
        await go_on.wait()
        await ack()

    task = asyncio.create_task(slack.user("alice").command("/vi"))
    await arrived.wait()
    slack.clock.advance(seconds=3)

    assert "operation_timeout" in str((await task).error)
    slack.take_violation("not_acknowledged")
    go_on.set()
    await slack.wire.wait_for("/vi", answered=True)
    slack.take_violation("late_acknowledgement")


async def test_a_server_that_is_not_there_is_not_reached(unused_tcp_port: int) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port}/slack/events"
    slack = await SlackWorkspace.start(MANIFEST, mode="http", request_url=url)

    reply = await slack.user("alice").command("/vi")

    assert reply.error == '/vi failed with the error "dispatch_failed"'
    slack.take_violation("not_connected")
    await slack.stop()


async def test_without_a_request_url_nothing_is_sent() -> None:
    slack = await SlackWorkspace.start(MANIFEST, mode="http")

    reply = await slack.user("alice").command("/vi")

    assert "dispatch_failed" in str(reply.error)
    slack.take_violation("not_connected")
    with pytest.raises(ValueError, match="no request URL for /vi"):
        await slack.forge_command("/vi", "wrong_secret")
    await slack.stop()


@pytest.mark.parametrize("forgery", ["wrong_secret", "stale_timestamp", "changed_body"])
async def test_bolt_refuses_what_slack_did_not_sign(slack: SlackWorkspace, app: AsyncApp, forgery: str) -> None:
    heard: list[str] = []

    @app.command("/vi")
    async def hear(ack: Any, command: Any) -> None:
        heard.append(command["text"])
        await ack()

    assert await slack.forge_command("/vi delete Potholes", forgery) == 401
    assert heard == []


async def test_only_a_command_of_the_manifest_is_forged_and_only_over_http(slack: SlackWorkspace) -> None:
    with pytest.raises(ValueError, match="cannot be forged"):
        await slack.forge_command("/we list", "wrong_secret")


async def test_only_over_http_is_there_a_request_url() -> None:
    slack = await SlackWorkspace.start(MANIFEST)

    with pytest.raises(ValueError, match="Only in HTTP mode"):
        slack.set_request_url("http://127.0.0.1/")
    await slack.stop()


async def test_each_kind_of_payload_goes_to_its_own_address_in_the_manifest(endpoint: Endpoint) -> None:
    manifest = yaml.safe_load(MANIFEST.read_text())
    base = endpoint.url.removesuffix("/slack/events")
    manifest["features"]["slash_commands"][0]["url"] = f"{base}/commands"
    manifest["settings"]["event_subscriptions"]["request_url"] = f"{base}/events"
    manifest["settings"]["interactivity"]["request_url"] = f"{base}/interactivity"
    manifest["settings"]["interactivity"]["message_menu_options_url"] = f"{base}/options"
    slack = await SlackWorkspace.start(manifest, mode="http")
    endpoint.app = make_app(slack)
    select = {"type": "external_select", "action_id": "workflow", "min_query_length": 0}

    @endpoint.app.command("/vi")
    async def show(ack: Any) -> None:
        await ack(text="Choose", blocks=[actions(select, button("Go", "go"))])

    @endpoint.app.options("workflow")
    async def offer(ack: Any) -> None:
        await ack(options=[])

    @endpoint.app.action("go")
    async def go(ack: Any) -> None:
        await ack()

    @endpoint.app.event("app_home_opened")
    async def hear() -> None: ...

    reply = await slack.user("alice").command("/vi")
    assert reply.message is not None
    await reply.message.search("workflow", "")
    await reply.message.click("Go")
    await slack.user("alice").open_messages_tab()

    assert [request.path for request in endpoint.requests] == ["/commands", "/options", "/interactivity", "/events"]
    await slack.stop()
    slack.assert_clean()


@pytest.mark.parametrize(("body", "content_type"), [("{", "application/json"), ("[1]", "application/json")])
async def test_an_answer_that_is_not_a_message_is_malformed(
    slack: SlackWorkspace, endpoint: Endpoint, body: str, content_type: str
) -> None:
    endpoint.answers = [web.Response(text=body, content_type=content_type)]

    assert (await slack.user("alice").command("/vi")).message is None
    slack.take_violation("malformed_reply")


async def test_plain_text_in_an_answer_is_a_message(slack: SlackWorkspace, endpoint: Endpoint) -> None:
    endpoint.answers = [web.Response(text="Hello")]

    reply = await slack.user("alice").command("/vi")

    assert reply.message is not None
    assert reply.message.text == "Hello"
