"""The page's door: who is let in, and what the events say."""

import asyncio
import json
import re
from contextlib import AsyncExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.page.server import PageServer, content_security_policy
from sandbox.slack.workspace import SlackWorkspace
from sandbox.vi.server import ViEmulator
from tests.page.conftest import Browser, credentials, opened
from tests.sandbox_slack.samples import section


async def status(browser: Browser, method: str, url: str, **headers: str) -> int:
    body = json.dumps({"do": "reload", "person": "U07LMA4K1QD"}) if method == "POST" else None
    if body is not None:
        headers.setdefault("Content-Type", "application/json")
    async with browser.session.request(method, url, headers=headers, data=body) as response:
        return response.status


async def test_the_page_is_one_file_that_may_run_its_own_script_and_nothing_else(browser: Browser) -> None:
    async with browser.session.get(browser.url) as response:
        text, policy = await response.text(), response.headers["Content-Security-Policy"]
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cache-Control"] == "no-store"
    assert policy == content_security_policy(text)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", text)
    assert not re.search(r"""<[^>]+\s(style|on\w+)=""", text.split("<script>")[0])


async def test_without_the_token_there_is_nothing(browser: Browser) -> None:
    token = urlsplit(browser.url).path.strip("/")
    assert len(token) >= 32
    for path in ("/", "/index.html", f"/{token[:-1]}/", f"/x{token}/", f"/{token}/nothing"):
        assert await status(browser, "GET", browser.origin + path) == 404
    assert await status(browser, "POST", f"{browser.origin}/wrong/act", Origin=browser.origin) == 404
    assert await status(browser, "GET", f"{browser.origin}/wr%C3%B6ng/") == 404


async def test_every_start_has_a_token_of_its_own(slack: SlackWorkspace, vi: ViEmulator, server: PageServer) -> None:
    async with PageServer.start(slack, vi, port=0) as other:
        assert urlsplit(other.url).path != urlsplit(server.url).path


async def test_a_name_that_somebody_points_at_this_machine_is_refused(browser: Browser) -> None:
    port = urlsplit(browser.url).port
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", f"127.0.0.1:{port}.evil.example"):
        assert await status(browser, "GET", browser.url, Host=host) == 403
    assert await status(browser, "GET", browser.url, Host=f"localhost:{port}") == 200


async def test_acts_from_another_page_are_refused(browser: Browser) -> None:
    for origin in ("https://evil.example", "null", f"{browser.origin}0", browser.origin.replace("http", "https")):
        assert await status(browser, "POST", f"{browser.url}act", Origin=origin) == 403
        assert await status(browser, "GET", f"{browser.url}events", Origin=origin) == 403
    assert await status(browser, "POST", f"{browser.url}act") == 403
    assert await status(browser, "POST", f"{browser.url}act", Origin=browser.origin) == 200


async def test_a_form_of_another_page_is_no_act(browser: Browser) -> None:
    headers = {"Origin": browser.origin, "Content-Type": "text/plain"}
    assert await status(browser, "POST", f"{browser.url}act", **headers) == 415


@pytest.mark.parametrize("body", ["", "[]", "7", '{"do": "fly"}', '{"do": "submit"}', '{"do": "reload", "more": 1}'])
async def test_what_is_not_an_act_is_refused(browser: Browser, body: str) -> None:
    headers = {"Origin": browser.origin, "Content-Type": "application/json"}
    async with browser.session.post(f"{browser.url}act", data=body, headers=headers) as response:
        assert response.status == 400


async def test_the_page_takes_the_next_port_that_is_free(
    slack: SlackWorkspace, vi: ViEmulator, server: PageServer
) -> None:
    taken = urlsplit(server.url).port or 0
    async with PageServer.start(slack, vi, port=taken) as other:
        assert taken < (urlsplit(other.url).port or 0) <= taken + 100


