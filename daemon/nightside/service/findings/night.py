"""The night itself: how far elements can be trusted, when it comes, and whether there is room for its frames. Computes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from nightside.errors import NightsideError
from nightside.plan.planner import Night
from nightside.plan.values import Plan
from nightside.service.findings.values import Finding, bad, doubt, good, note, refused
from nightside.sky.elements import Elements
from nightside.sky.freshness import Freshness
from nightside.sky.vantage import satellite_of
from nightside.storage.room import free_bytes

AHEAD = timedelta(days=1)
"""How far ahead windows are counted for the forecast of room."""


@dataclass(slots=True)
class NextNight:
    """The next window and those of a day, as planned for the configured model. Looked at on a thread; computing takes a while."""

    now: Callable[[], datetime]
    night: Callable[[], Night]
    planned: Callable[[datetime], Plan]
    spool: Path
    floor: int
    """Bytes that are to be left free on the spool's disk."""
    plan: Plan | None = None
    """The next window's, once it has been looked at and if there is one."""

    def look(self) -> list[Finding]:
        """The elements, the next window, and the room for those of a day."""
        try:
            night = self.night()
        except NightsideError as error:
            return [refused("elements", error)]
        now = self.now()
        return [
            *([aged(elements, night, now)] if (elements := satellite_of(night.vantage)) is not None else []),
            *self._next(night, now),
        ]

    def _next(self, night: Night, now: datetime) -> list[Finding]:
        try:
            self.plan = plan = self.planned(now)
            windows = night.windows(now, now + AHEAD)
        except NightsideError as error:
            return [refused("next-night", error)]
        starts = f"{plan.span.start:%Y-%m-%d %H:%M:%S}"
        says = (
            f"{len(plan.shots)} shots of {plan.program} from {starts} UTC; edges are known to ±{plan.span.uncertainty_s:.1f} s."
        )
        told = [good("next-night", says)]
        told += [note(f"next-night-{number}", warning) for number, warning in enumerate(plan.warnings, 1)]
        return [*told, room(self.spool, plan, max(1, len(windows)), self.floor)]


def aged(elements: Elements, night: Night, now: datetime) -> Finding:
    """How old elements are, and what that costs in seconds."""
    freshness = elements.freshness(now, night.ages)
    days, off_s = elements.age(now) / timedelta(days=1), elements.along_track_uncertainty_s(now)
    says = f"The elements of {elements.name} are {days:.1f} days old ({freshness}): windows are known to ±{off_s:.1f} s."
    if freshness is Freshness.FRESH:
        return good("elements", says)
    remedy = "Fetch newer ones, or name their source under [orbit]."
    if freshness is Freshness.STALE:
        return bad("elements", says, "Nothing is planned by them; after a reboost they are minutes off.", remedy)
    return doubt("elements", says, "A reboost since then moves windows by minutes.", remedy)


def room(folder: Path, plan: Plan, windows: int, floor: int = 0) -> Finding:
    """Whether a folder has room for so many windows like this one, above a floor (bytes) that is left free."""
    there = next(one for one in (folder, *folder.parents) if one.exists())
    free = max(0, free_bytes(there) - floor)
    fit = free // max(1, plan.expected_bytes)
    count = "the next window" if windows == 1 else f"the {windows} windows of a day"
    says = (
        f"{count.capitalize()} may take {windows * plan.expected_bytes / 1e9:.1f} GB; {folder} has room for {free / 1e9:.1f} GB"
    )
    if fit >= windows:
        return good("room", f"{says}.")
    means = "Frames stay on the card until there is room, or the window is shortened, as [storage] room says."
    remedy = "Free some room, name another spool, or let safe frames go earlier (spool_keep_days)."
    if fit == 0:
        return bad("room", f"{says}, which is less than one window.", means, remedy)
    return doubt("room", f"{says}: enough for {fit}.", means, remedy)
