"""The frame around every page: reachable by thumb and by keyboard, legible in each theme, silent towards everybody else."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from nightside.service.page.places import PLACES, Place
from tests.browser.conftest import SCREENS, THEMES, OpenSight
from tests.browser.running import Daemon

NO_ZONE = re.compile(r"\b\d{1,2}:\d{2}(:\d{2})?\b(?![\d.:]*(Z|\+00:00| UTC| local))")
"""A time of day that does not say whose."""


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_every_page_is_usable_by_everybody_in_every_theme(
    daemon: Daemon, open_sight: OpenSight, screen: str, place: Place
) -> None:
    sight = open_sight(screen)
    page = sight.go(f"{daemon.url}{place.path}")
    page.wait_for_load_state("networkidle")
    for theme in THEMES:
        sight.wear(theme)
        assert sight.violations() == []
    loose = [found[0] for found in NO_ZONE.finditer(page.inner_text("main"))]
    assert loose == [], "every time says UTC or local"
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= SCREENS[screen]["width"], "nothing has to be moved sideways"


def test_at_night_nothing_but_red_leaves_the_screen(daemon: Daemon, open_sight: OpenSight) -> None:
    sight = open_sight("phone", theme="night")
    sight.go(daemon.url)
    pixels = np.asarray(Image.open(io.BytesIO(sight.page.screenshot())).convert("RGB"))
    assert pixels[..., 0].max() == 255
    assert not pixels[..., 1:].any()


def test_the_bar_is_below_on_a_phone_and_beside_on_a_wide_screen(daemon: Daemon, open_sight: OpenSight) -> None:
    for screen, size in SCREENS.items():
        page = open_sight(screen).go(daemon.url)
        box = page.locator("nav.places").bounding_box()
        assert box is not None
        assert (box["width"] == size["width"]) is (screen == "phone")
        assert box["y"] + box["height"] == size["height"]
        for link in page.locator("nav.places a").all():
            target = link.bounding_box()
            assert target is not None
            assert min(target["width"], target["height"]) >= 44, "as large as a thumb"


def test_every_page_has_an_address_and_says_where_one_is(daemon: Daemon, open_sight: OpenSight) -> None:
    page = open_sight().go(daemon.url)
    for place in PLACES:
        page.get_by_role("link", name=place.name, exact=True).click()
        page.wait_for_url(f"{daemon.url}{place.path}")
        page.wait_for_selector("nav.places")
        assert page.locator("nav a[aria-current=page]").inner_text().endswith(place.name)
        assert page.get_by_role("heading", level=1).inner_text() == place.name


def test_look_and_zone_are_chosen_by_keyboard_and_kept_in_the_browser(daemon: Daemon, open_sight: OpenSight) -> None:
    sight = open_sight("desk", theme="dark")
    page = sight.go(daemon.url)
    page.get_by_label("Look and time zone").focus()
    page.keyboard.press("Enter")
    page.get_by_role("radio", name="Dark").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("radio", name="UTC", exact=True).focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    page.keyboard.press("Escape")
    assert not page.get_by_role("radio", name="Dark").is_visible()
    page.reload()
    page.wait_for_selector("nav.places")
    kept = page.evaluate("[document.documentElement.dataset.theme, document.documentElement.dataset.zone]")
    assert kept == ["light", "local"]


def test_the_first_thing_that_tab_reaches_leads_past_the_bar(daemon: Daemon, open_sight: OpenSight) -> None:
    page = open_sight("desk").go(daemon.url)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText") == "Skip to main content"


def test_whoever_wants_nothing_to_move_sees_nothing_move(daemon: Daemon, open_sight: OpenSight) -> None:
    page = open_sight(reduced_motion="reduce").go(daemon.url)
    moving = "[...document.querySelectorAll('*')].filter(one => getComputedStyle(one).animationName !== 'none').length"
    assert page.evaluate(moving) == 0