async def test_the_first_event_is_everything_that_the_person_sees(
    browser: Browser, slack: SlackWorkspace, client: AsyncWebClient
) -> None:
    await client.chat_postMessage(channel="general", text="Hello", blocks=[section("Hello all")])
    await client.chat_postEphemeral(channel="general", text="Psst", user=slack.user("omar").id)
    omar, events = [await browser.events(slack.user(name).id) for name in ("omar", "alice")]
    assert [part["html"].count("Only visible to you") for key, part in omar.parts.items() if "message" in key] == [0, 1]
    assert "Psst" not in json.dumps(events.parts)
    frame = events.parts["frame"]
    assert [channel["name"] for channel in frame["channels"]][:2] == ["general", "ml-ops"]
    people = {each["handle"]: each["role"] for each in frame["people"]}
    assert (people["omar"], people["gus"], people["sigrid"], people["ext"]) == (
        "operator", "guest", "guest (1 channel)", "outsider",
    )  # fmt: skip
    assert not {"dora", "standup", "test_app"} & people.keys()
    assert "12 workflows" in events.parts["vi"]["html"]


async def test_after_that_only_what_changed_is_told(
    browser: Browser, slack: SlackWorkspace, client: AsyncWebClient
) -> None:
    events = await browser.events(slack.user("alice").id)
    posted = await client.chat_postMessage(channel="general", text="One")
    await client.chat_postMessage(channel="general", text="Two")
    await events.until("Two", "message")
    before = len(events.put)
    await client.chat_update(channel=posted["channel"], ts=posted["ts"], text="One, changed")
    await events.until("One, changed", "message")
    assert events.whole == [True, *[False] * (len(events.whole) - 1)]
    changed = {key for put in events.put[before:] for key in put if not key.startswith("exchange")}
    assert changed == {f"message {posted['channel']} {posted['ts']}"}
    await client.chat_delete(channel=posted["channel"], ts=posted["ts"])
    await events.until_gone(f"message {posted['channel']} {posted['ts']}")


async def test_a_browser_that_comes_back_is_told_everything_again(
    browser: Browser, slack: SlackWorkspace, client: AsyncWebClient
) -> None:
    first = await browser.events(slack.user("alice").id)
    first.response.close()
    await client.chat_postMessage(channel="general", text="Meanwhile")
    again = await browser.events(slack.user("alice").id)
    assert any("Meanwhile" in json.dumps(part) for part in again.parts.values())
    assert again.whole == [True]


async def test_the_events_end_with_the_server(slack: SlackWorkspace, vi: ViEmulator) -> None:
    async with AsyncExitStack() as stack:
        async with PageServer.start(slack, vi, port=0) as server:
            browser = await stack.enter_async_context(opened(server))
            events = await browser.events(slack.user("alice").id)
        with pytest.raises(EOFError):
            await asyncio.wait_for(events.until("this never comes"), 5)


async def test_an_exchange_can_be_looked_into_and_tells_what_was_wrong(
    browser: Browser, slack: SlackWorkspace, app: AsyncApp
) -> None:
    events = await browser.events(slack.user("alice").id)

    @app.command("/vi")
    async def answer(ack: Any) -> None:
        await ack({"text": "A list", "blocks": [{"type": "<b>not a block</b>"}]})

    await browser.act(slack.user("alice").id, "command", conversation=slack.channel_id("general"), typed="/vi list")
    part = await events.until("/vi", "exchange")
    while not part["bad"]:
        await events.next()
        part = await events.until("/vi", "exchange")
    assert 'class="exchange bad"' in part["html"]
    number = re.findall(r'data-exchange="(\d+)"', part["html"])[0]
    async with browser.session.get(f"{browser.url}exchange/{number}") as response:
        content = await response.text()
    assert "&quot;command&quot;: &quot;/vi&quot;" in content
    assert "&lt;b&gt;not a block&lt;/b&gt;" in content
    assert await status(browser, "GET", f"{browser.url}exchange/999999") == 404
    slack.take_violation("malformed_reply")


async def test_requests_to_vi_stand_in_the_same_record(browser: Browser, slack: SlackWorkspace, vi: ViEmulator) -> None:
    events = await browser.events(slack.user("alice").id)
    path = f"{vi.url}/workspaces/{vi.organization_id}/flows"
    async with browser.session.get(path, headers=credentials(vi)) as response:
        assert response.status == 200
    part = await events.until("200 ", "request")
    assert "bot → Vi" in part["html"]
    assert "GET flows" in part["html"]
