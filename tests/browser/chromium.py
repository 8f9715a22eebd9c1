"""A real Chromium for tests of pages: where it is found, and a file opened in it."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: Where a page may look: at files, and at what stands in itself.
LOCAL = ("file:", "data:", "blob:", "about:")


@dataclass(frozen=True)
class Chromium:
    """The running browser, and the event loop that Playwright drives it with.

    Playwright's sync API leaves its loop set as the running one, where tests of asyncio after it
    would find it. So it is set only while the browser is used.
    """

    browser: Browser
    loop: asyncio.AbstractEventLoop

    @contextmanager
    def in_use(self) -> Iterator[Browser]:
        asyncio._set_running_loop(self.loop)
        try:
            yield self.browser
        finally:
            asyncio._set_running_loop(None)


@contextmanager
def started() -> Iterator[Chromium | None]:
    """The browser, as long as the context lasts; None where this machine has none."""
    with sync_playwright() as playwright:
        program = _program(playwright)
        if program is None:
            yield None
            return
        sandbox = [] if os.geteuid() else ["--no-sandbox"]  # Chromium has none for root
        browser = playwright.chromium.launch(executable_path=program, args=sandbox)
        chromium = Chromium(browser, asyncio.get_running_loop())
        asyncio._set_running_loop(None)
        try:
            yield chromium
        finally:
            asyncio._set_running_loop(chromium.loop)
            browser.close()


def _program(playwright: Playwright) -> str | None:
    """Chromium of the system, or the one that ``playwright install chromium`` brings."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    own = playwright.chromium.executable_path
    return found or (own if Path(own).exists() else None)


@dataclass
class Opened:
    """A page in the browser, with all that went wrong in it and all that it asked the network for."""

    page: Page
    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def _console(self, message: object) -> None:
        kind, text = message.type, message.text  # type: ignore[attr-defined]
        if kind in ("error", "warning"):
            self.problems.append(f"console {kind}: {text}")

    @property
    def elsewhere(self) -> list[str]:
        """Addresses that were asked for and are neither files nor parts of the page."""
        return [url for url in self.requests if not url.startswith(LOCAL)]

    def overflow(self) -> list[str]:
        """What makes the page wider than its window: elements that end right of it.

        Parts of an element that scrolls by itself, or hides what is beyond it, do not count.
        """
        found: list[str] = self.page.evaluate(_OVERFLOW)
        return found

    def axe(self) -> list[str]:
        """Findings of axe-core, of any impact, each with the elements that it is about."""
        found = Axe().run(self.page).response["violations"]
        return [
            f"{one['id']} ({one['impact']}): {one['help']}: "
            + "; ".join(node["html"][:160] for node in one["nodes"][:4])
            for one in found
        ]


#: What the fixture `visit` is: see there.
Visit = Callable[..., Opened]

_OVERFLOW = """() => {
  const root = document.documentElement, width = root.clientWidth;
  if (root.scrollWidth <= width) return [];
  const inside = e => {
    for (let p = e.parentElement; p && p !== document.body; p = p.parentElement)
      if (getComputedStyle(p).overflowX !== 'visible') return true;
    return false;
  };
  return [...document.body.querySelectorAll('*')]
    .filter(e => e.getBoundingClientRect().right > width + 1 && !inside(e))
    .map(e => e.outerHTML.slice(0, 120));
}"""
