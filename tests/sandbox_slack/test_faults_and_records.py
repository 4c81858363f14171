"""Misbehaving on purpose, and the records: clock, wire, violations, rate limits."""

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.background import Background
from sandbox.slack.clock import Clock
from sandbox.slack.wire import Exchange
from sandbox.slack.workspace import SlackWorkspace
from tests.sandbox_slack.clients import MANIFEST, make_client
from tests.sandbox_slack.samples import modal, section, text_input


async def test_a_rate_limit_on_purpose_says_when_to_come_back(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    slack.faults.on("chat.postMessage", status=429, retry_after=7, times=2)

    for _ in range(2):
        with pytest.raises(SlackApiError) as caught:
            await client.chat_postMessage(channel="general", text="Hello")
        assert (caught.value.response["error"], caught.value.response.headers["Retry-After"]) == ("ratelimited", "7")
    await client.chat_postMessage(channel="general", text="Hello")

    assert [message.text for message in slack.user("alice").messages] == ["Hello"]


async def test_an_error_on_purpose_can_depend_on_the_arguments(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    slack.faults.on("chat.*", error="internal_error", when=lambda arguments: arguments["text"] == "Two")

    await client.chat_postMessage(channel="general", text="One")
    with pytest.raises(SlackApiError, match="internal_error"):
        await client.chat_postMessage(channel="general", text="Two")


@pytest.mark.parametrize(("cut", "posted"), [("before", 0), ("after", 1)])
async def test_a_connection_is_cut_before_or_after_the_change(
    slack: SlackWorkspace, client: AsyncWebClient, cut: str, posted: int
) -> None:
    slack.faults.on("chat.postMessage", cut=cut)

    with pytest.raises(aiohttp.ClientConnectionError):
        await client.chat_postMessage(channel="general", text="Hello")

    assert len(slack.user("alice").messages) == posted


async def test_slack_is_slow_on_purpose(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    slack.faults.on("chat.postMessage", delay=60)

    task = asyncio.create_task(client.chat_postMessage(channel="general", text="Hello"))
    await slack.wire.wait_for("chat.postMessage")
    assert not task.done()
    slack.clock.advance(minutes=1)

    assert (await task)["ok"]


async def test_a_response_url_fails_on_purpose(slack: SlackWorkspace, app: AsyncApp) -> None:
    statuses: asyncio.Queue[int] = asyncio.Queue()
    slack.faults.on("response_url", status=500)

    @app.command("/vi")
    async def answer(ack: Any, respond: Any) -> None:
        await ack()
        statuses.put_nowait((await respond("Lost")).status_code)
        statuses.put_nowait((await respond("Found")).status_code)

    await slack.user("alice").command("/vi")

    assert [await statuses.get(), await statuses.get()] == [500, 200]
    assert [message.text for message in slack.user("alice").messages] == ["Found"]


async def test_the_connection_of_a_response_url_is_cut(slack: SlackWorkspace, app: AsyncApp) -> None:
    failures: asyncio.Queue[Exception] = asyncio.Queue()
    slack.faults.on("response_url", cut="before", times=2)

    @app.command("/vi")
    async def answer(ack: Any, respond: Any) -> None:
        await ack()
        try:
            # Bolt's client tries twice.
            await respond("Lost")
        except aiohttp.ClientConnectionError as error:
            failures.put_nowait(error)

    await slack.user("alice").command("/vi")

    await failures.get()
    assert slack.user("alice").messages == []


async def test_an_acknowledgement_is_lost_on_purpose(slack: SlackWorkspace, app: AsyncApp) -> None:
    @app.command("/vi")
    async def show(ack: Any, client: Any, command: Any) -> None:
        await ack()
        await client.views_open(trigger_id=command["trigger_id"], view=modal(text_input("Name", "name")))

    @app.view("it")
    async def take(ack: Any) -> None:
        await ack()

    slack.faults.on("ack:view_submission")
    await slack.user("alice").command("/vi")
    form = await slack.user("alice").sees_modal()
    lost = await form.submit(name="Potholes")
    again = await form.submit()

    assert lost.error == "We had some trouble connecting. Try again?"
    assert again.closed


async def test_a_rule_can_let_calls_go_by_first(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    slack.faults.on("chat.postMessage", error="internal_error", after=2)

    for text in ("One", "Two"):
        await client.chat_postMessage(channel="general", text=text)
    with pytest.raises(SlackApiError, match="internal_error"):
        await client.chat_postMessage(channel="general", text="Three")


async def test_a_payload_is_delivered_twice_on_purpose(slack: SlackWorkspace, app: AsyncApp) -> None:
    heard: asyncio.Queue[str] = asyncio.Queue()

    @app.command("/vi")
    async def listen(ack: Any, body: Any) -> None:
        await ack()
        heard.put_nowait(body["trigger_id"])

    slack.faults.on("twice:/vi")
    await slack.user("alice").command("/vi once")
    first, again = await heard.get(), await heard.get()
    await slack.user("alice").command("/vi twice")

    assert first == again != await heard.get()
    assert heard.empty()


async def test_a_fault_that_was_not_used_is_not_clean(slack: SlackWorkspace) -> None:
    slack.faults.on("chat.postMessage", error="internal_error")

    with pytest.raises(AssertionError, match="fault used 0 of 1 times"):
        slack.assert_clean()
    slack.faults.unused()[0].times = 0


async def test_a_violation_is_not_clean_unless_it_is_expected(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError):
        await client.api_call("chat.postMessage", json={"channel": "general"})

    with pytest.raises(AssertionError, match=r"no_text: chat\.postMessage: "):
        slack.assert_clean()
    slack.expect_violation("no_text")
    slack.assert_clean()


async def test_a_violation_that_is_expected_and_does_not_come_is_not_clean(slack: SlackWorkspace) -> None:
    slack.expect_violation("no_text")

    with pytest.raises(AssertionError, match="expected, but did not happen: no_text"):
        slack.assert_clean()
    slack.state.violations.record("no_text", "Now it has happened.")


async def test_a_violation_that_is_not_there_cannot_be_taken(slack: SlackWorkspace) -> None:
    with pytest.raises(AssertionError, match="No violation 'no_text'"):
        slack.take_violation("no_text")


async def test_the_wire_remembers_what_was_sent_and_answered(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    heard: list[Exchange] = []
    unsubscribe = slack.wire.subscribe(heard.append)
    await client.chat_postMessage(channel="general", text="Hello")
    unsubscribe()
    await client.auth_test()

    (exchange,) = slack.wire.exchanges("chat.postMessage")
    assert heard == [exchange, exchange]
    assert exchange.from_app
    assert exchange.sent["text"] == "Hello"
    assert exchange.answer["ok"]
    assert exchange.status == 200
    assert exchange.ms is not None
    assert slack.wire.count("auth.test") == 1


async def test_the_wire_says_which_exchange_broke_a_rule(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    with pytest.raises(SlackApiError):
        await client.api_call("chat.postMessage", json={"channel": "general"})

    assert slack.wire.exchanges("chat.postMessage")[0].problems == [
        "chat.postMessage: (whole): A message needs text or blocks."
    ]
    slack.take_violation("no_text")


async def test_posts_to_one_channel_are_limited_and_others_are_not(
    slack: SlackWorkspace, client: AsyncWebClient
) -> None:
    for number in range(20):
        await client.chat_postMessage(channel="general", text=str(number))
    with pytest.raises(SlackApiError, match="ratelimited") as caught:
        await client.chat_postMessage(channel="general", text="One too many")

    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "1"
    await client.chat_postMessage(channel="ml-ops", text="Elsewhere")
    slack.clock.advance(seconds=1)
    await client.chat_postMessage(channel="general", text="A second later")


async def test_a_tier_gives_as_many_calls_as_slack_promises(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    for _ in range(20):
        await client.usergroups_list()
    with pytest.raises(SlackApiError, match="ratelimited") as caught:
        await client.usergroups_list()

    assert caught.value.response.headers["Retry-After"] == "3"
    slack.clock.advance(seconds=3)
    await client.usergroups_list()


async def test_a_benchmark_can_do_without_rate_limits() -> None:
    slack = await SlackWorkspace.start(MANIFEST, rate_limited=False)
    client = make_client(slack)
    for _ in range(30):
        await client.usergroups_list()
    await slack.stop()


async def test_a_client_that_obeys_retry_after_gets_through(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    slack.faults.on("auth.test", status=429, retry_after=0)
    client.retry_handlers = [AsyncRateLimitErrorRetryHandler(max_retry_count=1)]

    assert (await client.auth_test())["ok"]


async def test_alarms_ring_in_the_order_of_their_times(slack: SlackWorkspace) -> None:
    rung: list[str] = []
    second = slack.clock.call_later(20, lambda: rung.append("second"))
    slack.clock.call_later(10, lambda: rung.append("first"))
    slack.clock.call_later(30, lambda: rung.append("never"))
    slack.clock.advance(seconds=25)

    assert rung == ["first", "second"]
    slack.clock.cancel(second)


async def test_an_alarm_rings_once(slack: SlackWorkspace) -> None:
    rung: list[str] = []
    slack.clock.call_later(10, lambda: rung.append("once"))
    for _ in range(2):
        slack.clock.advance(seconds=15)

    assert rung == ["once"]


async def test_an_alarm_that_was_cancelled_never_rings() -> None:
    clock, rung = Clock(), list[str]()
    clock.cancel(clock.call_later(0.01, lambda: rung.append("cancelled")))
    clock.call_later(0.01, lambda: rung.append("stopped"))
    clock.advance(seconds=0.005)
    clock.stop()
    await clock.sleep(0.03)
    clock.advance(seconds=1)

    assert rung == []


async def test_a_sleep_that_is_cut_short_leaves_no_alarm_behind() -> None:
    clock = Clock()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(clock.sleep(60), timeout=0.01)

    assert not clock._alarms  # nothing else shows what is left


async def test_an_alarm_can_cancel_a_later_one(slack: SlackWorkspace) -> None:
    rung: list[str] = []
    later = slack.clock.call_later(20, lambda: rung.append("later"))
    slack.clock.call_later(10, lambda: slack.clock.cancel(later))
    slack.clock.advance(seconds=25)

    assert rung == []


async def test_an_alarm_rings_in_real_time_too(slack: SlackWorkspace) -> None:
    before = slack.clock.now()
    await slack.clock.sleep(0.02)

    assert (slack.clock.now() - before).total_seconds() >= 0.02


async def test_work_in_the_background_that_fails_is_not_lost() -> None:
    background = Background()
    running = asyncio.Event()

    async def fail() -> None:
        running.set()
        raise RuntimeError("on purpose")

    background.start(fail())
    await running.wait()
    with pytest.raises(RuntimeError, match="on purpose"):
        await background.stop()


async def test_a_message_in_a_thread_keeps_its_thread(slack: SlackWorkspace, client: AsyncWebClient) -> None:
    first = await client.chat_postMessage(channel="general", text="First")
    await client.chat_postMessage(
        channel="general", text="Details", blocks=[section("All of it")], thread_ts=first["ts"]
    )

    assert (await slack.user("alice").sees("All of it")).thread_ts == first["ts"]
