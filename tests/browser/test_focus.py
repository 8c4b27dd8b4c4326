"""Focus: live view and the size of its stars on the phone, locked while a window is armed, ended when nobody looks."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from nightside_drivers.testing import TwinProcess
from tests.browser.conftest import SCREENS, THEMES, OpenSight
from tests.browser.running import Daemon

IDLE = {
    "site": {"latitude_deg": 78.2, "longitude_deg": 15.6},
    "night": {"condition": "sun < -18"},
    "program": {"kind": "interval", "exposure_s": 1, "every_s": 3, "shots": 5},
    "clock": {"start": datetime(2018, 7, 3, 19, 26, tzinfo=UTC), "speed": 1},
}
"""In the polar summer, so that the body is free."""


@pytest.fixture(scope="module")
def idle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """With a body that is free, under stars."""
    with TwinProcess("--scene", "tripod") as stars, Daemon(tmp_path_factory.mktemp("idle"), stars, IDLE) as running:
        yield running


def looking(page: Page) -> Page:
    page.get_by_role("button", name="Look", exact=True).click()
    expect(page.locator(".focus-size")).to_contain_text("px", timeout=30_000)
    return page


@pytest.mark.parametrize("screen", SCREENS)
def test_live_view_and_the_size_of_its_stars_are_legible_in_every_theme(
    idle: Daemon, open_sight: OpenSight, screen: str
) -> None:
    sight = open_sight(screen)
    page = looking(sight.go(f"{idle.url}/focus"))
    expect(page.locator(".finder img")).to_be_visible()
    for theme in THEMES:
        sight.wear(theme)
        assert sight.violations() == []
        sight.name = f"{screen}-{theme}"
        sight.picture("focus")
    assert page.evaluate("document.documentElement.scrollWidth") <= SCREENS[screen]["width"]
    page.get_by_role("button", name="End live view").click()
    expect(page.get_by_text("Live view has ended.")).to_be_visible()


def test_a_place_that_is_pressed_is_magnified_and_pressed_again_is_not(idle: Daemon, open_sight: OpenSight) -> None:
    page = looking(open_sight().go(f"{idle.url}/focus"))
    pixels = page.get_by_role("button", name="100 %")
    page.locator(".finder").click(position={"x": 100, "y": 60})
    expect(pixels).to_have_attribute("aria-pressed", "true")
    page.locator(".finder").click()
    expect(page.get_by_role("button", name="Whole frame")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="End live view").click()
    expect(page.get_by_text("Live view has ended.")).to_be_visible()


def test_a_phone_that_leaves_ends_live_view(idle: Daemon, open_sight: OpenSight) -> None:
    sight = open_sight()
    looking(sight.go(f"{idle.url}/focus"))
    sight.page.close()
    other = open_sight("desk").go(f"{idle.url}/focus")
    seen = "document.querySelector('.focus-size').innerText.includes('px')"
    look, end = (other.get_by_role("button", name=name, exact=True) for name in ("Look", "End live view"))
    for _ in range(100):  # until the first one's link is given up, it is told that somebody else is looking
        look.click()
        other.wait_for_function(f"{seen} || document.querySelector('.state.fault')")
        if other.evaluate(seen):
            break
        other.reload()
    end.click()
    expect(other.get_by_text("Live view has ended.")).to_be_visible()


def test_a_phone_that_shows_nothing_any_more_ends_live_view(idle: Daemon, open_sight: OpenSight) -> None:
    page = looking(open_sight().go(f"{idle.url}/focus"))
    page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true })")
    expect(page.get_by_text("Live view has ended: nobody looked any more.")).to_be_visible(timeout=60_000)
    expect(page.locator(".finder img")).to_have_count(0)


def test_whoever_comes_second_is_told_that_somebody_is_looking(idle: Daemon, open_sight: OpenSight) -> None:
    first = looking(open_sight().go(f"{idle.url}/focus"))
    sight = open_sight("desk")
    second = sight.go(f"{idle.url}/focus")
    second.get_by_role("button", name="Look", exact=True).click()
    expect(second.get_by_text("Somebody else is looking through the camera.")).to_be_visible()
    assert sight.violations() == []
    first.get_by_role("button", name="End live view").click()
    expect(first.get_by_text("Live view has ended.")).to_be_visible()


def test_while_a_window_is_shot_it_is_locked_and_says_why(daemon: Daemon, open_sight: OpenSight) -> None:
    sight = open_sight()
    page = sight.go(f"{daemon.url}/focus")
    expect(page.get_by_text("There is no live view now.")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("is armed")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("button", name="Look", exact=True)).to_be_disabled()
    assert sight.violations() == []
    sight.picture("focus-locked")
