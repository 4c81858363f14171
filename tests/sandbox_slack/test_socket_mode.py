"""Websockets: tickets, hello, envelopes, disconnects, and events that are sent again."""

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.workspace import SlackWorkspace
from tests.sandbox_slack.clients import connected, make_app
from tests.sandbox_slack.samples import home, section


async def new_address(slack: SlackWorkspace, http: aiohttp.ClientSession) -> str:
    headers = {"Authorization": f"Bearer {slack.app_token}"}
    async with http.post(slack.api_url + "apps.connections.open", headers=headers) as response:
        return str((await response.json())["url"])


async def test_an_address_is_for_one_connection(slack: SlackWorkspace, http: aiohttp.ClientSession) -> None:
    address = await new_address(slack, http)
    async with http.ws_connect(address):
        pass

    async with http.get(address) as response:
        assert response.status == 403
    slack.take_violation("invalid_ticket")


async def test_hello_says_how_many_connections_there_are(slack: SlackWorkspace, http: aiohttp.ClientSession) -> None:
    async with (
        http.ws_connect(await new_address(slack, http)) as first,
        http.ws_connect(await new_address(slack, http)) as second,
    ):
        hellos = [await first.receive_json(), await second.receive_json()]

    assert [(hello["type"], hello["num_connections"]) for hello in hellos] == [("hello", 1), ("hello", 2)]
    assert hellos[0]["connection_info"]["app_id"].startswith("A")


async def test_an_eleventh_connection_is_sent_away(slack: SlackWorkspace, http: aiohttp.ClientSession) -> None:
    async with AsyncExitStack() as stack:
        for _ in range(10):
            address = await new_address(slack, http)
            await (await stack.enter_async_context(http.ws_connect(address))).receive_json()
        # The first tier of rate limits lets ten addresses through at once.
        slack.clock.advance(minutes=1)
        eleventh = await stack.enter_async_context(http.ws_connect(await new_address(slack, http)))
        message = await eleventh.receive_json()

    assert (message["type"], message["reason"]) == ("disconnect", "too_many_websockets")
    slack.take_violation("too_many_websockets")


def listen(app: AsyncApp, name: str, heard: list[str]) -> None:
    """Have an app note its own name for each command that it hears."""

    @app.command("/vi")
    async def hear(ack: Any) -> None:
        heard.append(name)
        await ack()


async def test_each_envelope_goes_to_one_of_the_connections(slack: SlackWorkspace) -> None:
    heard: list[str] = []
    async with AsyncExitStack() as stack:
        for name in ("first", "second"):
            app = make_app(slack)
            listen(app, name, heard)
            await stack.enter_async_context(connected(slack, app))
        for _ in range(4):
            await slack.user("alice").command("/vi")

    assert sorted(heard) == ["first", "first", "second", "second"]


async def test_an_app_that_is_told_to_go_comes_back(slack: SlackWorkspace, app: AsyncApp) -> None:
    @app.command("/vi")
    async def answer(ack: Any) -> None:
        await ack("Here again")

    await slack.disconnect("refresh_requested")
    assert slack.connections == 0
    await slack.wait_for_connection()

    reply = await slack.user("alice").command("/vi")
    assert reply.message is not None
    assert slack.wire.count("apps.connections.open") == 2


async def test_an_acknowledgement_counts_on_a_connection_that_is_being_replaced(
    slack: SlackWorkspace, app: AsyncApp
) -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    @app.command("/vi")
    async def answer(ack: Any) -> None:
        arrived.set()
        await go_on.wait()
        await ack("Over the new one")

    task = asyncio.create_task(slack.user("alice").command("/vi"))
    await arrived.wait()
    await slack.disconnect("warning")
    await slack.wait_for_connection()
    go_on.set()

    reply = await task
    assert reply.error is None


async def test_a_connection_that_stays_is_closed_ten_seconds_later(
    slack: SlackWorkspace, http: aiohttp.ClientSession
) -> None:
    async with http.ws_connect(await new_address(slack, http)) as socket:
        await socket.receive_json()
        await slack.disconnect("link_disabled")
        assert (await socket.receive_json())["reason"] == "link_disabled"
        slack.clock.advance(seconds=10)

        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE


