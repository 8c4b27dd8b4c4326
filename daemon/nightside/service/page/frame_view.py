"""One frame by itself: its picture, its shades, what was planned and what was taken, its files, and what a person thinks of it."""

from functools import partial

from nightside.errors import NightsideError
from nightside.ledger.records import FrameRecord, ShotRecord
from nightside.service.gallery.gallery import SHEET, Tile
from nightside.service.page.controls import Histogram, Instant, Picture
from nightside.service.page.markup import card, facts, tag
from nightside.service.page.parts import Part
from nightside.service.page.states import report
from nightside.service.page.visitor import Visitor
from nightside.service.page.words import settings, sized, told

STARS = range(1, 6)
REJECTED = -1


async def show(visitor: Visitor, frame_id: int) -> None:
    """Build it.

    Raises:
        Unknown: there is no such frame.
    """
    gallery = visitor.offered.gallery
    tile = await gallery.tile(frame_id)
    before, after = await gallery.beside(tile)
    first = tile.files[0]
    with tag("nav", classes="row", aria_label="Other frames"):
        sheet = f"&first={tile.shot.index // SHEET * SHEET}" if tile.shot is not None else "&show=extra"
        tag("a", "Contact sheet", "button", href=f"/frames?window={first.window_id}{sheet}")
        for says, other in (("Before", before), ("After", after)):
            if other is not None:
                tag("a", says, "button", href=f"/frames?frame={other}")
    tag("h2", first.file.name)
    Picture(first.id, f"{first.file.name}, as its own preview shows it")
    with tag("div", classes="cards"):
        with card("Judgement"):
            _rating(visitor, first)
        with card("Shades"):
            Histogram(first.id)
        if tile.shot is not None:
            with card("Planned and taken"):
                _shot(tile.shot)
        with card("Files"):
            _files(tile)


def _rating(visitor: Visitor, frame: FrameRecord) -> None:
    async def judge(rating: int | None) -> None:
        try:
            visitor.require_operator()
            judged = await visitor.offered.gallery.rate(frame.id, rating)
        except NightsideError as error:
            report(f"{error.what} {error.remedy}", wrong=True)
        else:
            part.show(judged[0].rating)

    def draw(rating: int | None) -> None:
        with tag("div", classes="row", role="group", aria_label="Rating"):
            for count in STARS:
                lit = rating is not None and rating >= count
                button = tag("button", "★" if lit else "☆", "button star", type="button", aria_pressed=str(lit).lower())
                button.props["aria-label"] = f"{count} star{'s' if count > 1 else ''}"
                button.on("click", partial(judge, None if rating == count else count))
            rejected = rating == REJECTED
            button = tag("button", "Reject", "button", type="button", aria_pressed=str(rejected).lower())
            button.on("click", partial(judge, None if rejected else REJECTED))

    part: Part[int | None] = Part(lambda rating: rating, draw)
    part.show(frame.rating)


def _shot(shot: ShotRecord) -> None:
    with tag("p", f"Shot {shot.index + 1}, planned for "):
        Instant(shot.open_at, "time")
        tag("span", f", for {(shot.close_at - shot.open_at).total_seconds():g} s")
    if shot.opened_at is not None:
        with tag("p", "Opened at "):
            Instant(shot.opened_at, "time")
            tag("span", f", {told(None if shot.opened_late_s is None else round(shot.opened_late_s * 1000, 1), ' ms')} late")
    if shot.reason:
        tag("p", shot.reason, "warn")
    if shot.settings:
        facts(settings(shot.settings))


def _files(tile: Tile) -> None:
    for one in tile.files:
        with tag("div", classes="row"):
            tag("strong", one.file.name)
            tag("span", f"{sized(one.size)}, {one.state}")
            if one.spool_path is not None and one.pruned_at is None:
                tag("a", "Download", "button", href=f"/api/v1/frames/{one.id}/file", download=True)
        known = [("SHA-256", told(one.sha256)), *((f"in {sink}", path) for sink, path in one.copies)]
        known += [(name, value) for name, value in (("flag", one.flag), ("trouble", one.error)) if value]
        facts(known)
