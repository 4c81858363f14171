"""Steps that journeys through the page share: what one person does at a page of their own, by clicking and typing."""

import re
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from bot.domain.audit import content_of
from bot.ports import TrailQuery
from sandbox.playground import Playground
from sandbox.screenshots import choose_in_row, go_to, send
from sandbox.vi import faults
from tests.page.watching import Watched, needs_chromium, opened_by

APPROVALS = "approvals"
ALWAYS_ASK = {"VI_BOT_APPROVALS": [{"actions": ["delete"]}], "VI_BOT_APPROVALS_CHANNEL": "C07LP3APRV2"}
"""Every deletion needs a second person, who is asked in the channel of approvals."""
IDLE, ALSO_IDLE, BUSY = "Spills on the floor", "Manhole covers", "Potholes"
DIRECT_MESSAGES, HOME = "vi-ops", "Home"
PHRASE = "To confirm, type: "

in_a_browser = [needs_chromium, pytest.mark.asyncio(loop_scope="session")]
"""All these journeys are made in one browser, which lives as long as the loop in which it was started."""


@dataclass(frozen=True)
class Desk:
    """One person in front of one page."""

    page: Page

    @property
    def dialog(self) -> Locator:
        """The modal that lies on top."""
        return self.page.get_by_role("dialog")

    @property
    def home(self) -> Locator:
        """The app's Home tab."""
        return self.page.locator("#home")

    def message(self, text: str) -> Locator:
        """The newest message with this text in the conversation that is open."""
        return self.page.locator("article", has_text=text).last

    async def go_to(self, place: str) -> None:
        """Open a channel, the app's direct messages, or its Home tab."""
        await go_to(self.page, place)

    async def send(self, line: str) -> None:
        """Type a command, and send it."""
        await send(self.page, line)

    async def ask_to_delete(self, *names: str) -> None:
        """Open the deletion dialogue, and wait for its form."""
        await self.send(f"/vi delete {' '.join(map(_quoted, names))}")
        await expect(self.dialog).to_contain_text("Deleted at once, and Vi cannot bring it back")

    async def confirm(self, submit: str = "Delete", *, back_up: bool = True) -> None:
        """Fill the form in as it asks, and submit it."""
        wanted = (await self.dialog.get_by_text(PHRASE).inner_text()).removeprefix(PHRASE)
        await self.dialog.get_by_label("Why?").fill("Not needed")
        await self.dialog.get_by_label("To confirm, type").fill(wanted.strip().rstrip("*").strip())
        if not back_up:
            await self.dialog.get_by_label("Back up first").uncheck()
        await self.dialog.get_by_role("button", name=submit, exact=True).click()

    async def close_dialog(self) -> None:
        """Press the modal's own button to close it."""
        await self.dialog.locator("footer").get_by_role("button", name="Close").click()
        await expect(self.dialog).to_be_hidden()

    async def request_to_delete(self, name: str) -> None:
        """Confirm a deletion for which a second person is asked then."""
        await self.ask_to_delete(name)
        await self.confirm(back_up=False)
        await expect(self.dialog).to_contain_text("A second person has to agree. Nothing has been done yet.")
        await self.close_dialog()

    async def lock(self, name: str) -> None:
        """Lock a workflow, as an admin."""
        await self.send(f'/vi lock {_quoted(name)} --reason "production uses it"')
        await expect(self.message(f"Locked “{name}”.")).to_be_visible()

    async def change_in_vi(self, name: str) -> None:
        """Change a workflow in Vi, past the bot."""
        row = self.page.locator("#vi .workflows > li", has=self.page.get_by_text(name, exact=True))
        before = await row.locator(".facts").inner_text()
        await row.get_by_role("button", name="Change").click()
        await expect(row.locator(".facts")).not_to_have_text(before)

    async def choose_in_row(self, row: str, item: str) -> None:
        """Choose from the menu of a row."""
        await choose_in_row(self.page, row, item)


@dataclass
class Journey:
    """The bot of one journey, and the pages that people have open."""

    play: Playground
    url: str
    browser: Browser
    windows: AsyncExitStack
    pages: list[Watched] = field(default_factory=list)

    async def desk(self, name: str, place: str = "ml-ops") -> Desk:
        """A window at which this person sits, with a channel open; nothing is shared with the others."""
        context = await self.windows.enter_async_context(opened_by(self.browser))
        watched = Watched(await context.new_page())
        self.pages.append(watched)
        slack = self.play.slack
        await watched.page.goto(f"{self.url}#{slack.user(name).id}/{slack.channel_id(place)}")
        await expect(watched.page.locator("#place")).to_contain_text(place)
        return Desk(watched.page)

    async def home(self, name: str) -> Desk:
        """A page at which this person has the Home tab open."""
        desk = await self.desk(name)
        await desk.go_to(HOME)
        await expect(desk.home).to_contain_text("Who you are here")
        return desk

    def workflow_id(self, name: str) -> str:
        """The id of the only workflow of this name."""
        (found,) = self.play.vi.organization.workflow_ids(name)
        return found

    @property
    def deletions(self) -> int:
        """How many requests to delete something have reached Vi."""
        return self.play.vi.requests.count("DELETE")

    def hold(self, method: str, path: str = "flows/*") -> faults.Hold:
        """Keep the next such request to Vi waiting."""
        return self.play.vi.faults.on(method, path, faults.Hold())

    async def trail(self, action: str = "vi.workflow.delete") -> list[str]:
        """What the trail says of an action, oldest first, each entry with its code."""
        found = await self.play.bot.resources.store.trail(TrailQuery(limit=1000))
        return [
            f"{each.stage} {each.outcome.code if each.outcome else ''}".strip()
            for each in map(content_of, reversed(found))
            if each.action == action
        ]


async def expect_decided(request: Locator, words: str) -> None:
    """The request to approvers says what became of it, and has no button left."""
    await expect(request).to_contain_text(words)
    await expect(request.get_by_role("button", name=re.compile("Approve|Refuse|Details"))).to_have_count(0)


def press(request: Locator, button: str) -> Locator:
    """A button of a request to approvers."""
    return request.get_by_role("button", name=button, exact=True)


def _quoted(name: str) -> str:
    return f'"{name}"'
