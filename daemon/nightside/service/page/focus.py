"""Focus: live view of a body, how large its stars are, and how that goes while a hand turns the ring.

It ends when the page is left, when the phone falls silent, and when the body is needed for the night.
"""

import asyncio
from contextlib import aclosing
from functools import partial

from nicegui import ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from nightside.errors import NightsideError
from nightside.focus.gate import Reserved
from nightside.focus.measuring import Measured, Measuring
from nightside.focus.viewfinder import Viewfinder
from nightside.service.page.charts import Finder, Trend
from nightside.service.page.controls import Instant
from nightside.service.page.lasting import while_open
from nightside.service.page.markup import card, tag
from nightside.service.page.parts import Part
from nightside.service.page.states import empty, refused
from nightside.service.page.tonight import sky_style
from nightside.service.page.visitor import Visitor

SILENT_S = 10.0
"""Machine time. A phone that has not drawn a picture within it is in a pocket, or gone."""
LONGEST_S = 600.0
"""Machine time. A mirror that is up and a sensor that runs empty the battery: whoever still looks starts again."""
LEAST_S = 0.25
"""Machine time between two pictures: measuring takes a processor, and the shutter has only so many."""
LOCK_S = 5.0
TRENDS = {"best": "The best so far", "better": "Better than before", "same": "As before", "worse": "Worse than before"}


async def show(visitor: Visitor) -> None:
    """Build the page."""
    sky_style()
    viewfinders = visitor.offered.viewfinders
    if not viewfinders:
        empty("no_photography", "No body is configured here.")
    with tag("div", classes="cards"):
        for index, viewfinder in enumerate(viewfinders):
            await _Body(visitor, index, viewfinder).build()


class _Body:
    """One body's card."""

    def __init__(self, visitor: Visitor, index: int, viewfinder: Viewfinder) -> None:
        self._visitor, self._index, self._viewfinder = visitor, index, viewfinder
        self._clock = visitor.offered.library.clock
        self._looking = False
        self._wanted = False
        self._drawn = asyncio.Event()
        self._measuring: Measuring | None = None
        self._steps: dict[int, Element] = {}

    async def build(self) -> None:
        now = self._visitor.offered.desk.snapshots[self._index]
        with card(f"{now.model} {now.body}".strip() or "The body", "wide focus"):
            with ui.element("div") as self._fault:
                pass
            self._lock = Part[Reserved | None](lambda reserved: reserved, self._draw_lock)
            self._finder = Finder().on("drawn", self._drawn.set, args=[]).on("aim", self._aim)
            self._button = tag("button", "Look", "button first", type="button").on("click", self._press, args=[])
            with tag("div", classes="row"):
                self._big = tag("span", "", "big focus-size")
                self._words = tag("span", "Live view is off.", role="status")
            self._trend = Trend()
            self._trend.show([], "No measurement yet")
            tag(
                "p",
                "Half-flux diameter of the stars, in pixels of the sensor: smaller is sharper. Dashed: the best.",
                "quiet",
            )
            self._magnifications = tag("div", classes="row", role="group", aria_label="Magnification")
            if not self._visitor.operates:
                tag("p", "You are logged in to look, and not to command: live view is for those who may.", "quiet")
        await self._look_at_lock()
        ui.timer(LOCK_S, self._look_at_lock, immediate=False)

    async def _look_at_lock(self) -> None:
        reserved = await self._viewfinder.reserved()
        self._lock.show(reserved)
        self._button.props["disabled"] = not self._visitor.operates or (reserved is not None and not self._looking)

    def _draw_lock(self, reserved: Reserved | None) -> None:
        if reserved is None:
            return
        with tag("div", classes="state", role="note"):
            tag("strong", "There is no live view now.")
            tag("p", f"{reserved.why} The night comes first: a preview at the wrong moment ends it.")
            if reserved.until is None:
                tag("p", "It is possible again when that is done.", "quiet")
            else:
                with tag("p", "It is possible again at ", "quiet"):
                    Instant(reserved.until, "day")

    def _press(self) -> None:
        if self._looking:
            self._wanted = False
            return
        self._fault.clear()
        try:
            self._visitor.require_operator()
        except NightsideError as error:
            self._refuse(error)
            return
        self._looking = self._wanted = True
        self._button.set_text("End live view")
        self._words.set_text("The mirror goes up…")
        while_open(self._look(), "live view")

    async def _look(self) -> None:
        says = "Live view has ended."
        try:
            async with self._viewfinder.stream() as stream:
                self._measuring = Measuring(stream)
                self._offer_magnifications(stream.capabilities.live_view)
                says = await self._watch(self._measuring)
        except NightsideError as error:
            self._refuse(error)
        finally:
            self._measuring, self._looking = None, False
            self._magnifications.clear()
            self._steps.clear()
            self._finder.show(b"")
            self._button.set_text("Look")
            self._words.set_text(says)

    async def _watch(self, measuring: Measuring) -> str:
        """Show pictures for as long as somebody looks. Gives why it ended."""
        begun = self._machine()
        async with aclosing(measuring.pictures()) as pictures:
            async for one in pictures:
                self._drawn.clear()
                self._show(one, measuring)
                try:
                    await asyncio.wait_for(self._drawn.wait(), SILENT_S)
                except TimeoutError:
                    return "Live view has ended: nobody looked any more."
                if not self._wanted:
                    break
                if self._machine() - begun > LONGEST_S:
                    return "Live view has ended after ten minutes, to save the battery."
                await self._clock.sleep_until(self._clock.instant(self._machine() + LEAST_S))
        return "Live view has ended."

    def _machine(self) -> float:
        return self._clock.machine(self._clock.monotonic())

    def _show(self, one: Measured, measuring: Measuring) -> None:
        self._finder.show(one.shown.jpeg)
        for percent, button in self._steps.items():
            button.props["aria-pressed"] = str(percent == one.shown.look.percent).lower()
            button.update()
        mark, size = one.mark, one.size
        if mark is None:
            seen = "Too much light to tell a star." if size.crowded else "No star found."
            self._words.set_text(one.complaint or seen)
            return
        self._big.set_text(f"{mark.hfd_px:.1f} px")
        stars = f"{size.used} {'star' if size.used == 1 else 'stars'}"
        trend = f"{TRENDS[mark.trend]}; " if mark.trend else ""
        self._words.set_text(f"{trend}best {mark.best_px:.1f} px, {stars}")
        lately = list(measuring.lately)
        self._trend.show(lately, f"The last {len(lately)} star sizes, from {lately[0]:.1f} to {lately[-1]:.1f} pixels")

    def _offer_magnifications(self, percents: tuple[int, ...]) -> None:
        with self._magnifications:
            for percent in percents:
                name = f"{percent} %" if percent else "Whole frame"
                step = tag("button", name, "button", type="button")
                self._steps[percent] = step.on("click", partial(self._magnify, percent), args=[])

    def _magnify(self, percent: int) -> None:
        if self._measuring is not None:
            self._measuring.magnify(percent)

    def _aim(self, event: GenericEventArguments) -> None:
        """Magnify where somebody pressed; once magnified, show the whole frame again."""
        if self._measuring is None:
            return
        place = (_share(event.args.get("x")), _share(event.args.get("y")))
        self._measuring.toggle(place)

    def _refuse(self, error: NightsideError) -> None:
        self._fault.clear()
        with self._fault:
            refused(error)


def _share(given: object) -> float:
    """A number from a browser, from 0 to 1 whatever it sent."""
    return min(max(float(given), 0.0), 1.0) if isinstance(given, int | float) and given == given else 0.5
