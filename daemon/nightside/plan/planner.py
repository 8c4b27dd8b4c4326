"""`Planner`: the next plan, from where and when it is night, a program and a body. Pure, but for how its `Night` is come by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from nightside.errors import ElementsStale, NoNight, PlanImpossible
from nightside.plan.lay import lay_all, usable
from nightside.plan.means import Means
from nightside.plan.occasions import SkyOccasions, sky_arcsec_s
from nightside.plan.programs import AnyProgram
from nightside.plan.values import Plan, Span
from nightside.plan.when import When, without
from nightside.sky.conditions import Condition, Names, parse_condition
from nightside.sky.elements import AgePolicy, Elements, require_usable
from nightside.sky.orbit import propagable_until
from nightside.sky.vantage import Site, Vantage, satellite_of
from nightside.sky.window import Window
from nightside.sky.windows import find_windows
from nightside_drivers.api import Capabilities

SEARCHES = (timedelta(days=1), timedelta(days=30), timedelta(days=366))
"""How far ahead a window is looked for: near first, since it is nearly always there, then for as long as a polar summer lasts."""

AROUND = timedelta(minutes=20)
"""How far beyond a plan's window newer elements are asked where its edges are."""

LONGEST = timedelta(days=1)
"""A longer window is cut: a polar night is many plans, each drained before the next."""


@dataclass(frozen=True, slots=True)
class Night:
    """Where the camera is, and what counts as night there."""

    vantage: Vantage
    condition: Condition
    min_length: timedelta
    ages: AgePolicy = field(default_factory=AgePolicy)
    """How old elements may be."""
    names: Names = field(default_factory=Names)
    """The configuration's own conditions, which anchors may name."""
    not_before: datetime | None = None
    """Windows that start earlier are passed over."""

    @property
    def trusted_until(self) -> datetime | None:
        """When the elements turn stale, or their table ends; `None` where no satellite matters."""
        elements = self._followed
        if elements is None:
            return None
        stale = elements.epoch + self.ages.stale
        return stale if elements.useable_until is None else min(stale, elements.useable_until)

    @property
    def _followed(self) -> Elements | None:
        """The elements that windows depend on: over a site, only where the condition asks for the satellite."""
        if isinstance(self.vantage, Site) and not self.condition.follows_satellite(self.vantage):
            return None
        return satellite_of(self.vantage)

    def windows(self, start: datetime, end: datetime) -> tuple[Window, ...]:
        """The windows between two instants that are long enough, as far as the elements can be trusted.

        Raises:
            ElementsStale: the elements are too old at the start of the range.
        """
        elements, until = self._followed, self.trusted_until
        if elements is not None:
            require_usable(elements, start, self.ages)
            end = propagable_until(elements, start, end if until is None else min(end, until))
        found = find_windows(self.condition, self.vantage, start, end) if start < end else ()
        return tuple(window for window in found if window.duration >= self.min_length and not self._too_early(window))

    def _too_early(self, window: Window) -> bool:
        return self.not_before is not None and window.start < self.not_before


