"""A page in the system's Chromium, and what went wrong on it."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from sandbox.screenshots import chromium, headless

_PATIENCE_MS = 15_000
"""For a click to be possible, and for something to be seen, on a machine that has much else to do."""

needs_chromium = pytest.mark.skipif(
    chromium() is None and not os.environ.get("CI"), reason="there is no Chromium on this machine"
)


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

    def assert_nothing_was_wrong(self) -> None:
        """Nothing was complained of, and nothing has left this machine."""
        assert self.complaints == []
        assert self.hosts == {"127.0.0.1"}


@asynccontextmanager
async def opened_by(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A browser that remembers nothing, of one size everywhere, until the block ends."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    try:
        context.set_default_timeout(_PATIENCE_MS)
        expect.set_options(timeout=_PATIENCE_MS)
        yield context
    finally:
        await context.close()


@asynccontextmanager
async def shown(url: str) -> AsyncIterator[Page]:
    """The page in a browser of its own; nothing may be wrong with it in the end."""
    async with headless() as browser, opened_by(browser) as context:
        watched = Watched(await context.new_page())
        await watched.page.goto(url)
        yield watched.page
        watched.assert_nothing_was_wrong()
