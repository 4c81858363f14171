"""The page as people use it, in the system's Chromium, while the bot goes on writing."""

import csv
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, Route, expect

from bot.domain.audit import Action, Stage
from bot.store.sqlite import SqliteStore
from bot.store.verification import Verdict, verify_file
from sandbox.screenshots import chromium, headless
from tests.store.samples import a_snapshot
from tests.trail_page.conftest import write
from tests.trail_page.serving import served
from tests.trail_page.story import month, operation

pytestmark = pytest.mark.skipif(
    chromium() is None and not os.environ.get("CI"), reason="there is no Chromium on this machine"
)

SCRIPT = "<script>document.title = 'broken'</script>"


@pytest.fixture
async def story(store: SqliteStore) -> int:
    """A month of a team, and how many entries it has."""
    await write(store, month(datetime.now(UTC)))
    await store.keep_snapshot(a_snapshot())
    return (await store.head()).seq


@pytest.fixture
async def address(path: Path, story: int) -> AsyncIterator[str]:
    """Where the page is served."""
    assert story > 300
    with served(path) as url:
        yield url


@asynccontextmanager
async def shown(url: str) -> AsyncIterator[Page]:
    """The page in a browser that reaches this machine only; in the end nothing was amiss."""
    complaints: list[str] = []
    elsewhere: list[str] = []

    async def keep_here(route: Route) -> None:
        if urlsplit(route.request.url).hostname == "127.0.0.1":
            await route.continue_()
        else:
            elsewhere.append(route.request.url)
            await route.abort()

    async with headless() as browser:
        context = await browser.new_context(viewport={"width": 1280, "height": 800})
        await context.route("**/*", keep_here)
        page = await context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(url)
        yield page
        await context.close()
    assert (complaints, elsewhere) == ([], [])


async def test_looking_at_the_trail_by_clicking(address: str, story: int, tmp_path: Path) -> None:
    async with shown(address) as page:
        await expect(page).to_have_title("Entries · Audit trail")
        await expect(page.locator(".count")).to_contain_text(f"{story} entries · newest first")
        await expect(page.locator("tbody tr")).to_have_count(50)
        await _choose_a_facet(page)
        await _search(page)
        await _take_the_csv(page, tmp_path)
        await _read_one_entry(page)
        await _ask_a_saved_query(page)
        await _look_at_the_dashboard(page)


async def _choose_a_facet(page: Page) -> None:
    stages = page.locator("section[data-column=stage]")
    await stages.get_by_role("link", name="denied").click()
    await expect(page.locator(".count")).to_contain_text('where stage = "denied" · newest first')
    for mark in await page.locator("tbody td.stage").all_inner_texts():
        assert mark == "denied"
    await stages.get_by_role("link", name="denied").click()
    await expect(page.locator(".count")).not_to_contain_text("where")


async def _search(page: Page) -> None:
    await page.get_by_label("Search").fill("cracked started")
    await page.get_by_role("button", name="Search").click()
    await expect(page.locator(".count")).to_contain_text('search matches "cracked started"')
    for row in await page.locator("tbody tr").all_inner_texts():
        assert "Vials, cracked" in row
        assert "started" in row
    await page.get_by_text("Add a filter").click()
    await page.get_by_label("Column").select_option("Person")
    await page.get_by_label("Value").fill("Mira Böhm")
    await page.get_by_role("button", name="Search").click()
    await expect(page.locator(".count")).to_contain_text('actor_name = "Mira Böhm"')


async def _take_the_csv(page: Page, folder: Path) -> None:
    async with page.expect_download() as started:
        await page.get_by_role("link", name="CSV").click()
    download = await started.value
    await download.save_as(folder / "entries.csv")
    with (folder / "entries.csv").open(newline="", encoding="utf-8") as file:
        entries = list(csv.DictReader(file))
    assert {(each["target_name"], each["stage"], each["actor_name"]) for each in entries} == {
        ("Vials, cracked", "started", "Mira Böhm")
    }
    await expect(page.locator(".count strong")).to_have_text(str(len(entries)))


async def _read_one_entry(page: Page) -> None:
    number = await page.locator("tbody td.seq a").first.inner_text()
    await page.locator("tbody td.seq a").first.click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(f"{number} started")
    await expect(page.locator("pre.body")).to_contain_text('"name": "Vials, cracked"')
    await page.get_by_role("link", name="The whole operation").click()
    await expect(page.locator("tbody td.stage").first).to_have_text("requested")
    await expect(page.locator("tbody")).to_contain_text(number)


async def _ask_a_saved_query(page: Page) -> None:
    await page.get_by_role("navigation").get_by_role("link", name="Saved queries").click()
    await page.get_by_role("link", name="Who deleted what").click()
    await expect(page.locator("tbody")).to_contain_text("Omar Haddad")
    await page.get_by_role("navigation").get_by_role("link", name="Saved queries").click()
    await page.get_by_role("link", name="One person's entries").click()
    await page.get_by_label("Person").fill("vera")
    await page.get_by_role("button", name="Show").click()
    await expect(page.locator("tbody tr").first).to_contain_text("Vera Okafor")


async def _look_at_the_dashboard(page: Page) -> None:
    await page.get_by_role("navigation").get_by_role("link", name="Activity").click()
    await expect(page.locator("figure.drawn")).to_have_count(3)
    days = page.locator("#deletions .mark-rect path")
    await expect(days).to_have_count(30)
    await expect(page.locator("#operations")).to_contain_text("succeeded")
    await expect(page.locator("#people")).to_contain_text("Omar Haddad")
    await expect(page.locator(".vega-actions")).to_have_count(0)
    await page.get_by_label("Show the last").select_option("90 days")
    await expect(page).to_have_url(re.compile("days=90$"))
    await expect(page.locator("figure.drawn")).to_have_count(3)
    await expect(days).to_have_count(90)


async def test_new_entries_show_up_while_the_bot_goes_on_writing(
    address: str, path: Path, store: SqliteStore, story: int
) -> None:
    async with shown(address) as page:
        for number in range(3):
            about = f"Brand new {number} {SCRIPT}"
            await write(
                store, operation(9000 + number, datetime.now(UTC), Action.SHOW, {Stage.SUCCEEDED: "ok"}, about=about)
            )
            await page.reload()
            await expect(page.locator("tbody tr").first).to_contain_text(about)
        await page.locator("tbody td.seq a").first.click()
        await expect(page.locator("pre.body")).to_contain_text(SCRIPT)
        await expect(page).to_have_title(f"#{story + 3} · Audit trail")
    assert verify_file(path).entries == story + 3


async def test_nothing_is_written_or_shown_by_typing_addresses(address: str, path: Path, story: int) -> None:
    async with shown(f"{address}trail") as page:
        for statement in (
            "DELETE FROM audit_event",
            "DROP TABLE audit_event",
            "ATTACH 'x' AS y",
            "PRAGMA user_version=3",
        ):
            answer = await page.request.get(f"{address}trail", params={"sql": statement})
            assert answer.status == 403
            answer = await page.request.post(f"{address}trail/deletions", form={"sql": statement})
            assert answer.status == 405
        for hidden in ("snapshot", "snapshot.json", "snapshot.csv", "question", "lock", "screen.json"):
            assert (await page.request.get(f"{address}trail/{hidden}")).status == 404
    found = verify_file(path)
    assert (found.verdict, found.entries) == (Verdict.SOUND, story)
