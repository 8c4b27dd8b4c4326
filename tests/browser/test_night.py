"""A whole night with one thumb: a recipe is chosen, armed, watched and stopped, and its frames are looked at."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from nightside_drivers.testing import TwinProcess
from tests.browser.conftest import OpenSight, held
from tests.browser.running import Daemon

SLOW_MS = 60_000
F_NUMBER = 0x5007
NOTHING_YET: dict[str, Any] = {
    "site": {"latitude_deg": 46.5, "longitude_deg": 8.0},
    "night": {"condition": "always"},
    "program": {"kind": "interval", "exposure_s": 1, "every_s": 3, "shots": 5, "when": {"condition": "sun > 80 & sun < -80"}},
}
"""It is night, and the configured program is for another one that never comes: what is shot is what a person arms."""


@pytest.fixture
def twin() -> Iterator[TwinProcess]:
    with TwinProcess("--scene", "tripod") as running:
        yield running


@pytest.fixture
def idle(tmp_path: Path, twin: TwinProcess) -> Iterator[Daemon]:
    with Daemon(tmp_path, twin, NOTHING_YET) as running:
        yield running


def goes_to(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


@pytest.mark.parametrize(("screen", "theme", "then"), [("phone", "night", "dark"), ("desk", "dark", "light")])
def test_a_whole_night_is_shot_from_the_page_alone(
    idle: Daemon, twin: TwinProcess, open_sight: OpenSight, screen: str, theme: str, then: str
) -> None:
    sight = open_sight(screen, theme=theme)
    page = sight.go(idle.url)
    expect(page.get_by_role("region", name="Body")).to_contain_text(twin.serial, timeout=SLOW_MS)

    goes_to(page, "Plan")
    page.get_by_label("Recipe").select_option("iss-star-trail")
    plan, armed = page.get_by_role("region", name="Next plan"), page.get_by_role("region", name="Armed")
    page.get_by_label("Exposure (s)").fill("1")
    page.get_by_label("Exposure (s)").press("Enter")
    expect(plan).to_contain_text("iss-star-trail: 750 shots", timeout=SLOW_MS)
    expect(plan).to_contain_text("f/4.5")
    sight.picture("night-plan")
    with held(page, page.get_by_role("button", name="Arm this program")):
        expect(armed).to_contain_text("iss-star-trail", timeout=SLOW_MS)

    goes_to(page, "Now")
    twin.control.dial(F_NUMBER, 450)
    shutter = page.get_by_role("region", name="Shutter")
    expect(shutter).to_contain_text(re.compile(r"Shot ([2-9]|\d{2,}) of \d+"), timeout=SLOW_MS)
    expect(shutter.get_by_role("timer")).to_be_visible(timeout=SLOW_MS)
    sight.wear(then)
    assert sight.violations() == []
    sight.picture("night-now")
    expect(shutter).to_contain_text(re.compile(r"Shot ([4-9]|\d{2,}) of \d+"), timeout=SLOW_MS)
    with held(page, page.get_by_role("button", name="Stop after this shot")):
        expect(page.get_by_text("This window ends here")).to_be_visible(timeout=SLOW_MS)
    expect(shutter).to_contain_text(
        re.compile(r"shots, 0 taken"), timeout=SLOW_MS
    )  # its frames are safe, and the next is armed

    frame = page.get_by_role("region", name="Last frame")
    expect(frame).to_contain_text("This is the last one before it.", timeout=SLOW_MS)
    expect(frame.get_by_role("img", name="Histogram")).to_be_visible(timeout=SLOW_MS)

    goes_to(page, "Frames")
    page.get_by_role("link", name="iss-star-trail").last.click()  # the window after it is armed already
    opened = len(twin.truth())
    assert opened >= 3
    expect(page.locator(".sheet img")).to_have_count(opened, timeout=SLOW_MS)
    page.locator(".sheet a").first.click()
    page.wait_for_function("document.querySelector('.picture img')?.naturalWidth > 0", timeout=SLOW_MS)
    page.get_by_role("button", name="5 stars").click()
    expect(page.get_by_role("button", name="5 stars")).to_have_attribute("aria-pressed", "true")
    sight.picture("night-frame")
