"""Nights and passes in a range of time, as a running daemon and the command line tell them. Pure.

Up to a second of work, and ten where a year is looked through for a night: not for the event loop.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from nightside.errors import ConditionRefused, RangeRefused
from nightside.plan.planner import Night
from nightside.service.outlook.found import ElementsUsed, NightFound, Nights, Passes, PassFound
from nightside.sky.conditions import Condition, parse_condition
from nightside.sky.elements import Elements
from nightside.sky.freshness import AgePolicy
from nightside.sky.passes import find_passes
from nightside.sky.report import age_of, circumstances, describe_elements, remarks, worst_of
from nightside.sky.vantage import Site, Vantage, satellite_of
from nightside.sky.window import Window
from nightside.sky.windows import LATEST, SEARCH, find_windows, no_night_until, search_end

LONGEST_RANGE = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Over:
    """Where passes are looked for, and what counts as one."""

    site: Site | None
    """`None` for the configured one."""
    min_elevation_deg: float
    visible: bool
    """Only what can be seen with the eye."""


def nights_in(night: Night, start: datetime, end: datetime | None, condition: str | None) -> Nights:
    """The windows of a condition, or of the configured one.

    Raises:
        RangeRefused: the range is empty, too long, or too far away.
        ConditionRefused: the condition means nothing, or nothing from here.
    """
    wanted = night.condition if condition is None else parse_condition(condition, night.names)
    return nights_from(night.vantage, wanted, night.ages, start, _until(night, start, end))


def nights_from(vantage: Vantage, wanted: Condition, ages: AgePolicy, start: datetime, end: datetime) -> Nights:
    """The windows of a condition from a vantage, in a range of any length. Raises as `find_windows` does."""
    windows = _described(find_windows(wanted, vantage, start, end), vantage, wanted, ages)
    following, until = (None, None) if windows else _following(vantage, wanted, start, end)
    later = _described(() if following is None else (following,), vantage, wanted, ages)
    return Nights(
        condition=str(wanted),
        start=start,
        end=end,
        windows=windows,
        next=later[0] if later else None,
        searched_until=until,
        freshness=worst_of(one.freshness for one in (*windows, *later)),
        elements=_used(vantage, start, ages),
        notes=remarks(vantage, [start, end, *(one.start for one in later)], ages),
    )


def _described(found: Sequence[Window], vantage: Vantage, wanted: Condition, ages: AgePolicy) -> tuple[NightFound, ...]:
    skies = circumstances(found, vantage, wanted, ages)
    return tuple(
        NightFound(
            start=window.start,
            end=window.end,
            duration_s=window.duration.total_seconds(),
            clipped_start=window.clipped_start,
            clipped_end=window.clipped_end,
            uncertainty_s=window.uncertainty_s,
            **asdict(sky),
        )
        for window, sky in zip(found, skies, strict=True)
    )


def _following(vantage: Vantage, wanted: Condition, start: datetime, end: datetime) -> tuple[Window | None, datetime]:
    """The next window after a range that holds none, and how far it was sought."""
    begin = start if end - start < SEARCH else end
    following = no_night_until(wanted, vantage, begin) if begin < LATEST else None
    return following, search_end(wanted, vantage, begin)


def _used(vantage: Vantage, at: datetime, ages: AgePolicy) -> ElementsUsed | None:
    elements = satellite_of(vantage)
    return None if elements is None else _told(elements, at, ages)


def _told(elements: Elements, at: datetime, ages: AgePolicy) -> ElementsUsed:
    reboosts = [asdict(one) for one in elements.manoeuvres]
    return ElementsUsed.model_validate({**describe_elements(elements, at, ages), "manoeuvres": reboosts})


def passes_in(night: Night, start: datetime, end: datetime | None, over: Over) -> Passes:
    """The passes of the configured satellite over a site.

    Raises:
        RangeRefused: the range is empty, too long, or too far away.
        ConditionRefused: there is no satellite, or no site.
    """
    elements = satellite_of(night.vantage)
    site = over.site or (night.vantage if isinstance(night.vantage, Site) else None)
    if elements is None:
        raise ConditionRefused("No satellite is configured.", remedy="Name its elements under [orbit] or [site].")
    if site is None:
        raise ConditionRefused("The camera is aboard: there is no site to pass.", remedy="Give latitude_deg and longitude_deg.")
    return passes_over(elements, site, night.ages, start, _until(night, start, end), over)


def passes_over(elements: Elements, site: Site, ages: AgePolicy, start: datetime, end: datetime, over: Over) -> Passes:
    """The passes of a satellite over a site, in a range of any length. Raises as `find_passes` does."""
    found = [one for one in find_passes(elements, site, start, end, over.min_elevation_deg) if one.visible or not over.visible]
    aged = [age_of(elements, (one.rise, one.set), ages) for one in found]
    return Passes(
        satellite=elements.name,
        latitude_deg=site.latitude_deg,
        longitude_deg=site.longitude_deg,
        elevation_m=site.elevation_m,
        start=start,
        end=end,
        passes=tuple(
            PassFound(**asdict(one), visible=one.visible, age_days=days, freshness=fresh)
            for one, (days, fresh) in zip(found, aged, strict=True)
        ),
        freshness=worst_of(fresh for _, fresh in aged),
        elements=_told(elements, start, ages),
        notes=remarks(replace(site, satellite=elements), [start, end], ages),
    )


def default_end(vantage: Vantage, start: datetime) -> datetime:
    """How far is looked when no end is given: a day from a spacecraft, a week at a site, and no further than a table reaches."""
    end = start + timedelta(days=7 if isinstance(vantage, Site) else 1)
    elements = satellite_of(vantage)
    last = None if elements is None else elements.useable_until
    return end if last is None or last <= start else min(end, last)


def _until(night: Night, start: datetime, end: datetime | None) -> datetime:
    """The end of a range: the usual one, where none is given."""
    if end is None:
        return default_end(night.vantage, start)
    if end - start > LONGEST_RANGE:
        raise RangeRefused(f"The range is longer than {LONGEST_RANGE.days} days.", remedy="Ask for one month after the other.")
    return end