async def test_an_acknowledgement_of_nothing_is_noticed(slack: SlackWorkspace, http: aiohttp.ClientSession) -> None:
    async with http.ws_connect(await new_address(slack, http)) as socket:
        await socket.receive_json()
        await socket.send_json({"envelope_id": "made up"})
        await socket.send_str("not JSON")
    await slack.state.changes.wait_for(lambda: slack.connections == 0 or None, 5)

    slack.take_violation("unknown_envelope")
    slack.take_violation("unknown_envelope")


async def test_an_envelope_has_the_fields_of_slacks(slack: SlackWorkspace, http: aiohttp.ClientSession) -> None:
    async with http.ws_connect(await new_address(slack, http)) as socket:
        await socket.receive_json()
        task = asyncio.create_task(slack.user("alice").command("/vi list all", channel="approvals"))
        envelope = await socket.receive_json()
        await socket.send_json({"envelope_id": envelope["envelope_id"]})
        reply = await task

    assert reply.error is None
    assert envelope["type"] == "slash_commands"
    assert envelope["accepts_response_payload"] is True
    payload = envelope["payload"]
    assert all(isinstance(value, str) for value in payload.values())
    assert (payload["command"], payload["text"], payload["channel_name"]) == ("/vi", "list all", "privategroup")
    assert payload["response_url"].startswith(slack.url)
    assert "thread_ts" not in payload


async def test_an_event_that_is_not_acknowledged_is_sent_three_times_more(
    slack: SlackWorkspace, http: aiohttp.ClientSession
) -> None:
    async with http.ws_connect(await new_address(slack, http)) as socket:
        await socket.receive_json()
        opened = asyncio.create_task(slack.interactions.open_home(slack.state.directory.person("vera")))
        seen = []
        for wait in (0, 60, 300, 0):
            envelope = await socket.receive_json()
            seen.append((envelope["retry_attempt"], envelope["retry_reason"], envelope["payload"]["event_id"]))
            slack.clock.advance(seconds=3)
            await slack.wire.wait_for("app_home_opened", times=len(seen))
            # The pause before the next attempt is set by a task, which runs before this request is answered.
            await new_address(slack, http)
            slack.clock.advance(seconds=wait)
        await opened

    event_id = seen[0][2]
    assert seen == [(0, "", event_id), (1, "timeout", event_id), (2, "timeout", event_id), (3, "timeout", event_id)]
    slack.expect_violation("not_acknowledged", times=4)


async def test_a_double_click_is_two_payloads_with_a_trigger_each(
    slack: SlackWorkspace, app: AsyncApp, client: AsyncWebClient
) -> None:
    triggers: set[str] = set()

    @app.action("press")
    async def pressed(ack: Any, body: Any) -> None:
        triggers.add(body["trigger_id"])
        await ack()

    button = {"type": "button", "action_id": "press", "text": {"type": "plain_text", "text": "Press"}}
    await client.chat_postMessage(channel="general", text="Press", blocks=[section("Here", accessory=button)])
    reply = await (await slack.user("alice").sees("Here")).click("Press", times=2)

    assert len(triggers) == 2
    assert reply.error is None


async def test_payloads_of_clicks_say_whether_the_message_is_ephemeral(
    slack: SlackWorkspace, app: AsyncApp, client: AsyncWebClient
) -> None:
    bodies: list[Any] = []

    @app.action("press")
    async def pressed(ack: Any, body: Any) -> None:
        bodies.append(body)
        await ack()

    button = {"type": "button", "action_id": "press", "text": {"type": "plain_text", "text": "Press"}, "value": "7"}
    blocks = [section("Here", block_id="row", accessory=button)]
    channel = slack.channel_id("northgate")
    await client.chat_postMessage(channel=channel, text="Press", blocks=blocks)
    await client.chat_postEphemeral(channel=channel, user=slack.user("ext").id, text="Press", blocks=blocks)
    for message in slack.user("ext").messages:
        await message.click("Press")

    public, private = bodies
    assert public["message"]["ts"] == public["container"]["message_ts"]
    assert not public["container"]["is_ephemeral"]
    assert private["container"]["is_ephemeral"]
    assert "message" not in private
    action = public["actions"][0]
    assert (action["type"], action["block_id"], action["action_id"], action["value"]) == ("button", "row", "press", "7")
    assert public["user"]["team_id"] == public["team"]["id"] != slack.state.directory.team.id
    json.dumps(bodies)


