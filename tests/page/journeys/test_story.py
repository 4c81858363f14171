"""One person after another at one page: the whole story of a deletion, and what happens while Vi is away."""

import re

from playwright.async_api import Page, expect

from sandbox.screenshots import become, choose_in_row, send
from tests.page.journeys.steps import Journey, in_a_browser

pytestmark = in_a_browser

SUBJECT = "Best-before labels"


async def test_a_workflow_is_found_backed_up_and_deleted_and_the_trail_is_read(journey: Journey) -> None:
    page = await _begin(journey)
    await become(page, "Omar Haddad")
    await _list_and_turn_the_page(page)
    await _show_and_back_up(page)
    await _delete(page)
    await _read_the_trail(page)
    await _be_refused(page)
    organization = journey.play.vi.organization
    names = [organization.workflow(each)["spec"]["name"] for each in organization.workflow_ids()]
    assert SUBJECT not in names
    assert len([name for name in names if name.startswith(f"{SUBJECT} (backup")]) == 2
    assert journey.deletions == 1
    assert await journey.trail() == ["requested", "started", "succeeded ok", "denied refused"]


async def test_while_vi_is_away_that_is_said_and_the_wire_shows_it(journey: Journey) -> None:
    await _lose_vi(await _begin(journey))


async def _begin(journey: Journey) -> Page:
    """The page as it is opened first, with what there is to try."""
    page = (await journey.desk("alice")).page
    await page.get_by_role("button", name="Got it").click()
    return page


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
    await send(page, "/vi list --fresh")
    failure = page.locator("article").last
    await expect(failure).to_contain_text("Vi did not answer", timeout=30_000)
    await expect(failure).to_contain_text("of 12 workflows")
    await page.get_by_role("button", name="Fine", exact=True).click()
    await send(page, "/vi list --fresh")
    await expect(page.locator("article").last).to_contain_text("of 12 workflows")
    await page.get_by_role("tab", name="Wire").click()
    exchange = page.locator("#exchanges details", has_text="Slack → bot").first
    await expect(exchange).to_contain_text("ack")
    await exchange.click()
    await expect(exchange).to_contain_text('"command": "/vi"')
    await expect(page.locator("#exchanges .bad", has_text="bot → Vi").first).to_contain_text("cut")
