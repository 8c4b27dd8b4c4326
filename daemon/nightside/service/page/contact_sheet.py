"""A window's contact sheet: its shots in order, planned and taken side by side."""

from nightside.ledger.records import WindowEntry
from nightside.ledger.states import ShotState
from nightside.service.gallery.gallery import SHEET, Sheet, Tile
from nightside.service.page.controls import Instant, Picture
from nightside.service.page.markup import tag
from nightside.service.page.states import empty
from nightside.service.page.visitor import Visitor
from nightside.service.page.words import stars

VIEWS = {"": "All shots", "best": "Starred", "rejects": "Rejects", "extra": "Without a shot"}


def show(visitor: Visitor, window: WindowEntry, sheet: Sheet) -> None:
    """Build it, with the ways to other sheets."""
    here = visitor.wanted("show") if visitor.wanted("show") in VIEWS else ""
    with tag("p", classes="row"):
        tag("a", "All windows", href="/frames")
        tag("strong", window.session)
        Instant(window.starts_at, "day")
    if sheet.counts:
        _account(window, sheet)
    with tag("nav", classes="row", aria_label="Which frames"):
        for name, says in VIEWS.items():
            current = {"aria_current": "true"} if name == here else {}
            tag("a", says, "button", href=_address(window.id, name), **current)
    if sheet.tiles:
        with tag("ul", classes="sheet"):
            for tile in sheet.tiles:
                _tile(tile)
    else:
        empty("photo_library", "No frame of this window is here.")
    with tag("nav", classes="row", aria_label="Sheets"):
        if sheet.counts and sheet.first:
            tag("a", "Earlier", "button", href=_address(window.id, here, max(0, sheet.first - SHEET)))
        if sheet.counts:
            last = min(sheet.first + SHEET, sum(sheet.counts.values()))
            tag("span", f"shots {sheet.first + 1} to {last} of {sum(sheet.counts.values())}", "numbers")
        if sheet.next is not None:
            tag("a", "Later", "button", href=_address(window.id, here, sheet.next))


def _account(window: WindowEntry, sheet: Sheet) -> None:
    planned, missed = sum(sheet.counts.values()), sheet.counts.get(ShotState.MISSED, 0)
    taken = sheet.counts.get(ShotState.EXPOSED, 0)
    says = f"{planned} planned, {taken} taken, {missed} missed"
    tag("p", f"{window.program} on body {window.body}: {says}. {(window.outcome or window.phase).capitalize()}.", "numbers")


def _tile(tile: Tile) -> None:
    shot, first = tile.shot, tile.files[0] if tile.files else None
    number = "no shot" if shot is None else f"shot {shot.index + 1}"
    if first is None:
        with tag("li", classes="missed"):
            tag("strong", number)
            tag("span", (shot.reason or str(shot.state)) if shot is not None else "")
            if shot is not None:
                Instant(shot.open_at, "time")
        return
    with tag("li"), tag("a", href=f"/frames?frame={first.id}"):
        Picture(first.id, f"{first.file.name}, {number}", tile=True)
        with tag("span", classes="row caption"):
            tag("strong", number)
            if first.rating is not None:
                tag("span", stars(first.rating))


def _address(window_id: int, view: str, first: int = 0) -> str:
    return f"/frames?window={window_id}" + (f"&show={view}" if view else "") + (f"&first={first}" if first else "")
