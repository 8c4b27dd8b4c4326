"""Frames: what was shot, window by window, beside what was planned; each by itself, to be judged and fetched."""

from collections.abc import Awaitable, Callable
from itertools import groupby

from nightside.ledger.records import WindowEntry
from nightside.service.gallery.gallery import Sheet
from nightside.service.library import Unknown
from nightside.service.page import contact_sheet, frame_view
from nightside.service.page.controls import Instant
from nightside.service.page.markup import tag
from nightside.service.page.states import empty
from nightside.service.page.visitor import Visitor

WINDOWS = 40
"""On one page."""
LARGEST = 2**63 - 1


async def show(visitor: Visitor) -> None:
    """Build the page: `?frame=ID` shows one, `?window=ID` a contact sheet, and nothing the windows.

    Raises:
        Unknown: what the address names is not in the ledger.
    """
    gallery = visitor.offered.gallery
    if visitor.wanted("frame"):
        await frame_view.show(visitor, _number(visitor, "frame"))
    elif visitor.wanted("window"):
        window_id = _number(visitor, "window")
        pages: dict[str, Callable[[int, int], Awaitable[Sheet]]] = {
            "best": lambda window, after: gallery.rated(window, range(1, 6), after),
            "rejects": lambda window, after: gallery.rated(window, range(-1, 0), after),
            "extra": gallery.unexplained,
        }
        wanted = pages.get(visitor.wanted("show"), gallery.sheet)
        window = await gallery.window(window_id)
        contact_sheet.show(visitor, window, await wanted(window_id, _number(visitor, "first", 0)))
    else:
        before = _number(visitor, "before", 0) or None
        _windows(await visitor.offered.library.windows(None, before, WINDOWS))


def _windows(windows: list[WindowEntry]) -> None:
    if not windows:
        empty("photo_library", "No window has been shot yet.", "Frames appear here with the first one.")
        return
    for session, some in groupby(windows, key=lambda window: window.session):
        with tag("section", classes="card", aria_label=session):
            tag("h2", session)
            with tag("ul", classes="windows"):
                for window in some:
                    _window(window)
    if len(windows) == WINDOWS:
        tag("a", "Older windows", "button", href=f"/frames?before={windows[-1].id}")


def _window(window: WindowEntry) -> None:
    with tag("li"), tag("a", classes="row", href=f"/frames?window={window.id}"):
        Instant(window.starts_at, "day")
        tag("span", f"{window.program}, {window.shots} shots, body {window.body}")
        tag("span", window.outcome or window.phase, "quiet")


def _number(visitor: Visitor, name: str, otherwise: int | None = None) -> int:
    text = visitor.wanted(name)
    if not text and otherwise is not None:
        return otherwise
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= LARGEST):
        raise Unknown(f"The address asks for {name} {text[:40]!r}, which is no number.", remedy="Go back to Frames.")
    return int(text)
