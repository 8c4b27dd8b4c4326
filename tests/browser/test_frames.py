"""Frames: ten thousand of them a few at a time, with what was planned beside what was taken, judged and fetched."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import THEMES, OpenSight
from tests.browser.running import WAITING, Daemon
from tests.browser.seed import HOSTILE, MISSED

SHOTS = 10_000


@pytest.fixture(scope="module")
def long_night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A daemon that looks back at ten thousand shots."""
    folder = tmp_path_factory.mktemp("long-night")
    subprocess.run([sys.executable, "-m", "tests.browser.seed", str(folder), str(SHOTS)], check=True)
    with Daemon(folder, None, WAITING) as running:
        yield running


def test_windows_lead_to_sheets_sheets_to_frames_and_frames_to_their_neighbours(
    long_night: Daemon, open_sight: OpenSight
) -> None:
    page = open_sight().go(f"{long_night.url}/frames")
    page.get_by_role("link", name="interval, 10000 shots").click()
    expect(page.locator(".sheet li")).to_have_count(60)
    expect(page.get_by_text("10000 planned, 9999 taken, 1 missed")).to_be_visible()
    expect(page.locator(".sheet li").nth(MISSED)).to_contain_text("was left closed")
    page.get_by_role("link", name="Later").click()
    expect(page.get_by_text("shots 61 to 120 of 10000")).to_be_visible()
    page.get_by_role("link", name="DSC_00060.JPG, shot 61").click()
    expect(page.get_by_role("heading", name="DSC_00060.JPG")).to_be_visible()
    page.get_by_role("link", name="After").click()
    expect(page.get_by_role("heading", name="DSC_00061.JPG")).to_be_visible()
    page.get_by_role("link", name="Contact sheet").click()
    expect(page.get_by_text("shots 61 to 120 of 10000")).to_be_visible()


def test_the_last_sheet_comes_as_the_first_one_does(long_night: Daemon, open_sight: OpenSight) -> None:
    page = open_sight().go(f"{long_night.url}/frames?window=1&first=9960")
    expect(page.get_by_text("shots 9961 to 10000 of 10000")).to_be_visible()
    expect(page.locator(".sheet li")).to_have_count(40)
    expect(page.get_by_role("link", name="Later")).to_have_count(0)
    loaded = "document.querySelectorAll('.sheet img')[0].naturalWidth"
    page.wait_for_function(f"{loaded} === 320")


@pytest.mark.parametrize("screen", ["phone", "desk"])
def test_a_sheet_and_a_frame_are_usable_by_everybody_in_every_theme(
    long_night: Daemon, open_sight: OpenSight, screen: str
) -> None:
    sight = open_sight(screen)
    for address in ("/frames", "/frames?window=1", "/frames?frame=3"):
        page = sight.go(f"{long_night.url}{address}")
        page.wait_for_load_state("networkidle")
        for theme in THEMES:
            sight.wear(theme)
            assert sight.violations() == []
        assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")


def test_stars_are_given_taken_back_and_looked_for(long_night: Daemon, open_sight: OpenSight) -> None:
    page = open_sight("desk", theme="dark").go(f"{long_night.url}/frames?frame=8")
    page.get_by_role("button", name="4 stars").click()
    expect(page.get_by_role("button", name="4 stars")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="5 stars")).to_have_attribute("aria-pressed", "false")
    page.goto(f"{long_night.url}/frames?window=1&show=best")
    expect(page.locator(".sheet li")).to_have_count(1)
    expect(page.locator(".sheet li")).to_contain_text("★★★★")
    page.goto(f"{long_night.url}/frames?frame=8")
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_role("button", name="Reject")).to_have_attribute("aria-pressed", "true")
    page.goto(f"{long_night.url}/frames?window=1&show=best")
    expect(page.get_by_text("No frame of this window is here.")).to_be_visible()


def test_a_frame_is_fetched_as_it_is(long_night: Daemon, open_sight: OpenSight) -> None:
    page = open_sight().go(f"{long_night.url}/frames?frame=3")
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Download").click()
    kept = long_night.folder / "spool" / "20180703-interval" / "20180703T200634Z" / "one.jpg"
    assert fetched.value.path().read_bytes() == kept.read_bytes()


def test_a_name_that_means_ill_is_shown_and_does_nothing(long_night: Daemon, open_sight: OpenSight) -> None:
    sight = open_sight()
    for address in ("/frames?window=1", "/frames?frame=2"):
        page = sight.go(f"{long_night.url}{address}")
        page.wait_for_load_state("networkidle")
    expect(sight.page.get_by_role("heading", level=2).first).to_contain_text(HOSTILE[:30])
    assert sight.page.locator("img[src=x]").count() == 0
    assert "{{7*7}}" in sight.page.inner_text("main")


@pytest.mark.parametrize("wanted", ["window=99", "window=abc", "frame=0", "frame=99999999999999999999", "window=1&first=-1"])
def test_an_address_that_leads_nowhere_says_so_in_words(long_night: Daemon, open_sight: OpenSight, wanted: str) -> None:
    sight = open_sight()
    page = sight.go(f"{long_night.url}/frames?{wanted}")
    expect(page.get_by_role("alert")).to_contain_text("unknown")
    assert sight.violations() == []
