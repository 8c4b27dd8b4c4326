"""Tonight: what the next day holds, in a sentence, as a timeline, on the map, and as a list."""

from collections.abc import Callable
from datetime import timedelta

from nicegui import ui
from nicegui.element import Element

from nightside.service.outlook.values import NightAhead, Outlook, PlanAhead, Stretch, Trouble
from nightside.service.outlook.words import length
from nightside.service.page.charts import Timeline, WorldMap
from nightside.service.page.controls import Instant
from nightside.service.page.held import address
from nightside.service.page.markup import card, facts, tag
from nightside.service.page.states import empty, later
from nightside.service.page.visitor import Visitor

HALF_A_DAY = timedelta(hours=12)
"""From then on an end without its day would be misread."""
RENEWED_S = 60.0
"""How often (machine time) an open page asks whether the outlook is another one; it is made anew every ten minutes or so."""


async def show(visitor: Visitor) -> None:
    """Build the page."""
    outlooks = visitor.offered.outlooks
    sky_style()
    with tag("div", classes="cards"):
        with card("The next 24 hours", "wide"):
            words = ui.element("div").classes("words")
            Timeline()
        with card("The Earth now", "wide"):
            WorldMap()
            _legend()
        with card("Night by night", "wide"):
            nights = ui.element("div")
    shown: list[Outlook] = []

    def told(outlook: Outlook) -> None:
        if shown and shown[-1] is outlook:
            return
        shown[:] = [outlook]
        _fill(words, _words, outlook)
        _fill(nights, _nights, outlook)

    async def renew() -> None:
        told(await outlooks.ahead())

    with words:
        later(outlooks.ahead, told, "Looking at the sky…")
    ui.timer(RENEWED_S, renew, immediate=False)


def sky_style() -> None:
    """The style of what shows the sky."""
    ui.add_head_html(f'<link rel="stylesheet" href="{address("sky.css")}">')


def _fill(place: Element, build: Callable[[Outlook], None], outlook: Outlook) -> None:
    place.clear()
    with place:
        build(outlook)


def _words(outlook: Outlook) -> None:
    if outlook.no_night is not None:
        _trouble(outlook.no_night)
        return
    tag("p", outlook.says, "numbers", role="status")
    if outlook.no_plan is not None and outlook.nights:
        _trouble(outlook.no_plan)
    elements = outlook.elements
    if elements is not None:
        until = "" if elements.trusted_until is None else f", to be trusted until {elements.trusted_until:%Y-%m-%d %H:%M} UTC"
        age = f"{elements.age_days:.1f} days old ({elements.freshness}){until}"
        facts([("Elements", f"{elements.name}, {age}")])


def _trouble(trouble: Trouble) -> None:
    with tag("div", classes="state fault", role="alert"):
        tag("strong", trouble.what)
        for more in (trouble.means, trouble.remedy):
            if more:
                tag("p", more)
        tag("p", trouble.code, "quiet")


def _nights(outlook: Outlook) -> None:
    if not outlook.nights:
        _none(outlook)
        return
    with tag("ol", classes="nights numbers"):
        for night in outlook.nights:
            _night(night, [plan for plan in outlook.plans if plan.start < night.end and plan.end > night.start])


def _none(outlook: Outlook) -> None:
    night = outlook.next_night
    if night is None:
        empty("wb_sunny", "Nothing is known of the nights to come.", "Above is why.")
        return
    with tag("div", classes="state", role="note"):
        tag("p", "No night until")
        with tag("p", classes="big"):
            Instant(night.start, "day")
        tag("p", f"That one lasts {length(night.end - night.start)}. What counts as night: {outlook.condition}", "quiet")


def _night(night: NightAhead, plans: list[PlanAhead]) -> None:
    with tag("li"):
        with tag("div", classes="nights-when"):
            _stretch(night)
            tag("span", length(night.end - night.start) + (", as far as known" if night.clipped_end else ""), "quiet")
        for plan in plans:
            with tag("div", classes="quiet"):
                tag("span", f"{plan.shots} shots of {plan.program}{'' if plan.laid else ', as it would be planned now'}")
                if plan.drain is not None:
                    tag("span", "; off the card by ")
                    Instant(plan.drain.end)
        if not plans:
            tag("div", "No shots.", "quiet")


def _stretch(stretch: Stretch) -> None:
    with tag("strong"):
        Instant(stretch.start)
        tag("span", " to ")
        Instant(stretch.end, "day" if stretch.end - stretch.start > HALF_A_DAY else "minute")


def _legend() -> None:
    with tag("ul", classes="legend quiet"):
        for says in (
            "Shaded: the night side, darker with each twilight",
            "Thin line: where the Sun is on the horizon",
            "Disc: the Sun overhead; ring: the site, or the station",
            "Track: thick in the Earth's shadow, dotted where already flown",
            "Dashed: configured regions",
        ):
            tag("li", says)