async def test_payloads_of_views_carry_no_channel_and_no_response_url(
    slack: SlackWorkspace, app: AsyncApp, client: AsyncWebClient
) -> None:
    bodies: list[Any] = []

    @app.action("press")
    async def pressed(ack: Any, body: Any) -> None:
        bodies.append(body)
        await ack()

    button = {"type": "button", "action_id": "press", "text": {"type": "plain_text", "text": "Press"}}
    await client.views_publish(user_id=slack.user("vera").id, view=home(section("Here", accessory=button)))
    tab = slack.user("vera").home
    assert tab is not None
    await tab.click("Press")

    assert bodies[0]["container"] == {"type": "view", "view_id": bodies[0]["view"]["id"]}
    assert bodies[0]["view"]["type"] == "home"
    assert not {"channel", "response_url", "message"} & set(bodies[0])


async def test_an_address_can_be_connected_to_for_half_a_minute(
    slack: SlackWorkspace, http: aiohttp.ClientSession
) -> None:
    early, late = await new_address(slack, http), await new_address(slack, http)
    slack.clock.advance(seconds=25)
    async with http.ws_connect(early):
        pass
    slack.clock.advance(seconds=6)
    async with http.get(late) as response:
        assert response.status == 403
    slack.take_violation("invalid_ticket")


async def test_a_token_that_was_revoked_opens_no_connection_and_its_successor_does(
    slack: SlackWorkspace, http: aiohttp.ClientSession
) -> None:
    old = {"Authorization": f"Bearer {slack.app_token}"}
    slack.revoke_app_token()
    async with http.post(slack.api_url + "apps.connections.open", headers=old) as response:
        assert (await response.json())["error"] == "invalid_auth"
    slack.take_violation("invalid_auth")
    async with http.ws_connect(await new_address(slack, http)) as socket:
        assert (await socket.receive_json())["type"] == "hello"


async def test_ghosts_are_counted_and_swallow_their_share_of_the_envelopes(
    slack: SlackWorkspace, http: aiohttp.ClientSession
) -> None:
    slack.haunt(2)
    async with http.ws_connect(await new_address(slack, http)) as socket:
        assert (await socket.receive_json())["num_connections"] == 3
        asked = [asyncio.create_task(slack.user("alice").command("/vi")) for _ in range(3)]
        envelope = await socket.receive_json()
        await socket.send_json({"envelope_id": envelope["envelope_id"]})
        await slack.wire.wait_for("/vi", answered=True)
        await slack.wire.wait_for("/vi", times=3)
        slack.clock.advance(seconds=3)
        assert [reply.error for reply in await asyncio.gather(*asked)].count(None) == 1
    slack.expect_violation("not_acknowledged", times=2)


async def test_some_connections_can_be_told_to_go_and_the_others_take_over(
    slack: SlackWorkspace, http: aiohttp.ClientSession
) -> None:
    async with (
        http.ws_connect(await new_address(slack, http)) as first,
        http.ws_connect(await new_address(slack, http)) as second,
    ):
        for each in (first, second):
            await each.receive_json()
        await slack.disconnect("warning", 1)
        assert (await first.receive_json())["reason"] == "warning"
        for _ in range(2):
            task = asyncio.create_task(slack.user("alice").command("/vi"))
            await second.send_json({"envelope_id": (await second.receive_json())["envelope_id"]})
            assert (await task).error is None


async def test_a_connection_that_was_told_to_go_is_sent_to_while_there_is_no_other(
    slack: SlackWorkspace, http: aiohttp.ClientSession
) -> None:
    async with http.ws_connect(await new_address(slack, http)) as socket:
        await socket.receive_json()
        await slack.disconnect("warning")
        await socket.receive_json()
        task = asyncio.create_task(slack.user("alice").command("/vi"))
        await socket.send_json({"envelope_id": (await socket.receive_json())["envelope_id"]})
        assert (await task).error is None


async def test_a_connection_that_breaks_ends_without_a_word(slack: SlackWorkspace, http: aiohttp.ClientSession) -> None:
    async with http.ws_connect(await new_address(slack, http)) as socket:
        await socket.receive_json()
        slack.drop_connections()
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSED


async def test_a_handshake_can_be_refused_or_cut(slack: SlackWorkspace, http: aiohttp.ClientSession) -> None:
    slack.faults.on("link", status=503)
    slack.faults.on("link", cut="before", times=2)  # aiohttp tries a GET that was cut once more
    address = await new_address(slack, http)
    async with http.get(address) as response:
        assert response.status == 503
    with pytest.raises(aiohttp.ClientError):
        await http.ws_connect(address)
    async with http.ws_connect(address) as socket:
        assert (await socket.receive_json())["type"] == "hello"
