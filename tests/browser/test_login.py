"""From another computer: a token opens the page, says what one may do, and whoever leaves is outside again."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SCREENS, SLOW_MS, THEMES, OpenSight
from tests.browser.relay import Relay
from tests.browser.running import WAITING, Daemon

ELSEWHERE = "127.0.0.2"


@dataclass(frozen=True)
class Away:
    """A daemon as another computer sees it, and its tokens."""

    url: str
    operate: str
    watch: str


def token(daemon: Daemon, name: str, *words: str) -> str:
    command = [sys.executable, "-m", "nightside", "token", "new", name, *words, "--config", str(daemon.config)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture(scope="module")
def away(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Away]:
    daemon = Daemon(tmp_path_factory.mktemp("away"), None, WAITING)
    operate, watch = token(daemon, "phone", "--operate"), token(daemon, "guest")
    with daemon, Relay(daemon.port, seen_as=ELSEWHERE) as relay:
        yield Away(relay.url, operate, watch)


def test_a_wrong_token_is_said_in_words_and_the_right_one_leads_to_the_page_that_was_wanted(
    away: Away, open_sight: OpenSight
) -> None:
    sight = open_sight()
    page = sight.page
    page.goto(f"{away.url}/frames?before=9")
    field = page.get_by_label("Token")
    expect(field).to_be_focused()
    for theme in THEMES:
        sight.wear(theme)
        assert sight.violations() == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SCREENS["phone"]["width"]
    sight.picture("login")
    field.fill("not-one-of-ours")
    field.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("token")
    sight.faults.clear()  # a browser complains of each answer that refuses
    field.fill(away.operate)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{away.url}/frames?before=9")
    page.wait_for_selector("nav.places")
    page.get_by_role("link", name="Plan", exact=True).click()
    disarm = page.get_by_role("button", name="Disarm")
    expect(disarm).to_be_enabled(timeout=SLOW_MS)

    page.get_by_label("Look and time zone").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url(f"{away.url}/login")
    page.goto(f"{away.url}/plan")
    expect(page.get_by_label("Token")).to_be_visible()


def test_a_session_that_ends_leads_every_open_page_to_the_login_and_back(away: Away, open_sight: OpenSight) -> None:
    sight = open_sight()
    page = sight.page
    page.goto(f"{away.url}/frames?before=9")
    page.get_by_label("Token").fill(away.operate)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_selector("nav.places")
    sight.context.request.post(f"{away.url}/api/v1/logout")
    expect(page.get_by_label("Token")).to_be_visible(timeout=SLOW_MS)
    page.get_by_label("Token").fill(away.operate)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{away.url}/frames?before=9")
    sight.faults.clear()  # a browser complains of each answer that refuses


def test_whoever_may_only_look_sees_everything_and_commands_nothing(away: Away, open_sight: OpenSight) -> None:
    sight = open_sight("desk", theme="light")
    page = sight.page
    page.goto(away.url)
    page.get_by_label("Token").fill(away.watch)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_selector("nav.places")
    expect(page.get_by_text("You are logged in to look, and not to command.")).to_be_visible()
    for name in ("Stop after this shot", "Shoot now"):
        expect(page.get_by_role("button", name=name)).to_be_disabled()
    page.get_by_role("link", name="Plan", exact=True).click()
    expect(page.get_by_role("region", name="Armed")).to_contain_text("interval", timeout=SLOW_MS)
    for name in ("Arm the configuration's", "Disarm"):
        expect(page.get_by_role("button", name=name)).to_be_disabled()
