"""Health: what could spoil the night, in words and marks, with the numbers behind it and the end of the log."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENS, THEMES, OpenSight
from tests.browser.running import Daemon

CARDS = ("Findings", "Numbers", "Sinks", "Last windows", "Agenda", "Log")


def examined(page: Page) -> Page:
    expect(page.get_by_text("more that are well")).to_be_visible(timeout=60_000)
    expect(page.locator(".loading")).to_have_count(0, timeout=60_000)
    return page


@pytest.mark.parametrize("screen", SCREENS)
def test_what_could_spoil_the_night_is_legible_in_every_theme(daemon: Daemon, open_sight: OpenSight, screen: str) -> None:
    sight = open_sight(screen)
    page = examined(sight.go(f"{daemon.url}/health"))
    page.locator("details.more summary").click()
    for theme in THEMES:
        sight.wear(theme)
        assert sight.violations() == []
        sight.name = f"{screen}-{theme}"
        sight.picture("health")
    assert page.evaluate("document.documentElement.scrollWidth") <= SCREENS[screen]["width"]


def test_every_card_says_something(daemon: Daemon, open_sight: OpenSight) -> None:
    page = examined(open_sight().go(f"{daemon.url}/health"))
    for name in CARDS:
        card = page.get_by_role("region", name=name, exact=True)
        assert len(card.inner_text()) > len(name) + 5
    assert "night" in page.locator(".big").first.inner_text() or "well" in page.locator(".big").first.inner_text()
    expect(page.get_by_role("region", name="Sinks")).to_contain_text("frames")
    expect(page.get_by_role("region", name="Numbers")).to_contain_text("GB free")
    expect(page.get_by_role("region", name="Numbers")).to_contain_text("nothing had to be mended")
    expect(page.get_by_role("log")).to_contain_text("UTC")
    expect(page.get_by_role("region", name="Last windows").get_by_role("link").first).to_have_attribute(
        "href", "/frames?window=1"
    )
