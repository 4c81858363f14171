"""What governs a deletion, gone through by clicking: a run that blocks it, its undoing, a second person."""

import re

from playwright.async_api import Locator, Page, expect

from sandbox.demo import roles
from sandbox.page.server import PageServer
from sandbox.playground import playground
from sandbox.screenshots import become, send
from tests.page.test_in_a_browser import shown

BUSY, IDLE = "Potholes", "Spills on the floor"


async def test_a_blocked_deletion_leads_to_the_kill_back_to_the_deletion_and_is_undone() -> None:
    async with playground() as play, PageServer.start(play.slack, play.vi, roles=roles(play), port=0) as server:
        (workflow_id,) = play.vi.organization.workflow_ids(BUSY)
        async with shown(server.url) as page:
            await _begin(page)
            await send(page, f'/vi delete "{BUSY}"')
            dialog = page.get_by_role("dialog")
            await expect(dialog).to_contain_text("cannot be deleted now")
            await dialog.get_by_role("button", name=re.compile("^Kill run")).first.click()
            await expect(dialog).to_contain_text("Stopped at once, and for good")
            await _confirm(dialog, "Kill run")
            await expect(dialog).to_contain_text("Deleted at once, and Vi cannot bring it back")
            await _confirm(dialog, "Delete")
            await expect(dialog).to_contain_text(f"Deleted “{BUSY}”.")
            assert workflow_id not in play.vi.organization.workflow_ids()
            await dialog.get_by_role("button", name=re.compile("^Undo")).click()
            await expect(dialog).to_contain_text("It does not exist now")
            await dialog.get_by_role("button", name="Restore", exact=True).click()
            await expect(dialog).to_contain_text(f"Restored “{BUSY}”")
        assert workflow_id in play.vi.organization.workflow_ids()
        assert play.vi.requests.count("DELETE") == 1
        play.slack.assert_clean()


async def test_a_second_person_approves_by_clicking_and_the_home_tab_follows() -> None:
    async with (
        playground(VI_BOT_APPROVALS=({"actions": ("delete",)},)) as play,
        PageServer.start(play.slack, play.vi, roles=roles(play), port=0) as server,
    ):
        async with shown(server.url) as page:
            await _begin(page)
            await page.locator("#side").get_by_role("button", name="Home").click()
            home = page.locator("#home")
            await expect(home).to_contain_text(IDLE)
            await page.locator("#side").get_by_role("button", name=re.compile("ml-ops")).click()
            await send(page, f'/vi delete "{IDLE}"')
            dialog = page.get_by_role("dialog")
            await expect(dialog).to_contain_text("Deleted at once, and Vi cannot bring it back")
            await _confirm(dialog, "Delete")
            await expect(dialog).to_contain_text("A second person has to agree.")
            await page.keyboard.press("Escape")
            await page.locator("#side").get_by_role("button", name="Home").click()
            await expect(home).to_contain_text("Waits for a second person")
            await become(page, "Paula Lindqvist")
            await page.locator("#side").get_by_role("button", name=re.compile("vi-audit")).click()
            request = page.locator("article", has_text="asks for a second person").last
            await request.get_by_role("button", name="Approve", exact=True).click()
            await expect(request).to_contain_text("Agreed by")
            await expect(page.get_by_role("log")).to_contain_text(f"Deleted “{IDLE}”.")
            await expect(request.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
            await become(page, "Omar Haddad")
            await page.locator("#side").get_by_role("button", name="Home").click()
            await expect(home).to_contain_text(f"Delete “{IDLE}”: succeeded")
        assert play.vi.requests.count("DELETE") == 1
        play.slack.assert_clean()


async def _begin(page: Page) -> None:
    await page.get_by_role("button", name="Got it").click()
    await become(page, "Omar Haddad")


async def _confirm(dialog: Locator, submit: str) -> None:
    phrase = dialog.get_by_label("To confirm, type")
    wanted = (await dialog.get_by_text("To confirm, type: ").inner_text()).removeprefix("To confirm, type: ")
    await dialog.get_by_label("Why?").fill("Not needed")
    await phrase.fill(wanted.strip().rstrip("*").strip())
    await dialog.get_by_role("button", name=submit, exact=True).click()
