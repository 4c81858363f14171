"""The page as people use it, in the system's Chromium: by clicking and typing, on the real wire."""

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, expect
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.demo import roles
from sandbox.page.server import PageServer
from sandbox.playground import playground
from sandbox.screenshots import become, choose_in_row, chromium, headless, send
from sandbox.slack.workspace import SlackWorkspace
from tests.page.conftest import Json
from tests.sandbox_slack.samples import actions, button, modal, option, plain, text_input
from tests.sandbox_slack.samples import field as input_field

pytestmark = pytest.mark.skipif(
    chromium() is None and not os.environ.get("CI"), reason="there is no Chromium on this machine"
)

SUBJECT = "Best-before labels"


@dataclass
class Watched:
    """A page, and what went wrong on it."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    hosts: set[str | None] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda request: self._failed(request.url, request.failure or ""))
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).hostname))

    def _failed(self, url: str, failure: str) -> None:
        # Whoever becomes somebody else stops listening to the events of the person before.
        if not (failure == "net::ERR_ABORTED" and "/events?" in url):
            self.complaints.append(f"{url}: {failure}")


@asynccontextmanager
async def shown(url: str, **how: Any) -> AsyncIterator[Page]:
    """The page in a browser; nothing may be wrong with it in the end, and nothing may have left this machine."""
    async with headless() as browser:
        context = await browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce", **how)
        watched = Watched(await context.new_page())
        await watched.page.goto(url)
        yield watched.page
        assert watched.complaints == []
        assert watched.hosts == {"127.0.0.1"}
        await context.close()


async def test_the_whole_story_by_clicking() -> None:
    async with playground() as play, PageServer.start(play.slack, play.vi, roles=roles(play), port=0) as server:
        async with shown(server.url) as page:
            await page.get_by_role("button", name="Got it").click()
            await become(page, "Omar Haddad")
            await _list_and_turn_the_page(page)
            await _show_and_back_up(page)
            await _delete(page)
            await _read_the_trail(page)
            await _be_refused(page)
            await _lose_vi(page)
        assert play.vi.requests.count("DELETE") == 1
        names = [play.vi.organization.workflow(each)["spec"]["name"] for each in play.vi.organization.workflow_ids()]
        assert SUBJECT not in names
        assert len([name for name in names if name.startswith(f"{SUBJECT} (backup")]) == 2
        play.slack.assert_clean()


async def _list_and_turn_the_page(page: Page) -> None:
    composer = page.get_by_role("combobox", name="Message")
    await composer.press_sequentially("/v")
    await expect(page.get_by_role("listbox", name="Commands")).to_contain_text("Workflows of Datature Vi")
    await composer.press("Enter")
    await expect(composer).to_have_value("/vi ")
    await composer.press_sequentially("list")
    await composer.press("Enter")
    listing = page.locator("article", has_text="workflows, last changed first.").last
    await expect(listing).to_contain_text("1–10 of 12")
    await expect(listing).to_contain_text("Only visible to you")
    await listing.get_by_role("button", name="Next").click()
    await expect(listing).to_contain_text("11–12 of 12")
    await listing.get_by_role("button", name="Previous").click()
    await expect(listing).to_contain_text("1–10 of 12")


async def _show_and_back_up(page: Page) -> None:
    await choose_in_row(page, SUBJECT, "Show")
    details = page.locator("article", has=page.get_by_role("heading", name=SUBJECT)).last
    await expect(details).to_contain_text("System prompt: You are an experienced packaging inspector.")
    await details.get_by_role("button", name=f"Back up {SUBJECT}").click()
    await expect(page.locator("article").last).to_contain_text("The copy is verified")
    await expect(page.locator("#vi .name").first).to_contain_text(f"{SUBJECT} (backup")


async def _delete(page: Page) -> None:
    await (
        page.locator("article", has=page.get_by_role("heading", name=SUBJECT))
        .last.get_by_role("button", name=f"Delete… {SUBJECT}")
        .click()
    )
    dialog = page.get_by_role("dialog", name="Delete workflow")
    phrase, reason = dialog.get_by_label("To confirm, type"), dialog.get_by_label("Why?")
    submit = dialog.get_by_role("button", name="Delete", exact=True)
    await phrase.fill("something else")
    await submit.click()
    await expect(dialog.get_by_role("alert").filter(has_text="must be filled in")).to_be_visible()
    await reason.fill("Replaced by the new one")
    await submit.click()
    await expect(dialog.get_by_role("alert").filter(has_text="This is not what was asked for")).to_be_visible()
    await expect(phrase).to_be_focused()
    await expect(reason).to_have_value("Replaced by the new one")
    await phrase.fill(SUBJECT)
    await submit.click()
    await expect(dialog).to_contain_text(f"Deleted “{SUBJECT}”.")
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    audit = page.get_by_role("button", name=re.compile("vi-audit"))
    await expect(audit).to_contain_text("unread")
    await audit.click()
    await expect(page.get_by_role("log")).to_contain_text("Reason: Replaced by the new one")
    await expect(audit).not_to_contain_text("unread")


async def _read_the_trail(page: Page) -> None:
    await become(page, "Alice Moreau")
    await page.get_by_role("button", name=re.compile("ml-ops")).click()
    await send(page, "/vi audit")
    trail = page.locator("article", has_text="entries, everybody's.").last
    await expect(trail).to_contain_text(f"Delete “{SUBJECT}”: succeeded")
    await expect(trail).to_contain_text("@omar")


async def _be_refused(page: Page) -> None:
    await become(page, "Vera Okafor")
    await send(page, '/vi delete "Potholes"')
    refusal = page.locator("article").last
    await expect(refusal).to_contain_text("needs the role operator")
    await become(page, "Erik Tanaka")
    await send(page, "/vi list")
    await expect(page.locator("article").last).to_contain_text("of another workspace")


async def _lose_vi(page: Page) -> None:
    await become(page, "Omar Haddad")
    await page.get_by_role("button", name="Down", exact=True).click()
    await expect(page.locator("#vi")).to_contain_text("Vi cannot be reached")
    await send(page, "/vi list")
    failure = page.locator("article").last
    await expect(failure).to_contain_text("Vi did not answer", timeout=30_000)
    await page.get_by_role("button", name="Fine", exact=True).click()
    await send(page, "/vi list")
    await expect(page.locator("article").last).to_contain_text("of 13 workflows")
    await page.get_by_role("tab", name="Wire").click()
    exchange = page.locator("#exchanges details", has_text="Slack → bot").first
    await expect(exchange).to_contain_text("ack")
    await exchange.click()
    await expect(exchange).to_contain_text('"command": "/vi"')
    await expect(page.locator("#exchanges .bad", has_text="bot → Vi").first).to_contain_text("cut")


async def test_fields_keep_what_is_typed_and_selects_are_searched_by_keyboard(
    slack: SlackWorkspace, app: AsyncApp, client: AsyncWebClient, server: PageServer
) -> None:
    heard: list[Json] = []

    @app.action("act")
    async def hear(ack: Any, action: Json) -> None:
        heard.append(action)
        await ack()

    @app.options("pick")
    async def offer(ack: Any, payload: Json) -> None:
        await ack(options=[option(f"{payload['value']} {number}") for number in (1, 2)])

    @app.view("it")
    async def take(ack: Any, view: Json) -> None:
        heard.append(view["state"]["values"])
        await ack()

    confirm = {"title": plain("Sure?"), "text": plain("Gone is gone."), "confirm": plain("Yes"), "deny": plain("No")}
    pick = {"type": "external_select", "action_id": "pick", "min_query_length": 1}
    blocks = [
        text_input("Name", "name"),
        input_field("Which?", "which", pick),
        actions(button("Go", "act", confirm=confirm)),
    ]
    alice = slack.user("alice")
    async with shown(server.url) as page:
        await expect(page.get_by_role("button", name=re.compile("Alice Moreau"))).to_be_visible()
        opened = await client.views_open(trigger_id=slack.state.triggers.issue(alice.id), view=modal(*blocks))
        dialog = page.get_by_role("dialog", name="A modal")
        await dialog.get_by_label("Name").fill("half a name")
        await client.views_update(view_id=opened["view"]["id"], view=modal(text_input("Other", "other"), *blocks))
        await expect(dialog.get_by_label("Other")).to_be_visible()
        await expect(dialog.get_by_label("Name")).to_have_value("half a name")
        await expect(dialog.get_by_label("Name")).to_be_focused()

        which = dialog.get_by_role("combobox", name="Which?")
        await which.press_sequentially("road")
        await expect(dialog.get_by_role("option")).to_have_text(["road 1", "road 2"])
        await which.press("ArrowDown")
        await which.press("Enter")
        await expect(which).to_have_value("road 2")

        asking = page.get_by_role("dialog", name="Sure?")
        await dialog.get_by_role("button", name="Go").click()
        await asking.get_by_role("button", name="No").click()
        await dialog.get_by_role("button", name="Go").click()
        await expect(asking).to_contain_text("Gone is gone.")
        await asking.get_by_role("button", name="Yes").click()
        await expect(asking).to_be_hidden()
        await dialog.get_by_label("Other").fill("x")
        await dialog.get_by_role("button", name="Do it").click()
        await expect(dialog).to_be_hidden()
    assert [each["action_id"] for each in heard[:-1]] == ["act"]
    assert heard[-1]["name"]["typed"]["value"] == "half a name"
    assert heard[-1]["which"]["pick"]["selected_option"]["value"] == "road 2"
