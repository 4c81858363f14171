"""Pictures of the page for the project's documents: `python -m tests.trail_page.pictures docs/pictures`.

It needs Playwright's Python library and a Chromium of the system.
"""

import argparse
import asyncio
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.store.sqlite import SqliteStore
from sandbox.screenshots import headless
from tests.trail_page.conftest import write
from tests.trail_page.serving import served
from tests.trail_page.story import month

_PICTURES = {
    "trail-page.png": ("trail/audit_event", "table"),
    "trail-dashboard.png": ("-/dashboards/activity?days=30", "figure.drawn >> nth=2"),
}


async def take(folder: Path) -> None:
    """Serve a month of a team, and take the pictures."""
    with TemporaryDirectory() as scratch:
        path = Path(scratch) / "vi-bot.db"
        store = await SqliteStore.open(path)
        await write(store, month(datetime.now(UTC)))
        await store.close()
        with served(path) as address:
            async with headless() as browser:
                page = await browser.new_page(viewport={"width": 1280, "height": 800}, device_scale_factor=1.5)
                for name, (where, drawn) in _PICTURES.items():
                    await page.goto(f"{address}{where}")
                    await page.locator(drawn).wait_for()
                    await page.screenshot(path=folder / name, animations="disabled", caret="hide")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m tests.trail_page.pictures", description="Take pictures of the page."
    )
    parser.add_argument("folder", type=Path, help="where to put them")
    asyncio.run(take(parser.parse_args().folder))
