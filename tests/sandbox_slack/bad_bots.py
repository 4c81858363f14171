"""What a bad app does, each thing in a function of its own, which says what came of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_sdk.errors import SlackApiError

from sandbox.slack.workspace import SlackWorkspace
from tests.sandbox_slack.clients import connected, make_app, make_client
from tests.sandbox_slack.samples import actions, button, home, modal, option, section, text_input

DONE = "done"
"""What came of it where nobody objected."""

SUBMITTED = modal(text_input("Name", "name"))


async def outcome(call: Awaitable[Any]) -> str:
    try:
        await call
    except SlackApiError as refusal:
        return str(refusal.response["error"])
    return DONE


async def acknowledges_after_four_seconds(slack: SlackWorkspace) -> object:
    app, arrived, go_on = make_app(slack), asyncio.Event(), asyncio.Event()

    @app.command("/vi")
    async def dawdle(ack: Any) -> None:
        arrived.set()
        await go_on.wait()
        await ack()

    async with connected(slack, app):
        typing = asyncio.create_task(slack.user("alice").command("/vi", channel="general"))
        await arrived.wait()
        slack.clock.advance(seconds=4)
        go_on.set()
        return (await typing).error


async def is_not_there(slack: SlackWorkspace) -> object:
    return (await slack.user("alice").command("/vi", channel="general")).error


async def submits(slack: SlackWorkspace, **reply: Any) -> object:
    """Have a modal submitted, answer that, and return what Slack says at the head of the modal."""
    app = make_app(slack)

    @app.view("it")
    async def take(ack: Any) -> None:
        await ack(**reply)

    async with connected(slack, app):
        await make_client(slack).views_open(trigger_id=trigger(slack), view=SUBMITTED)
        form = await slack.user("alice").sees_modal()
        await form.submit(name="Potholes")
        return form.trouble


async def answers_a_submission_with_nonsense(slack: SlackWorkspace) -> object:
    return await submits(slack, response_action="explode")


async def reports_an_error_in_a_field_that_is_not_there(slack: SlackWorkspace) -> object:
    return await submits(slack, response_action="errors", errors={"nmae": "No such name"})


def trigger(slack: SlackWorkspace, view_id: str | None = None) -> str:
    return slack.state.triggers.issue(slack.user("alice").id, view_id)


async def uses_a_trigger_twice(slack: SlackWorkspace) -> object:
    once = trigger(slack)
    await make_client(slack).views_open(trigger_id=once, view=modal(section("One")))
    return await outcome(make_client(slack).views_open(trigger_id=once, view=modal(section("Two"))))


async def opens_a_modal_after_four_seconds(slack: SlackWorkspace) -> object:
    old = trigger(slack)
    slack.clock.advance(seconds=4)
    return await outcome(make_client(slack).views_open(trigger_id=old, view=modal(section("Late"))))


async def makes_up_a_trigger(slack: SlackWorkspace) -> object:
    return await outcome(make_client(slack).views_open(trigger_id="1.2.3", view=modal(section("Why not"))))


async def pushes_a_fourth_modal(slack: SlackWorkspace) -> object:
    client = make_client(slack)
    opened = await client.views_open(trigger_id=trigger(slack), view=modal(section("1")))
    for number in "23":
        under = trigger(slack, opened["view"]["id"])
        opened = await client.views_push(trigger_id=under, view=modal(section(number)))
    return await outcome(client.views_push(trigger_id=trigger(slack, opened["view"]["id"]), view=modal(section("4"))))


async def opens_a_modal_of_300_kilobytes(slack: SlackWorkspace) -> object:
    view = modal(*[section("x" * 3000)] * 100)
    return await outcome(make_client(slack).views_open(trigger_id=trigger(slack), view=view))


async def gives_two_modals_one_external_id(slack: SlackWorkspace) -> object:
    view, client = modal(section("It"), external_id="it"), make_client(slack)
    opened = await client.views_open(trigger_id=trigger(slack), view=view)
    return await outcome(client.views_push(trigger_id=trigger(slack, opened["view"]["id"]), view=view))


async def updates_a_modal_with_an_old_hash(slack: SlackWorkspace) -> object:
    view, client = modal(section("It")), make_client(slack)
    opened = (await client.views_open(trigger_id=trigger(slack), view=view))["view"]
    await client.views_update(view_id=opened["id"], view=view)
    return await outcome(client.views_update(view_id=opened["id"], hash=opened["hash"], view=view))


async def updates_a_modal_that_was_closed(slack: SlackWorkspace) -> object:
    view, client = modal(section("It")), make_client(slack)
    opened = await client.views_open(trigger_id=trigger(slack), view=view)
    await (await slack.user("alice").sees_modal()).close()
    return await outcome(client.views_update(view_id=opened["view"]["id"], view=view))


async def publishes_a_home_tab_that_is_off(slack: SlackWorkspace) -> object:
    view = home(section("Welcome"))
    return await outcome(make_client(slack).views_publish(user_id=slack.user("alice").id, view=view))


async def post(url: str, content: dict[str, Any]) -> int:
    async with aiohttp.ClientSession() as http, http.post(url, json=content) as response:
        return response.status


def response_url(slack: SlackWorkspace) -> str:
    """A response_url as a command in #general brings it."""
    return slack.state.response_urls.url(
        slack.state.response_urls.issue(slack.channel_id("general"), slack.user("alice").id, typed="/vi")
    )


