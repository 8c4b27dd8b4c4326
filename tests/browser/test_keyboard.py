"""Every page is walked with the Tab key alone: each stop is seen, has a name, and the way leads through to the end."""

from typing import Any

import pytest

from nightside.service.page.places import PLACES, Place
from tests.browser.conftest import SCREENS, OpenSight
from tests.browser.running import Daemon

MOST_STOPS = 200
HERE = """() => {
    const one = document.activeElement;
    if (one === document.body) return null;
    const box = one.getBoundingClientRect();
    const style = getComputedStyle(one);
    const name = one.getAttribute("aria-label") || one.labels?.[0]?.innerText || one.innerText || one.alt || "";
    return {
        what: one.outerHTML.slice(0, 120), name: name.trim(), outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
        covered: one.closest(".actions, .places, .top") ? false : covered(one, box),
    };
    function covered(one, box) {
        const at = document.elementFromPoint(
            Math.min(Math.max(box.left + box.width / 2, 1), innerWidth - 2), Math.min(Math.max(box.top + Math.min(box.height, 40) / 2, 1), innerHeight - 2));
        return Boolean(at?.closest(".actions, .places, .top"));
    }
}"""  # noqa: E501


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_every_stop_of_the_tab_key_is_seen_and_named(daemon: Daemon, open_sight: OpenSight, screen: str, place: Place) -> None:
    page = open_sight(screen, theme="dark").go(f"{daemon.url}{place.path}")
    page.wait_for_load_state("networkidle")
    stops: list[dict[str, Any]] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        if here is None or (stops and here["what"] == stops[0]["what"]):
            break
        stops.append(here)
    else:
        pytest.fail("the way never ends")
    assert len(stops) >= len(PLACES) + 2
    for stop in stops:
        assert stop["name"], stop
        assert stop["seen"], stop
        assert stop["outlined"], stop
        assert not stop["covered"], stop
