"""When what anchors name happens: conditions, passes, and the risings and settings of Sun and Moon. Asks the sky; pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from difflib import get_close_matches

from nightside.errors import PlanImpossible
from nightside.plan.anchors import EVENTS, FURTHEST, PASS, WINDOW
from nightside.sky.conditions import Condition, Names
from nightside.sky.conditions.vocabulary import WORDS
from nightside.sky.elements import AgePolicy, Elements, require_usable
from nightside.sky.orbit import propagable_until
from nightside.sky.passes import Pass, find_passes
from nightside.sky.vantage import Site, Spacecraft, Vantage, satellite_of
from nightside.sky.window import Window
from nightside.sky.windows import find_windows

SIDEREAL_ARCSEC_S = 15.041
"""How fast the stars turn over a site."""
REVOLUTION_ARCSEC = 1_296_000.0
BEYOND_ORBIT = timedelta(hours=3)
"""How far beside a window a spacecraft's occasions are looked for: two revolutions of a low orbit."""


@dataclass(frozen=True, slots=True)
class SkyOccasions:
    """The occasions of one vantage."""

    vantage: Vantage
    names: Names
    ages: AgePolicy = field(default_factory=AgePolicy)
    """How old elements may be."""

    def instant(self, name: str, point: str, window: Window) -> datetime | None:
        """The instant inside a window, or else the one nearest to it; of a condition that holds in it, its own span's.

        Raises:
            PlanImpossible: nothing is called so, or not from here.
            ElementsStale: the satellite whose pass it is may be anywhere by then.
        """
        if name == PASS:
            return self._of_pass(point, window)
        if name in EVENTS:
            return self._event(name, window)
        return self._of_condition(self._called(name), point, window)

    def uncertainty_s(self, name: str, window: Window) -> float:
        """Of a satellite's, what its elements leave open; of the Sun's and the Moon's over a site, next to nothing."""
        elements = satellite_of(self.vantage)
        if elements is None:
            return 0.0
        moves = name == PASS or self._condition_of(name).follows_satellite(self.vantage)
        return elements.along_track_uncertainty_s(window.end) if moves else 0.0

    def _condition_of(self, name: str) -> Condition:
        if name.startswith("moon") and name in EVENTS:
            return WORDS["moon_up"]
        if name in EVENTS:
            return WORDS["sunlit" if isinstance(self.vantage, Spacecraft) else "daylight"]
        return self._called(name)

    def _event(self, name: str, window: Window) -> datetime | None:
        spans = self._spans(self._condition_of(name), window)
        if name.endswith("rise"):
            instants = [span.start for span in spans if not span.clipped_start]
        else:
            instants = [span.end for span in spans if not span.clipped_end]
        inside = [instant for instant in instants if window.start <= instant <= window.end]
        return inside[0] if inside else min(instants, key=lambda instant: _distance(instant, window), default=None)

    def _of_condition(self, condition: Condition, point: str, window: Window) -> datetime | None:
        spans = [span for span in self._spans(condition, window) if not _is_cut(span, point)]
        if not spans:
            return None
        best = max(spans, key=lambda span: (_overlap(span, window), -_distance(span.start + span.duration / 2, window)))
        return {"start": best.start, "middle": best.start + best.duration / 2, "end": best.end}[point]

    def _of_pass(self, point: str, window: Window) -> datetime | None:
        """Of the passes that culminate in a window: the highest that can be seen, or else the highest."""
        if not isinstance(self.vantage, Site) or self.vantage.satellite is None:
            raise PlanImpossible(
                "An anchor names a pass, and there is no satellite to pass over a site here.",
                means="It cannot be said when to shoot.",
                remedy='Name its elements under [site]: elements = "iss.tle".',
            )
        found = self._passes(self.vantage, self.vantage.satellite, window)
        best = max(found, key=lambda one: (one.visible, one.max_elevation_deg), default=None)
        return None if best is None else {"rise": best.rise, "culmination": best.culmination, "set": best.set}[point]

    def _passes(self, site: Site, elements: Elements, window: Window) -> Sequence[Pass]:
        require_usable(elements, window.end, self.ages)
        return find_passes(elements, site, window.start, window.end)

    def _called(self, name: str) -> Condition:
        known = {**WORDS, **self.names.conditions}
        if name not in known:
            near = get_close_matches(name, [*known, *EVENTS, PASS, WINDOW], 1)
            meant = f" Did you mean {near[0]}?" if near else ""
            raise PlanImpossible(
                f"An anchor names {name}, which is no condition, pass, rising or setting.{meant}",
                means="It cannot be said when to shoot.",
                remedy="docs/reference/programs.md lists what anchors may name.",
            )
        return known[name]

    def _spans(self, condition: Condition, window: Window) -> Sequence[Window]:
        """Where a condition holds in a window and beside it, as far as the satellite's place can be computed."""
        elements = satellite_of(self.vantage) if condition.follows_satellite(self.vantage) else None
        beside = FURTHEST if elements is None else BEYOND_ORBIT
        first, last = window.start - beside, window.end + beside
        if elements is not None:
            last = max(window.end, propagable_until(elements, window.end, last))
            if elements.useable_until is not None:
                first, last = max(first, min(elements.epoch, window.start)), min(last, max(elements.useable_until, window.end))
        return find_windows(condition, self.vantage, first, last)


def sky_arcsec_s(vantage: Vantage, at: datetime) -> float:
    """How fast the stars turn in front of a camera: about the orbit's pole, once a revolution, or about the Earth's."""
    from nightside.sky.almanac import Almanac
    from nightside.sky.instants import seconds

    if isinstance(vantage, Site):
        return SIDEREAL_ARCSEC_S
    return REVOLUTION_ARCSEC / Almanac(vantage, seconds(at), seconds(at) + 1.0).orbit.period_s


def _is_cut(span: Window, point: str) -> bool:
    """Whether the edge that is asked for is only where the search began or ended."""
    return (span.clipped_start and point != "end") or (span.clipped_end and point != "start")


def _overlap(span: Window, window: Window) -> timedelta:
    return max(timedelta(0), min(span.end, window.end) - max(span.start, window.start))


def _distance(instant: datetime, window: Window) -> timedelta:
    return max(window.start - instant, instant - window.end, timedelta(0))
