"""Now: what goes on is seen without asking, and one deliberate gesture commands it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from nightside_drivers.testing import TwinProcess
from tests.browser.conftest import OpenSight
from tests.browser.running import SHOOTING, WAITING, Daemon

SLOW_MS = 30_000
"""For what the daemon has to do first, on a machine that has other work."""


@pytest.fixture
def commanded(tmp_path: Path) -> Iterator[Daemon]:
    """A daemon whose night a test may end."""
    with TwinProcess() as twin, Daemon(tmp_path, twin, SHOOTING) as running:
        yield running


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Daemon]:
    """A daemon without a body, and without a night."""
    with Daemon(tmp_path, None, WAITING) as running:
        yield running


def stop_button(page: Page) -> Locator:
    button = page.get_by_role("button", name="Stop after this shot")
    expect(button).to_be_enabled(timeout=SLOW_MS)
    return button


def commands(daemon: Daemon) -> list[str]:
    return [line["kind"] for line in daemon.log() if line["event"] == "command"]


def test_the_body_its_shutter_and_what_comes_next_are_seen_at_once(daemon: Daemon, open_sight: OpenSight) -> None:
    page = open_sight().go(daemon.url)
    body = page.get_by_role("region", name="Body")
    expect(body).to_contain_text("2012345", timeout=SLOW_MS)
    expect(body).to_contain_text("not told")
    expect(body).to_contain_text("f/2.8")
    shutter = page.get_by_role("region", name="Shutter")
    expect(shutter).to_contain_text("of 400", timeout=SLOW_MS)
    expect(shutter.get_by_text("Open", exact=True)).to_be_visible(timeout=SLOW_MS)
    expect(shutter.get_by_role("timer")).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_role("region", name="Next")).to_contain_text(" UTC", timeout=SLOW_MS)


def test_every_time_says_local_once_that_is_chosen(daemon: Daemon, open_sight: OpenSight) -> None:
    page = open_sight(timezone_id="Asia/Kathmandu").go(daemon.url)
    told = page.get_by_role("region", name="Body").get_by_text("As it said at")
    expect(told).to_contain_text(" UTC", timeout=SLOW_MS)
    page.get_by_label("Look and time zone").click()
    page.get_by_role("radio", name="Local time of this device").check()
    expect(told).to_contain_text(" local")
    minutes = {text.split()[-2].split(":")[1] for text in [told.inner_text()]}
    in_utc = page.locator("time").last.get_attribute("title")
    assert in_utc is not None
    assert int(minutes.pop()) == (int(in_utc.split(":")[1]) + 45) % 60, "Kathmandu is a quarter of an hour off the hour"


def test_a_tap_commands_nothing_and_a_press_that_is_held_stops_the_window_after_its_shot(
    commanded: Daemon, open_sight: OpenSight
) -> None:
    page = open_sight().go(commanded.url)
    button = stop_button(page)
    button.tap()
    assert commands(commanded) == []
    box = button.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    expect(page.get_by_text("This window ends here")).to_be_visible(timeout=SLOW_MS)
    page.mouse.up()
    assert commands(commanded) == ["stop-after-shot"]
    assert commanded.twin is not None
    assert all(shot["closed"] is not None for shot in commanded.twin.truth()[:-1])


def test_the_emergency_wants_two_presses_of_a_key_and_holding_it_down_is_one(commanded: Daemon, open_sight: OpenSight) -> None:
    page = open_sight("desk", theme="light").go(commanded.url)
    stop_button(page)
    button = page.get_by_role("button", name="Shoot now")
    button.focus()
    page.keyboard.down("Enter")
    page.keyboard.down("Enter")  # which is what a browser says of a key that is held down
    page.keyboard.up("Enter")
    expect(button).to_contain_text("press again")
    assert commands(commanded) == []
    page.wait_for_function("() => new Promise(resolve => setTimeout(() => resolve(true), 350))")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The emergency program begins")).to_be_visible(timeout=SLOW_MS)
    assert commands(commanded) == ["emergency"]


def test_with_no_camera_and_no_night_the_page_says_both(alone: Daemon, open_sight: OpenSight) -> None:
    sight = open_sight()
    page = sight.go(alone.url)
    expect(page.get_by_text("No camera has been found yet.")).to_be_visible()
    expect(page.get_by_role("button", name="Stop after this shot")).to_be_disabled()
    expect(page.get_by_role("button", name="Shoot now")).to_be_disabled()
    assert sight.violations() == []


def test_what_has_to_come_before_anything_goes_on_is_said_in_words(tmp_path: Path, open_sight: OpenSight) -> None:
    with TwinProcess() as twin, Daemon(tmp_path, twin, WAITING) as waiting:
        sight = open_sight(theme="light")
        page = sight.go(waiting.url)
        coming = page.get_by_role("region", name="Next")
        expect(coming).to_contain_text("night", timeout=SLOW_MS)
        assert sight.violations() == []
        page.request.delete(f"{waiting.url}/api/v1/armed")
        expect(coming).to_contain_text("no window is begun until a program is armed", timeout=SLOW_MS)
        expect(page.get_by_role("region", name="Shutter")).to_contain_text("Disarmed.")
        page.close()


def test_a_lost_connection_is_said_and_so_is_its_end(commanded: Daemon, open_sight: OpenSight) -> None:
    sight = open_sight()
    page = sight.go(commanded.url)
    stop_button(page)
    commanded.kill()
    expect(page.get_by_text("Connection lost at")).to_be_visible(timeout=SLOW_MS)
    assert page.get_by_text("Connection lost at").inner_text().endswith("UTC.")
    assert sight.violations() == []
    commanded.start()
    expect(page.get_by_text("The daemon was restarted.")).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_text("Connection lost at")).to_have_count(0)
    stop_button(page)
    sight.faults.clear()  # a browser complains of each attempt to reach what is not there