async def posts_six_times_through_a_response_url(slack: SlackWorkspace) -> object:
    url = response_url(slack)
    return [await post(url, {"text": str(number)}) for number in range(6)][-1]


async def posts_through_a_response_url_after_31_minutes(slack: SlackWorkspace) -> object:
    url = response_url(slack)
    slack.clock.advance(minutes=31)
    return await post(url, {"text": "Late"})


async def replaces_the_answer_to_a_command(slack: SlackWorkspace) -> object:
    url = response_url(slack)
    await post(url, {"text": "Working…"})
    await post(url, {"text": "Done", "replace_original": True})
    return [message.text for message in slack.user("alice").messages]


async def updates_what_came_through_a_response_url(slack: SlackWorkspace) -> object:
    await post(response_url(slack), {"text": "Hello", "response_type": "in_channel"})
    message = await slack.user("alice").sees("Hello")
    return await outcome(make_client(slack).chat_update(channel=message.channel_id, ts=message.ts, text="Changed"))


async def tells(slack: SlackWorkspace, name: str) -> Any:
    """Post an ephemeral message to somebody in #ml-ops."""
    channel = slack.channel_id("ml-ops")
    return await make_client(slack).chat_postEphemeral(channel=channel, user=slack.user(name).id, text="Psst")


async def updates_an_ephemeral_message(slack: SlackWorkspace) -> object:
    ts = (await tells(slack, "alice"))["message_ts"]
    return await outcome(make_client(slack).chat_update(channel=slack.channel_id("ml-ops"), ts=ts, text="Changed"))


async def trusts_an_ephemeral_message_to_stay(slack: SlackWorkspace) -> object:
    await tells(slack, "alice")
    slack.user("alice").reload()
    return len(slack.user("alice").messages)


async def whispers_to_somebody_who_is_not_in_the_channel(slack: SlackWorkspace) -> object:
    return await outcome(tells(slack, "nina"))


async def posts_where_it_may_not(slack: SlackWorkspace) -> object:
    client, names = make_client(slack), ("nowhere", "leads", "random", "old-labels")
    return [await outcome(client.chat_postMessage(channel=name, text="Hello")) for name in names]


async def writes_to_somebody_who_was_deactivated(slack: SlackWorkspace) -> object:
    dora = slack.state.directory.person("dora")
    return await outcome(make_client(slack).chat_postMessage(channel=dora.id, text="Hello"))


async def writes_direct_messages_that_are_off(slack: SlackWorkspace) -> object:
    return await outcome(make_client(slack).chat_postMessage(channel=slack.user("alice").id, text="Hello"))


async def says(slack: SlackWorkspace, **content: Any) -> str:
    message = {"channel": "general", "text": "Hello", **content}
    return await outcome(make_client(slack).api_call("chat.postMessage", json=message))


async def posts_nothing(slack: SlackWorkspace) -> object:
    return await says(slack, text="")


async def posts_51_blocks(slack: SlackWorkspace) -> object:
    return await says(slack, blocks=[section(str(number)) for number in range(51)])


async def posts_14000_characters_of_blocks(slack: SlackWorkspace) -> object:
    return await says(slack, blocks=[section("x" * 2800)] * 5)


async def posts_what_the_sdk_lets_through(slack: SlackWorkspace) -> object:
    wrong = (
        actions(button("One", "same"), button("Two", "same")),
        actions(),
        section(""),
        actions({"type": "static_select", "action_id": "it", "options": [option("One") | {"value": "x" * 151}]}),
        {"type": "section", "fields": [{"type": "plain_text", "text": "x" * 2001}]},
    )
    return [await says(slack, blocks=[block]) for block in wrong]


async def posts_a_name_without_escaping_it(slack: SlackWorkspace) -> object:
    await says(slack, text="Deleted <!channel>")
    return (await slack.user("alice").sees("Deleted")).text


async def updates_to_4001_characters(slack: SlackWorkspace) -> object:
    client = make_client(slack)
    posted = await client.chat_postMessage(channel="general", text="Short")
    return await outcome(client.chat_update(channel=posted["channel"], ts=posted["ts"], text="x" * 4001))


async def calls_with_wrong_tokens(slack: SlackWorkspace) -> object:
    client = make_client(slack)
    client.token = None
    return [await outcome(client.auth_test(token=token)) for token in (None, "xoxb-1", slack.app_token)]


