"""Tonight: the day ahead as a sentence, a timeline, a map and a list; and what is said where there is no night."""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SCREENS, THEMES, OpenSight
from tests.browser.running import Daemon

JULY = {"start": datetime(2018, 7, 3, 19, 26, tzinfo=UTC), "speed": 1}
STAR_TRAIL: dict[str, Any] = {"program": {"kind": "star-trail"}, "clock": JULY}


def elements() -> str:
    return str(resources.files("nightside.sky").joinpath("data", "iss-2018-07-03.tle"))


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """Aboard, with a region and duty hours, and no body."""
    condition = "umbra & ~over_box(-10, 30, 10, 50) & weekly('Mon-Sun 19:00-06:00')"
    tables = STAR_TRAIL | {"orbit": {"elements": elements()}, "night": {"condition": condition}}
    with Daemon(tmp_path_factory.mktemp("station"), None, tables) as running:
        yield running


@pytest.fixture(scope="module")
def svalbard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """In the polar summer."""
    tables = STAR_TRAIL | {"site": {"latitude_deg": 78.2, "longitude_deg": 15.6}, "night": {"condition": "sun < -18"}}
    with Daemon(tmp_path_factory.mktemp("svalbard"), None, tables) as running:
        yield running


def drawn(page: Page) -> Page:
    page.wait_for_selector(".timeline[data-drawn]")
    page.wait_for_selector(".world .world-terminator", state="attached")
    return page


@pytest.mark.parametrize("screen", SCREENS)
def test_the_day_ahead_is_drawn_for_everybody_in_every_theme(station: Daemon, open_sight: OpenSight, screen: str) -> None:
    sight = open_sight(screen)
    page = drawn(sight.go(f"{station.url}/tonight"))
    for theme in THEMES:
        sight.wear(theme)
        assert sight.violations() == []
        sight.name = f"{screen}-{theme}"
        sight.picture("tonight")
    assert page.evaluate("document.documentElement.scrollWidth") <= SCREENS[screen]["width"]


def test_the_same_is_said_in_words(station: Daemon, open_sight: OpenSight) -> None:
    page = drawn(open_sight().go(f"{station.url}/tonight"))
    expect(page.get_by_text("Night from 20:06 UTC until 20:42 UTC, 36 min.")).to_be_visible()
    nights = page.locator(".nights li")
    assert nights.count() > 5
    assert nights.first.inner_text().startswith("20:06 UTC to 20:42 UTC")
    assert "shots of star-trail" in nights.first.inner_text()
    page.evaluate("nightside.choose('zone', 'local')")
    expect(nights.first).to_contain_text("local")


def test_the_map_shows_coast_night_side_track_station_and_regions(station: Daemon, open_sight: OpenSight) -> None:
    page = drawn(open_sight("desk").go(f"{station.url}/tonight"))
    assert page.locator(".world path.world-land").count() == 1
    assert page.locator(".world path.world-shade").count() == 4
    assert page.locator(".world path.world-track.umbra").count() >= 1
    assert page.locator(".world path.world-satellite").count() == 1
    assert page.locator(".world path.world-area").count() == 1
    expect(page.locator(".world-says")).to_contain_text("is over")


def test_the_timeline_is_moved_by_keyboard_and_by_buttons(station: Daemon, open_sight: OpenSight) -> None:
    page = drawn(open_sight("desk").go(f"{station.url}/tonight"))
    picture = "document.querySelector('.timeline canvas').toDataURL()"
    seen = [page.evaluate(picture)]
    page.get_by_role("button", name="Closer").click()
    page.wait_for_function(f"seen => {picture} !== seen", arg=seen[-1])
    seen.append(page.evaluate(picture))
    page.get_by_role("group", name="Timeline of the next 24 hours").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"seen => {picture} !== seen", arg=seen[-1])
    page.keyboard.press("0")
    page.wait_for_function(f"seen => {picture} !== seen", arg=seen[-1])


def test_the_timeline_is_moved_by_a_drag(station: Daemon, open_sight: OpenSight) -> None:
    page = drawn(open_sight("desk").go(f"{station.url}/tonight"))
    page.get_by_role("button", name="Closer").click()
    box = page.locator(".timeline canvas").bounding_box()
    assert box is not None
    picture = "document.querySelector('.timeline canvas').toDataURL()"
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.6, middle)
    seen = page.evaluate(picture)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.3, middle, steps=4)
    page.mouse.up()
    page.mouse.move(box["x"] + box["width"] * 0.6, middle)  # where it was, so that nothing but the drag tells them apart
    page.wait_for_function(f"seen => {picture} !== seen", arg=seen)


def test_a_summer_without_night_says_until_when(svalbard: Daemon, open_sight: OpenSight) -> None:
    sight = open_sight()
    page = drawn(sight.go(f"{svalbard.url}/tonight"))
    expect(page.get_by_text("No night until 2018-10-09 21:53 UTC")).to_be_visible()
    expect(page.get_by_text("Tue, 9 Oct 2018, 21:53 UTC")).to_be_visible()
    assert sight.violations() == []
    sight.picture("tonight-without-night")


def test_nights_end_where_the_elements_are_no_longer_trusted(open_sight: OpenSight, tmp_path: Path) -> None:
    late = {"start": datetime(2018, 7, 16, tzinfo=UTC), "speed": 1}
    tables = STAR_TRAIL | {
        "orbit": {"elements": elements(), "stale_days": 12.4},
        "night": {"condition": "umbra"},
        "clock": late,
    }
    with Daemon(tmp_path, None, tables) as old:
        sight = open_sight()
        page = drawn(sight.go(f"{old.url}/tonight"))
        expect(page.get_by_text("(ageing), to be trusted until 2018-07-16 05:01 UTC")).to_be_visible()
        assert 2 <= page.locator(".nights li").count() <= 4
        sight.page.close()


@pytest.mark.parametrize(
    ("library", "says"), [("nicegui-echart", "The timeline could not be loaded"), ("nicegui-leaflet", "The map could not be")]
)
def test_a_picture_that_cannot_be_loaded_leaves_words(station: Daemon, open_sight: OpenSight, library: str, says: str) -> None:
    sight = open_sight()
    page = sight.go(f"{station.url}/tonight")
    imports = "JSON.parse(document.querySelector('script[type=importmap]').textContent).imports"
    page.route(f"{station.url}{page.evaluate(imports)[library]}", lambda route: route.abort())
    page.reload()
    expect(page.get_by_text(says)).to_be_visible()
    expect(page.get_by_text("Night from 20:06 UTC until 20:42 UTC, 36 min.")).to_be_visible()
    expect(page.locator(".world-says")).to_contain_text("is over")
    assert sight.violations() == []
    sight.picture(f"tonight-without-{library}")
    sight.faults.clear()  # that it could not be loaded


def test_when_the_daemon_is_gone_the_last_picture_stays_and_says_that_it_is_old(open_sight: OpenSight, tmp_path: Path) -> None:
    tables = STAR_TRAIL | {"orbit": {"elements": elements()}, "night": {"condition": "umbra"}}
    sight = open_sight()
    with Daemon(tmp_path, None, tables) as lost:
        page = drawn(sight.go(f"{lost.url}/tonight"))
        lost.kill()
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(page.get_by_text("This is as it was when the daemon was last reached.").first).to_be_visible()
        assert page.locator(".world path.world-satellite").count() == 1
    sight.faults.clear()  # that nobody answered any more
