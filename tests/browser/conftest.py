"""A browser, a daemon with a page on a twin, and pages at the two sizes that count."""

import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from nightside_drivers.testing import TwinProcess
from tests.browser import axe
from tests.browser.running import SHOOTING, Daemon
from tests.installed import absent

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
SCREENS = {"phone": PHONE, "desk": DESK}
SLOW_MS = 30_000
"""For what the daemon has to do first, on a machine that has other work."""
THEMES = ("night", "dark", "light")
SCREENSHOTS = axe.OUTPUT / "screenshots"


@pytest.fixture(scope="session")
def twin() -> Iterator[TwinProcess]:
    """A twin that all tests of this session share."""
    with TwinProcess() as running:
        yield running


@pytest.fixture(scope="session")
def daemon(twin: TwinProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon that shoots all the while, for tests that only look."""
    with Daemon(tmp_path_factory.mktemp("daemon"), twin, SHOOTING) as running:
        yield running


@pytest.fixture(scope="session")
def axe_script() -> str:
    """axe-core."""
    return axe.source()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The system's Chromium. One a module: while Playwright is there, no other event loop can be."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        absent("no Chromium is installed (Debian: chromium)")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()


@dataclass
class Sight:
    """One open page, and what it did."""

    page: Page
    context: BrowserContext
    name: str
    axe_script: str
    requests: list[str] = field(default_factory=list[str])
    faults: list[str] = field(default_factory=list[str])
    """What it complained of in the console."""

    def go(self, url: str) -> Page:
        """Open an address, and wait until the page is there."""
        self.page.goto(url)
        self.page.wait_for_selector("nav.places")
        return self.page

    def picture(self, name: str) -> Path:
        """A screenshot, as build output."""
        path = SCREENSHOTS / f"{name}-{self.name}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path)
        return path

    def wear(self, theme: str) -> None:
        """Put on another theme."""
        self.page.evaluate("theme => nightside.choose('theme', theme)", theme)

    def violations(self) -> list[str]:
        """What axe-core finds wrong with it now."""
        return axe.violations(self.page, self.axe_script)


@contextmanager
def held(page: Page, button: Locator) -> Generator[None]:
    """Hold a button down, as a thumb does, for as long as the block takes: it is left once what was wanted is seen."""
    expect(button).to_be_enabled(timeout=SLOW_MS)
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    yield
    page.mouse.up()


OpenSight = Callable[..., Sight]
"""`open_sight("phone", theme="night")`."""


@pytest.fixture
def open_sight(browser: Browser, axe_script: str) -> Iterator[OpenSight]:
    """Open a page of a size and in a theme. Afterwards: it asked only this machine for anything, and complained of nothing."""
    sights: list[Sight] = []

    def opened(screen: str = "phone", theme: str = "night", **more: Any) -> Sight:
        context = browser.new_context(viewport=SCREENS[screen], has_touch=screen == "phone", **more)  # type: ignore[arg-type]
        context.add_init_script(
            f"localStorage.getItem('nightside-theme') ?? localStorage.setItem('nightside-theme', '{theme}')"
        )
        sight = Sight(context.new_page(), context, f"{screen}-{theme}", axe_script)
        sight.page.on("request", lambda request: sight.requests.append(request.url))
        sight.page.on("websocket", lambda socket: sight.requests.append(socket.url))
        sight.page.on("pageerror", lambda error: sight.faults.append(str(error)))
        sight.page.on("console", lambda said: sight.faults.append(said.text) if said.type == "error" else None)
        sights.append(sight)
        return sight

    yield opened
    for sight in sights:
        sight.context.close()
    for sight in sights:
        elsewhere = {url for url in sight.requests if urlsplit(url).hostname not in {"127.0.0.1", "localhost", None}}
        assert not elsewhere, "no page asks anybody but its own daemon"
        assert not sight.faults, "no page complains"
