"""Socket Mode against the emulator: connections that are refreshed, lost, refused, counted wrongly and closed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import SystemClock
from bot.domain.errors import StoreUnavailable
from handlers.slack_link import SlackLink
from handlers.socket_connection import SocketConnection
from handlers.socket_door import MOST, Pace, SocketDoor
from sandbox.slack.workspace import SlackWorkspace
from tests.sandbox_slack.clients import MANIFEST, connected, make_app

QUICK = Pace(attempt=2.0, pause=0.01, longest_pause=0.02, look=0.02, linger=0.05, without=60.0)
WAIT = 10.0


@pytest.fixture
async def slack() -> AsyncIterator[SlackWorkspace]:
    """A workspace without limits for calls, since a test reconnects more often in a second than a bot in a day."""
    workspace = await SlackWorkspace.start(MANIFEST, rate_limited=False)
    yield workspace
    await workspace.stop()
    workspace.assert_clean()


@dataclass
class Opened:
    """A door, and what stands before and behind it."""

    slack: SlackWorkspace
    door: SocketDoor
    link: SlackLink
    app: AsyncApp


async def until(check: Callable[[], bool]) -> None:
    """Wait for something that nobody gives notice of."""
    async with asyncio.timeout(WAIT):
        while not check():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.005)


async def one() -> int:
    return 1


def door_to(
    slack: SlackWorkspace, wanted: int = 1, pace: Pace = QUICK, processes: Callable[[], Awaitable[int]] = one
) -> Opened:
    """A door that is not open yet, with an app behind it that acknowledges commands."""
    app, link = make_app(slack), SlackLink()

    @app.command("/vi")
    async def answer(ack: Any) -> None:
        await ack("Here")

    door = SocketDoor(
        app=app,
        app_token=slack.app_token,
        link=link,
        processes=processes,
        clock=SystemClock(),
        wanted=wanted,
        pace=pace,
    )
    return Opened(slack, door, link, app)


@asynccontextmanager
async def opened(
    slack: SlackWorkspace, wanted: int = 1, pace: Pace = QUICK, processes: Callable[[], Awaitable[int]] = one
) -> AsyncIterator[Opened]:
    """A door with all its connections open."""
    at = door_to(slack, wanted, pace, processes)
    await at.door.open()
    try:
        await until(lambda: at.link.open == wanted)
        yield at
    finally:
        await at.door.close()
        assert slack.connections == 0 == at.link.open


async def ask(slack: SlackWorkspace) -> str | None:
    """Give a command; why it failed, if it did."""
    reply = await slack.user("alice").command("/vi")
    return reply.error


@pytest.mark.parametrize("reason", ["warning", "refresh_requested"])
@pytest.mark.parametrize(("wanted", "refreshed"), [(1, 1), (3, 3), (MOST, MOST - 1)])
async def test_no_command_is_lost_while_connections_are_refreshed(
    slack: SlackWorkspace, wanted: int, refreshed: int, reason: Any
) -> None:
    # A connection that was replaced lingers until Slack closes it, so that no stall of the machine is too long for it.
    async with opened(slack, wanted, replace(QUICK, linger=60.0)) as at:
        for _ in range(3):
            asked = [asyncio.create_task(ask(slack)) for _ in range(5)]
            await slack.disconnect(reason, refreshed)
            while slack.connections != wanted:
                asked.append(asyncio.create_task(ask(slack)))
                await asyncio.sleep(0.002)
            assert set(await asyncio.gather(*asked)) == {None}
            assert len(asked) > 5
            slack.clock.advance(seconds=10)
            # Slack may still send over one that is being closed, where it asks for all others to be replaced.
            await until(lambda: not slack._socket_mode._leaving and at.link.open == wanted == slack.connections)


async def test_slacks_own_client_loses_what_is_sent_while_it_connects_anew(slack: SlackWorkspace) -> None:
    app = make_app(slack)

    @app.command("/vi")
    async def answer(ack: Any) -> None:
        await ack("Here")

    async with connected(slack, app):
        slack.faults.on("link", delay=1)
        await slack.disconnect("refresh_requested")
        await until(lambda: not slack._socket_mode._leaving)
        assert await ask(slack) is not None
        slack.take_violation("not_connected")
        slack.clock.advance(seconds=1)
        await slack.wait_for_connection()


async def test_the_old_connection_serves_until_the_next_one_is_greeted(slack: SlackWorkspace) -> None:
    async with opened(slack) as at:
        fault = slack.faults.on("link", delay=5)
        await slack.disconnect("refresh_requested")
        await until(lambda: fault.used == 1)
        assert await ask(slack) is None
        assert at.link.open == 1
        slack.clock.advance(seconds=5)
        await until(lambda: slack.connections == 1 == at.link.open)


async def test_a_connection_that_slack_closes_before_the_next_one_came_about_is_not_kept(
    slack: SlackWorkspace,
) -> None:
    async with opened(slack) as at:
        slack.faults.on("apps.connections.open", error="internal_error", times=3)
        await slack.disconnect("link_disabled")
        slack.clock.advance(seconds=10)
        await until(lambda: slack.connections == 1 == at.link.open)
        assert await ask(slack) is None


def hold_the_answer(app: AsyncApp) -> tuple[asyncio.Event, asyncio.Event]:
    """Have `/escaped` wait before it is acknowledged: that it arrived, and that it may go on."""
    arrived, go_on = asyncio.Event(), asyncio.Event()

    @app.command("/escaped")
    async def answer(ack: Any) -> None:
        arrived.set()
        await go_on.wait()
        await ack("Here")

    return arrived, go_on


async def test_an_acknowledgement_goes_over_the_connection_by_which_the_envelope_came(
    slack: SlackWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent_by: list[SocketConnection] = []
    send_here = SocketConnection.send_here

    async def noted(self: SocketConnection, message: str) -> None:
        sent_by.append(self)
        await send_here(self, message)

    monkeypatch.setattr(SocketConnection, "send_here", noted)
    async with opened(slack, pace=Pace(look=0.02, linger=WAIT)) as at:
        (first,) = at.door._open
        arrived, go_on = hold_the_answer(at.app)
        asked = asyncio.create_task(slack.user("alice").command("/escaped"))
        await arrived.wait()
        await slack.disconnect("refresh_requested")
        await slack.wait_for_connection()
        go_on.set()
        assert (await asked).error is None
        assert sent_by == [first]


async def test_an_acknowledgement_whose_connection_was_lost_goes_over_another_one(slack: SlackWorkspace) -> None:
    async with opened(slack) as at:
        arrived, go_on = hold_the_answer(at.app)
        asked = asyncio.create_task(slack.user("alice").command("/escaped"))
        await arrived.wait()
        slack.drop_connections()
        await until(lambda: slack.wire.count("apps.connections.open") == 2 and slack.connections == 1)
        await until(lambda: at.link.open == 1)
        go_on.set()
        assert (await asked).error is None


async def test_an_acknowledgement_for_which_there_is_no_connection_leaves_a_line_in_the_log(
    slack: SlackWorkspace, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(slack) as at:
        arrived, go_on = hold_the_answer(at.app)
        asked = asyncio.create_task(slack.user("alice").command("/escaped"))
        await arrived.wait()
        slack.faults.on("apps.connections.open", delay=5)
        slack.drop_connections()
        await until(lambda: at.link.open == 0)
        go_on.set()
        await until(lambda: "there is no other one" in caplog.text)
        slack.clock.advance(seconds=5)
        assert (await asked).error is not None
        slack.take_violation("not_acknowledged")
        await until(lambda: slack.connections == 1 == at.link.open)


async def test_a_lost_connection_is_replaced_and_the_state_tells_it(
    slack: SlackWorkspace, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(slack, 2) as at:
        began, heard = at.link.since, at.link.last_message
        assert began is not None
        assert heard is not None
        slack.faults.on("apps.connections.open", delay=5, times=2)
        slack.drop_connections()
        await until(lambda: at.link.open == 0)
        assert at.link.since is not None
        assert at.link.since > began
        slack.clock.advance(seconds=5)
        await until(lambda: at.link.open == 1)
        slack.clock.advance(seconds=5)
        await until(lambda: slack.connections == 2 == at.link.open)
        assert at.link.last_message is not None
        assert at.link.last_message > heard
        assert at.link.counted == 2
        assert "a connection to Slack was lost" in caplog.text
        assert await ask(slack) is None


async def test_an_address_that_has_expired_is_not_tried_again_but_another_one_is(
    slack: SlackWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_address = AsyncWebClient.apps_connections_open
    expired = iter((True, True))

    async def late(self: AsyncWebClient, **arguments: Any) -> Any:
        answer = await open_address(self, **arguments)
        if next(expired, False):
            slack.clock.advance(minutes=1)
        return answer

    monkeypatch.setattr(AsyncWebClient, "apps_connections_open", late)
    async with opened(slack, pace=Pace(attempt=0.3, pause=0.01)):
        assert slack.wire.count("apps.connections.open") == 3
        assert await ask(slack) is None
    slack.expect_violation("invalid_ticket", times=2)


async def test_a_token_that_slack_does_not_know_is_refused_at_the_start(slack: SlackWorkspace) -> None:
    at = door_to(slack)
    slack.revoke_app_token()
    with pytest.raises(SlackApiError, match="invalid_auth"):
        await at.door.open()
    await at.door.close()
    slack.take_violation("invalid_auth")


async def test_a_token_that_is_revoked_at_work_makes_the_door_give_up(slack: SlackWorkspace) -> None:
    async with opened(slack, 2) as at:
        slack.revoke_app_token()
        await slack.disconnect("refresh_requested")
        said = await asyncio.wait_for(at.door.given_up, WAIT)
        assert "does not accept the app-level token any more: invalid_auth. `vi-bot check`" in said
        await until(lambda: not at.door._turn.locked())
    slack.expect_violation("invalid_auth", times=2)


async def test_without_any_connection_for_too_long_the_door_gives_up(slack: SlackWorkspace) -> None:
    async with opened(slack, pace=Pace(look=0.02, pause=0.01, without=0.1)) as at:
        slack.faults.on("apps.connections.open", status=503, error="service_unavailable", times=1)
        slack.faults.on("apps.connections.open", delay=3600)
        slack.drop_connections()
        assert await asyncio.wait_for(at.door.given_up, WAIT) == "There was no connection to Slack for 0.1 s."
        slack.clock.advance(hours=1)
        await until(lambda: slack.connections == 1 == at.link.open)


async def test_a_fault_of_its_own_makes_the_door_give_up_once(
    slack: SlackWorkspace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(_self: SocketConnection) -> None:
        raise RuntimeError("planted")

    async with opened(slack, 2) as at:
        monkeypatch.setattr(SocketConnection, "look", broken)
        assert "because of a fault of its own" in await asyncio.wait_for(at.door.given_up, WAIT)
        await until(lambda: caplog.text.count("could not be kept up") == 2)


async def test_ghosts_are_counted_and_warned_of(slack: SlackWorkspace, caplog: pytest.LogCaptureFixture) -> None:
    slack.haunt(2)
    async with opened(slack) as at:
        assert (at.link.counted, at.link.ghosts) == (3, 2)
        assert "Slack counts 3 connections, 2 more than there are. What Slack sends" in caplog.text
        slack.haunt(0)
        await slack.disconnect("refresh_requested")
        await until(lambda: at.link.counted == 2 and at.link.ghosts == 0)


async def test_the_connections_of_other_processes_are_no_ghosts(slack: SlackWorkspace) -> None:
    async def two() -> int:
        return 2

    async with opened(slack, 2, processes=two) as first, opened_beside(slack, 2, two) as second:
        assert slack.connections == 4
        assert (first.link.ghosts, second.link.ghosts, second.link.counted) == (0, 0, 4)


@asynccontextmanager
async def opened_beside(
    slack: SlackWorkspace, wanted: int, processes: Callable[[], Awaitable[int]]
) -> AsyncIterator[Opened]:
    """Another process's door; the connections of the first stay when it closes."""
    at = door_to(slack, wanted, QUICK, processes)
    await at.door.open()
    try:
        await until(lambda: at.link.open == wanted)
        yield at
    finally:
        await at.door.close()


