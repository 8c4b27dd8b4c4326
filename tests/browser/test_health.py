"""Health: what could spoil the night, in words and marks, with the numbers behind it and the end of the log."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENS, THEMES, OpenSight
from tests.browser.running import WAITING, Daemon

CARDS = ("Findings", "Numbers", "Sinks", "Room in the spool", "Errors since the start", "Last windows", "Agenda", "Log")


def examined(page: Page) -> Page:
    expect(page.get_by_text("more that are well")).to_be_visible(timeout=60_000)
    expect(page.locator(".loading")).to_have_count(0, timeout=60_000)
    return page


@pytest.mark.parametrize("screen", SCREENS)
def test_what_could_spoil_the_night_is_legible_in_every_theme(daemon: Daemon, open_sight: OpenSight, screen: str) -> None:
    sight = open_sight(screen)
    page = examined(sight.go(f"{daemon.url}/health"))
    page.get_by_text("more that are well").click()
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


def test_a_windows_report_and_the_room_of_the_next_day_are_told(daemon: Daemon, open_sight: OpenSight) -> None:
    sight = open_sight()
    page = examined(sight.go(f"{daemon.url}/health"))
    room = page.get_by_role("region", name="Room in the spool")
    expect(room).to_contain_text("in 24 h")
    expect(room.get_by_role("img")).to_have_accessible_name(re.compile("Free room over the next 24 hours"))
    windows = page.get_by_role("region", name="Last windows")
    windows.locator("summary").first.click()
    expect(windows).to_contain_text("400 planned")
    expect(windows).to_contain_text("median")
    expect(windows.get_by_role("link", name="Its frames")).to_have_attribute("href", "/frames?window=1")
    assert sight.violations() == []


def test_errors_are_counted_by_their_code(open_sight: OpenSight, tmp_path: Path) -> None:
    tables = WAITING | {"site": {"latitude_deg": 46.5, "longitude_deg": 8.0}, "night": {"condition": "always"}}
    with Daemon(tmp_path, None, tables) as alone:
        sight = open_sight()
        page = sight.go(f"{alone.url}/health")
        codes = page.get_by_role("region", name="Errors since the start")
        expect(codes).to_contain_text(re.compile(r"(once|\d+ times)"), timeout=60_000)
        told = [line["code"] for line in alone.log() if "code" in line and line["level"] in {"warning", "error"}]
        assert told[0] in codes.inner_text()
        sight.page.close()