async def calls_without_the_scope(slack: SlackWorkspace) -> object:
    return await outcome(make_client(slack).conversations_info(channel=slack.channel_id("general")))


async def posts_30_messages_at_once(slack: SlackWorkspace) -> object:
    return [await says(slack) for _ in range(30)][-1]


async def lists_groups_30_times_at_once(slack: SlackWorkspace) -> object:
    return [await outcome(make_client(slack).usergroups_list()) for _ in range(30)][-1]


async def takes_everybody_for_a_member(slack: SlackWorkspace) -> object:
    """Who of those that it lets in Slack says is no member of the workspace."""
    client, home_team = make_client(slack), slack.state.directory.team.id
    told = {}
    for name in ("alice", "gus", "sigrid", "dora", "standup", "ext"):
        user = (await client.users_info(user=slack.user(name).id))["user"]
        flags = {flag for flag in ("deleted", "is_bot", "is_restricted", "is_ultra_restricted") if user.get(flag)}
        told[name] = flags | ({"outsider"} if user["team_id"] != home_team else set())
    return {name: flags for name, flags in told.items() if flags}


@asynccontextmanager
async def served(slack: SlackWorkspace, handle: Any) -> AsyncIterator[None]:
    """Serve the app's request URL for as long as the block runs."""
    server = web.Application()
    server.router.add_post("/", handle)
    runner = web.AppRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.set_request_url(f"http://127.0.0.1:{runner.addresses[0][1]}/")
    try:
        yield
    finally:
        await runner.cleanup()


async def believes_every_signature(slack: SlackWorkspace) -> object:
    """Answer forged commands, as a careless app and as Bolt."""
    app = make_app(slack)

    @app.command("/vi")
    async def take(ack: Any) -> None:
        await ack()

    async def believe(_: web.Request) -> web.Response:
        return web.Response()

    async def verify(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    statuses = []
    for handle in (believe, verify):
        async with served(slack, handle):
            forgeries = ("wrong_secret", "stale_timestamp", "changed_body")
            statuses.append([await slack.forge_command("/vi", forgery) for forgery in forgeries])
    return statuses


async def answers_commands_with_404(slack: SlackWorkspace) -> object:
    async def fail(_: web.Request) -> web.Response:
        return web.Response(status=404)

    async with served(slack, fail):
        return (await slack.user("alice").command("/vi", channel="general")).error


async def misses_an_event(slack: SlackWorkspace) -> object:
    await slack.user("alice").open_messages_tab()
    try:
        again = await slack.wire.wait_for("app_home_opened", times=2, seconds=0.5)
    except TimeoutError:
        return "never came again"
    return again.name


async def hopes_that_a_command_comes_again(slack: SlackWorkspace) -> object:
    await is_not_there(slack)
    slack.clock.advance(hours=1)
    return slack.wire.count("/vi")


async def is_clicked_twice(slack: SlackWorkspace) -> object:
    app, triggers = make_app(slack), []

    @app.action("go")
    async def hear(ack: Any, body: Any) -> None:
        triggers.append(body["trigger_id"])
        await ack()

    async with connected(slack, app):
        await make_client(slack).chat_postMessage(channel="general", text="Go", blocks=[actions(button("Go", "go"))])
        await (await slack.user("alice").sees("Go")).click("Go", times=2)
    return len(set(triggers))


async def websocket_url(slack: SlackWorkspace) -> str:
    return str((await make_client(slack).apps_connections_open(app_token=slack.app_token))["url"])


async def connects_twice_with_one_address(slack: SlackWorkspace) -> object:
    url = await websocket_url(slack)
    async with aiohttp.ClientSession() as http, http.ws_connect(url):
        try:
            async with http.ws_connect(url):
                return DONE
        except aiohttp.WSServerHandshakeError as refusal:
            return refusal.status


async def opens_eleven_connections(slack: SlackWorkspace) -> object:
    async with aiohttp.ClientSession() as http, AsyncExitStack() as sockets:
        for _ in range(10):
            await sockets.enter_async_context(http.ws_connect(await websocket_url(slack)))
        slack.clock.advance(minutes=1)  # so that asking for one more address is within the rate limit
        one_more = await sockets.enter_async_context(http.ws_connect(await websocket_url(slack)))
        first = await one_more.receive_json()
    return first.get("reason", first["type"])


async def stays_when_it_is_told_to_go(slack: SlackWorkspace) -> object:
    async with aiohttp.ClientSession() as http, http.ws_connect(await websocket_url(slack), autoclose=False) as socket:
        await socket.receive_json()
        await slack.disconnect("refresh_requested")
        assert (await socket.receive_json())["reason"] == "refresh_requested"
        slack.clock.advance(seconds=11)
        try:
            return (await socket.receive(timeout=0.5)).type
        except TimeoutError:
            return "left alone"
