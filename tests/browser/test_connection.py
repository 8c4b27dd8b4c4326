"""A link that goes and comes back while the daemon goes on: the page says so, does nothing late, and is true again by itself."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from nightside_drivers.testing import TwinProcess
from tests.browser.conftest import SLOW_MS, THEMES, OpenSight, held
from tests.browser.relay import Relay
from tests.browser.running import SHOOTING, Daemon

LOST = "Connection lost at"


@pytest.fixture
def shooting(tmp_path: Path) -> Iterator[Daemon]:
    with TwinProcess() as twin, Daemon(tmp_path, twin, SHOOTING) as running:
        yield running


@pytest.fixture
def relay(shooting: Daemon) -> Iterator[Relay]:
    with Relay(shooting.port) as running:
        yield running


def taken(page: Page) -> int:
    found = re.search(r"(\d+) taken", page.get_by_role("region", name="Shutter").inner_text())
    return int(found[1]) if found else 0


def commands(daemon: Daemon) -> list[str]:
    return [line["kind"] for line in daemon.log() if line["event"] == "command"]


@pytest.mark.parametrize("how", ["cut", "silent"])
def test_a_lost_link_is_said_nothing_is_done_late_and_the_truth_comes_back(
    shooting: Daemon, relay: Relay, open_sight: OpenSight, how: str
) -> None:
    sight = open_sight()
    page = sight.go(relay.url)
    stop = page.get_by_role("button", name="Stop after this shot")
    expect(stop).to_be_enabled(timeout=SLOW_MS)
    seen = taken(page)

    relay.tell(how)
    expect(page.get_by_text(LOST)).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_role("heading", name="Shutter")).to_be_visible()
    expect(stop).to_be_disabled()
    expect(stop).to_contain_text("not connected")
    headings = "getComputedStyle(document.querySelector('.card > h2'), '::after').content"
    assert page.evaluate(headings) == '" (from before)"'
    for theme in THEMES:
        sight.wear(theme)
        assert sight.violations() == []
    stop.dispatch_event("pointerdown", {"button": 0})
    stop.evaluate("button => { button.disabled = false; button.click(); }")
    sight.picture(f"connection-{how}")
    opened = len(shooting.twin.truth()) if shooting.twin else 0
    page.wait_for_function("() => new Promise(resolve => setTimeout(() => resolve(true), 6500))")
    assert shooting.twin is not None
    assert len(shooting.twin.truth()) > opened, "the daemon shoots on"

    relay.tell("whole")
    expect(page.get_by_text(LOST)).to_have_count(0, timeout=SLOW_MS)
    expect(stop).to_be_enabled(timeout=SLOW_MS)
    page.wait_for_function(
        "before => Number(/(\\d+) taken/.exec(document.body.innerText)?.[1]) > before", arg=seen, timeout=SLOW_MS
    )
    assert commands(shooting) == []
    sight.faults.clear()  # a browser complains of each attempt to reach what is not there


def test_what_was_pressed_before_anybody_noticed_the_loss_is_not_done_when_it_comes_late(
    shooting: Daemon, relay: Relay, open_sight: OpenSight
) -> None:
    sight = open_sight()
    page = sight.go(relay.url)
    stop = page.get_by_role("button", name="Stop after this shot")
    expect(stop).to_be_enabled(timeout=SLOW_MS)

    relay.tell("silent")
    with held(page, stop):
        page.wait_for_function("() => new Promise(resolve => setTimeout(() => resolve(true), 4500))")
    relay.tell("whole")

    expect(page.get_by_text("and reached nobody until now. Nothing has been done.")).to_be_visible(timeout=SLOW_MS)
    assert commands(shooting) == []
    expect(page.get_by_text(LOST)).to_have_count(0, timeout=SLOW_MS)
    with held(page, stop):
        expect(page.get_by_text("This window ends here")).to_be_visible(timeout=SLOW_MS)
    assert commands(shooting) == ["stop-after-shot"]
    sight.faults.clear()


def test_what_is_pressed_while_nobody_is_reached_is_dropped_and_said_so(
    shooting: Daemon, relay: Relay, open_sight: OpenSight
) -> None:
    sight = open_sight("desk", theme="dark")
    page = sight.go(f"{relay.url}/plan")
    expect(page.get_by_role("region", name="Next plan")).to_contain_text("interval", timeout=SLOW_MS)
    relay.tell("cut")
    expect(page.get_by_text(LOST)).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("button", name="Arm the configuration's").click()
    expect(page.get_by_text("What you pressed has not been done.")).to_be_visible()
    relay.tell("whole")
    expect(page.get_by_text(LOST)).to_have_count(0, timeout=SLOW_MS)
    expect(page.get_by_role("region", name="Next plan")).to_contain_text("interval", timeout=SLOW_MS)
    expect(page.get_by_text("since")).to_have_count(0)  # which an arming would have
    sight.faults.clear()
