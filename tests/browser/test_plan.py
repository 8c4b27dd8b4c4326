"""Plan: a recipe is tried, changed and armed by hand, and nothing is armed by looking."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import THEMES, OpenSight
from tests.browser.running import SHOOTING, Daemon

SLOW_MS = 30_000
TONIGHT = SHOOTING | {"night": {"condition": "sun < -6"}}


@pytest.fixture
def planning(tmp_path: Path) -> Iterator[Daemon]:
    """A daemon that looks for its body, and plans for the configured model meanwhile."""
    with Daemon(tmp_path, None, TONIGHT) as running:
        yield running


def test_a_recipe_is_tried_changed_armed_and_disarmed(planning: Daemon, open_sight: OpenSight) -> None:
    sight = open_sight("desk")
    page = sight.go(f"{planning.url}/plan")
    plan, armed = page.get_by_role("region", name="Next plan"), page.get_by_role("region", name="Armed")
    expect(plan).to_contain_text("interval: 400 shots", timeout=SLOW_MS)
    expect(plan).to_contain_text("To turn by hand")
    page.get_by_label("Recipe").select_option("milky-way")
    expect(plan).to_contain_text("milky-way:", timeout=SLOW_MS)
    exposure = page.get_by_label("Exposure (s)")
    exposure.fill("-3")
    exposure.press("Enter")
    expect(page.get_by_text("The program is refused")).to_be_visible(timeout=SLOW_MS)
    expect(armed).to_contain_text("configured")
    for theme in THEMES:
        sight.wear(theme)
        assert [one for one in sight.violations() if "q-notification" not in one] == []
    button = page.get_by_role("button", name="Arm this program")
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    expect(armed).to_contain_text("milky-way", timeout=SLOW_MS)
    page.mouse.up()
    disarm = page.get_by_role("button", name="Disarm")
    disarm.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => new Promise(resolve => setTimeout(() => resolve(true), 350))")
    page.keyboard.press("Enter")
    expect(armed).to_contain_text("nothing", timeout=SLOW_MS)