async def test_a_store_that_does_not_say_how_many_processes_there_are_stops_nothing(
    slack: SlackWorkspace, caplog: pytest.LogCaptureFixture
) -> None:
    async def silent() -> int:
        raise StoreUnavailable("The bot's memory cannot be reached.")

    slack.haunt(1)
    async with opened(slack, processes=silent) as at:
        assert (at.link.counted, at.link.ghosts) == (2, 0)
        assert "not known how many connections" in caplog.text


async def test_where_slack_counts_too_many_the_old_connection_makes_room(
    slack: SlackWorkspace, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(slack) as at:
        slack.haunt(MOST - 1)
        await slack.disconnect("refresh_requested")
        await until(lambda: slack.wire.count("apps.connections.open") > 2 and slack.connections == 1)
        await until(lambda: at.link.open == 1)
        assert "no connection to Slack came about (too_many_websockets)" in caplog.text
        assert "Slack counts 10 connections of this app already. What Slack sends" in caplog.text
        slack.haunt(0)
        assert await ask(slack) is None
    slack.take_violation("too_many_websockets")


async def test_a_connection_for_which_there_is_no_room_comes_about_later(slack: SlackWorkspace) -> None:
    slack.haunt(MOST - 1)
    at = door_to(slack, 2)
    await at.door.open()
    await until(lambda: any(each.code == "too_many_websockets" for each in slack.violations))
    slack.haunt(0)
    await until(lambda: at.link.open == 2)
    await at.door.close()
    for _ in [each for each in slack.violations if each.code == "too_many_websockets"]:
        slack.take_violation("too_many_websockets")


async def test_what_was_taken_is_acknowledged_before_the_door_is_closed(slack: SlackWorkspace) -> None:
    at = door_to(slack)
    await at.door.open()
    arrived, go_on = hold_the_answer(at.app)
    asked = asyncio.create_task(slack.user("alice").command("/escaped"))
    await arrived.wait()
    closing = asyncio.create_task(at.door.close())
    await until(lambda: at.link.open == 0)
    too_late = asyncio.create_task(ask(slack))
    await slack.wire.wait_for("/vi")
    go_on.set()
    await closing
    assert (await asked).error is None
    slack.clock.advance(seconds=3)
    assert await too_late is not None
    slack.take_violation("not_acknowledged")


async def test_a_message_that_slack_may_send_one_day_is_passed_over(slack: SlackWorkspace) -> None:
    async with opened(slack):
        (socket,) = slack._socket_mode._sockets
        await socket.send_json({"type": "hello"})
        await socket.send_json({"type": "of another day"})
        await socket.send_json({"type": "disconnect"})
        await until(lambda: slack.wire.count("apps.connections.open") == 2)
        assert await ask(slack) is None


async def test_a_door_that_is_closed_while_it_opens_leaves_nothing_open(slack: SlackWorkspace) -> None:
    slack.faults.on("apps.connections.open", delay=5, after=1)
    at = door_to(slack, 2)
    await at.door.open()
    await until(lambda: slack.wire.count("apps.connections.open") == 2)
    await at.door.close()
    assert (slack.connections, at.link.open) == (0, 0)