@dataclass(frozen=True, slots=True)
class Planner:
    """Gives the next plan, for the engine and for whoever wants to read it before the night."""

    night: Callable[[], Night]
    """Is asked anew for each plan, since elements and duty plans are replaced while the daemon runs."""
    programs: tuple[AnyProgram, ...]
    """What to shoot in each window where nothing else is asked for: one, or several that share it."""
    lead: timedelta
    """How long before its first shot a body must be started."""
    gap_scale: float
    """Clock seconds in a machine second: how much longer a body's own overhead looks in a rehearsal."""
    meaning: Callable[[When, Night], Condition] = lambda when, _: parse_condition(when.condition or "always")
    """What a program's `when` asks for, as a condition."""

    def of(self, programs: Sequence[AnyProgram]) -> "Planner":
        """The same, with these programs where nothing else is asked for."""
        return replace(self, programs=tuple(programs))

    def span_of(self, plan: Plan) -> Span | None:
        """Where a plan's window lies as it would be computed now; `None` where there is no such window any more.

        Raises:
            Refused: elements or duty plans are missing, damaged or stale.
        """
        night = replace(self.night(), min_length=timedelta())  # one that has begun is shot, however short it turns out to be
        own = plan.span
        found = night.windows(own.start - AROUND, own.end + AROUND)
        meeting = [window for window in found if window.start < own.end and own.start < window.end]
        if not meeting:
            return None
        shared = {window: min(window.end, own.end) - max(window.start, own.start) for window in meeting}
        return usable(max(meeting, key=shared.__getitem__), plan.slack_s)

    def __call__(self, after: datetime, body: Capabilities, program: AnyProgram | None = None) -> Plan:
        """The plan of the first window after an instant that has room for a program, or for the configured ones.

        Raises:
            NoNight: there is none within a year.
            ElementsStale: there is none for as long as the elements can be trusted.
            PlanImpossible: the body cannot do it, whatever the window.
            Refused: elements or duty plans are missing, damaged or stale.
        """
        programs = self.programs if program is None else (program if program.when is None else program.revised({"when": None}),)
        night, start = self.night(), after + self.lead
        means = Means.of(body, body.usb_gap_s * self.gap_scale, sky_arcsec_s(night.vantage, start))
        occasions = SkyOccasions(night.vantage, night.names, night.ages)
        cramped: PlanImpossible | None = None
        for ahead in SEARCHES:
            last = ahead is SEARCHES[-1] or (night.trusted_until is not None and start + ahead >= night.trusted_until)
            for window, wanted in self._windows(night, programs, start, start + ahead):
                if window.clipped_end and window.duration < LONGEST and not last:
                    break  # the longer search will see the whole of it
                try:
                    return lay_all(wanted, _cut(window), means, occasions)
                except PlanImpossible as error:
                    if not error.of_window:
                        raise  # the body's fault
                    cramped = cramped or error
            if last:
                break
        raise cramped or _no_night(night, after)

    def windows(self, night: Night, start: datetime, end: datetime) -> list[tuple[Window, tuple[AnyProgram, ...]]]:
        """The windows of a range, each with the configured programs that it is for. Raises as `Night.windows` does."""
        return self._windows(night, self.programs, start, end)

    def _windows(
        self, night: Night, programs: tuple[AnyProgram, ...], start: datetime, end: datetime
    ) -> list[tuple[Window, tuple[AnyProgram, ...]]]:
        """The windows of a range with what is shot in each: what has a `when` first, and the others in what is left."""
        found: list[tuple[Window, tuple[AnyProgram, ...]]] = []
        for when in dict.fromkeys(program.when for program in sorted(programs, key=lambda program: program.when is None)):
            asked = night
            if when is not None:
                least = max(night.min_length, timedelta(seconds=when.min_length_s))
                asked = replace(night, condition=night.condition & self.meaning(when, night), min_length=least)
            theirs = tuple(program for program in programs if program.when == when)
            taken = [window for window, _ in found]
            for window in asked.windows(start, end):
                found += [(piece, theirs) for piece in without(window, taken, asked.min_length)]
        return sorted(found, key=lambda one: one[0].start)


def _no_night(night: Night, after: datetime) -> NoNight | ElementsStale:
    asked = f"window of {night.min_length.total_seconds():.0f} s or more in which {night.condition} holds"
    if night.trusted_until is not None:
        return ElementsStale(
            f"There is no {asked} before {night.trusted_until:%Y-%m-%d %H:%M} UTC, when the elements are too old to plan by.",
            remedy="Fetch newer elements, widen the condition, or raise [orbit] stale_days.",
            ahead=True,
        )
    return NoNight(
        f"There is no {asked}, for a year from {after:%Y-%m-%d %H:%M} UTC.",
        remedy="Widen the condition, or shorten [night] min_length_s.",
    )


def _cut(window: Window) -> Window:
    if window.duration <= LONGEST:
        return window
    return replace(window, end=window.start + LONGEST, clipped_end=True)
