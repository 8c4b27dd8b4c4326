"""Plan: a recipe is tried, changed and armed by hand, and nothing is armed by looking."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SLOW_MS, THEMES, OpenSight, held
from tests.browser.running import SHOOTING, Daemon

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
    page.get_by_label("For how many windows").fill("3")
    page.get_by_label("For how many windows").press("Tab")
    with held(page, page.get_by_role("button", name="Arm this program")):
        expect(armed).to_contain_text("milky-way, for 3 more windows", timeout=SLOW_MS)
    disarm = page.get_by_role("button", name="Disarm")
    disarm.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => new Promise(resolve => setTimeout(() => resolve(true), 350))")
    page.keyboard.press("Enter")
    expect(armed).to_contain_text("nothing", timeout=SLOW_MS)


def test_what_cannot_be_shot_is_refused_and_the_nearest_that_can_is_a_press_away(
    planning: Daemon, open_sight: OpenSight
) -> None:
    sight = open_sight()
    page = sight.go(f"{planning.url}/plan")
    plan = page.get_by_role("region", name="Next plan")
    page.get_by_label("Recipe").select_option("lightning")  # a minute, which a D3s does not time
    expect(plan.get_by_text("The nearest program that can be shot").first).to_be_visible(timeout=SLOW_MS)
    assert sight.violations() == []
    sight.picture("plan-refused")
    plan.get_by_role("button", name="Try this instead").click()
    expect(plan).to_contain_text("lightning: 29 shots", timeout=SLOW_MS)  # a quarter of an hour of half minutes
    expect(page.get_by_label("Exposure (s)")).to_have_value("30")


def test_what_is_being_typed_stays_while_the_preview_is_drawn_anew(planning: Daemon, open_sight: OpenSight) -> None:
    page = open_sight().go(f"{planning.url}/plan")
    plan = page.get_by_role("region", name="Next plan")
    page.get_by_label("Recipe").select_option("new/interval")
    expect(plan).to_contain_text("interval: 60 shots", timeout=SLOW_MS)
    page.get_by_label("Shots at the most").fill("7")
    page.get_by_label("ISO").press_sequentially("80")  # which leaves the other, and with it the preview is made anew
    expect(plan).to_contain_text("interval: 7 shots", timeout=SLOW_MS)
    expect(page.get_by_label("ISO")).to_have_value("80")


def test_a_sequence_is_made_from_scratch_part_by_part(planning: Daemon, open_sight: OpenSight) -> None:
    sight = open_sight("desk", theme="light")
    page = sight.go(f"{planning.url}/plan")
    plan = page.get_by_role("region", name="Next plan")
    page.get_by_label("Recipe").select_option("new/sequence")
    trail, darks = page.get_by_role("group", name="Part 1: star-trail"), page.get_by_role("group", name="Part 2: darks")
    trail.get_by_label("Whole length (s)").fill("120")
    expect(plan).to_contain_text("Give the focal length", timeout=SLOW_MS)
    trail.get_by_label("Focal length (mm)").fill("24")
    darks.get_by_label("Shots at the most").fill("3")
    darks.get_by_label("Shots at the most").press("Tab")
    expect(plan).to_contain_text("sequence: 6 shots", timeout=SLOW_MS)
    expect(plan).to_contain_text("leaves 0.04 px of a trail dark at 24 mm")
    expect(plan).to_contain_text("To do by hand while it runs")
    page.get_by_role("button", name="Another part").click()
    third = page.get_by_role("group", name="Part 3: darks")
    third.get_by_label("Kind").select_option("interval")
    expect(page.get_by_role("group", name="Part 3: interval")).to_be_visible(timeout=SLOW_MS)
    expect(plan).to_contain_text("sequence: 66 shots", timeout=SLOW_MS)
    assert sight.violations() == []
    sight.picture("plan-sequence")
    page.get_by_role("button", name="Leave out part 3").click()
    expect(plan).to_contain_text("sequence: 6 shots", timeout=SLOW_MS)
