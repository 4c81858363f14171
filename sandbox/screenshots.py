"""Pictures of the page for the project's documents, taken from a story that is told by clicking.

`python -m sandbox.screenshots docs/pictures` writes list.png, delete.png, outcome.png, approval.png, home.png and
audit.png. It needs Playwright's Python library and a Chromium of the system.
"""

import argparse
import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, async_playwright

from sandbox.demo import roles
from sandbox.page.server import PageServer
from sandbox.playground import playground

CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-lcd-text",
)
_LARGEST = 350_000  # bytes: the pictures are part of the repository
_WIDTH, _HEIGHT, _SCALE = 1280, 740, 1.5
_SUBJECT, _ANOTHER = "Best-before labels", "Spills on the floor"


def chromium() -> str | None:
    """Where the system's Chromium is, if it has one."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@asynccontextmanager
async def headless() -> AsyncIterator[Browser]:
    """A Chromium without a window, until the block ends.

    Raises:
        LookupError: There is none on this machine.
    """
    path = chromium()
    if path is None:
        raise LookupError("there is no Chromium on this machine")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=[*CHROMIUM_ARGUMENTS])
        try:
            yield browser
        finally:
            await browser.close()


async def send(page: Page, line: str) -> None:
    """Type a line into the composer, and send it."""
    composer = page.get_by_role("combobox", name="Message")
    await composer.fill(line)
    await composer.press("Enter")


async def choose_in_row(page: Page, row: str, item: str) -> None:
    """Open the menu of a row, and choose from it."""
    await page.locator(".block.section", has_text=row).get_by_role("button", name="More actions").first.click()
    await page.get_by_role("menuitem", name=item).click()


async def become(page: Page, name: str) -> None:
    """Be somebody else."""
    await page.locator("#people").get_by_role("button", name=name).click()


async def go_to(page: Page, place: str) -> None:
    """Open a channel, or the app's Home tab."""
    await page.locator("#side").get_by_role("button", name=place).first.click()


async def _close(dialog: Locator) -> None:
    await dialog.locator("footer").get_by_role("button", name="Close").click()
    await dialog.wait_for(state="hidden")  # until then, what is typed beside it goes nowhere


async def take(folder: Path) -> None:
    """Tell the story, and take the pictures."""
    async with (
        headless() as browser,
        playground(VI_BOT_APPROVALS=({"actions": ("delete",), "above": 1},)) as play,
        PageServer.start(play.slack, play.vi, roles=roles(play), port=0) as server,
    ):
        context = await browser.new_context(
            viewport={"width": _WIDTH, "height": _HEIGHT},
            device_scale_factor=_SCALE,
            color_scheme="light",
            reduced_motion="reduce",
        )
        page = await context.new_page()
        await page.goto(server.url)
        await page.get_by_role("button", name="Got it").click()
        await page.get_by_role("button", name="Fold this panel away").click()
        await become(page, "Omar Haddad")
        await send(page, "/vi list")
        await page.get_by_text("1–10 of").wait_for()
        await _picture(page, folder / "list.png")
        await choose_in_row(page, _SUBJECT, "Delete…")
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Why?").fill("Replaced by the new one")
        await dialog.get_by_label("To confirm, type").fill(_SUBJECT)
        await _picture(page, folder / "delete.png")
        await dialog.get_by_role("button", name="Delete", exact=True).click()
        await dialog.get_by_text(f"Deleted “{_SUBJECT}”.").wait_for()
        await _picture(page, folder / "outcome.png")
        await _close(dialog)
        await send(page, f'/vi delete "{_ANOTHER}"')
        await dialog.get_by_label("Why?").fill("The line was taken down")
        await dialog.get_by_label("To confirm, type").fill(_ANOTHER)
        await dialog.get_by_role("button", name="Delete", exact=True).click()
        await dialog.get_by_text("A second person has to agree.").wait_for()
        await _close(dialog)
        await go_to(page, "Home")
        await page.locator("#home").get_by_text(_ANOTHER).first.wait_for()
        await _picture(page, folder / "home.png")
        await become(page, "Alice Moreau")
        await go_to(page, "vi-audit")
        await page.get_by_role("button", name="Approve", exact=True).wait_for()
        await _picture(page, folder / "approval.png")
        await go_to(page, "ml-ops")
        await send(page, "/vi audit")
        await page.get_by_text("entries, everybody's.").last.wait_for()
        await _picture(page, folder / "audit.png")


async def _picture(page: Page, path: Path) -> None:
    size = len(await page.screenshot(path=path, animations="disabled", caret="hide"))
    sys.stdout.write(f"{path}: {size / 1000:,.0f} kB\n")
    if size > _LARGEST:
        raise ValueError(f"{path} is larger than {_LARGEST / 1000:,.0f} kB")


def main() -> None:
    """Read the command line and take the pictures."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.screenshots", description="Take pictures of the page.")
    parser.add_argument("folder", type=Path, help="where to put them")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(folder))


if __name__ == "__main__":
    main()
