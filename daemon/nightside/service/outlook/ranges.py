"""Nights and passes in a range of time, as a running daemon tells them. Pure; up to a second of work: not for the event loop."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from pydantic import Field

from nightside.errors import ConditionRefused, RangeRefused
from nightside.plan.planner import Night
from nightside.plan.values import Utc, Value
from nightside.sky.conditions import parse_condition
from nightside.sky.elements import Freshness
from nightside.sky.passes import find_passes
from nightside.sky.report import age_of, circumstances
from nightside.sky.vantage import Site, Spacecraft, satellite_of
from nightside.sky.windows import find_windows

LONGEST_RANGE = timedelta(days=31)


class NightFound(Value):
    """One window of the condition, with the sky in its middle."""

    start: Utc
    end: Utc
    duration_s: float
    clipped_start: bool
    """It had begun when the range begins."""
    clipped_end: bool
    uncertainty_s: float
    """How early or late (± s) each edge may come."""
    moon_fraction: float
    """Illuminated, 0 to 1."""
    moon_altitude_deg: float
    beta_deg: float | None
    """The Sun above the orbit's plane; null without a satellite."""
    age_days: float | None
    freshness: Freshness | None
    """Of the elements; null where no satellite matters."""


class Nights(Value):
    """The windows of a condition in a range, however short each is."""

    condition: str
    start: Utc
    end: Utc
    windows: tuple[NightFound, ...]


class PassFound(Value):
    """One pass of the satellite over a site."""

    rise: Utc
    culmination: Utc
    set: Utc
    max_elevation_deg: float
    rise_azimuth_deg: float
    """From north through east."""
    culmination_azimuth_deg: float
    set_azimuth_deg: float
    sunlit_at_rise: bool
    sunlit_at_culmination: bool
    sunlit_at_set: bool
    sun_altitude_deg: float
    """Of the Sun at the site, at culmination."""
    clipped_rise: bool
    clipped_set: bool
    uncertainty_s: float
    visible: bool
    """The site is dark at culmination, and the satellite in the Sun at rise, culmination or set."""
    age_days: float | None
    freshness: Freshness | None


class Passes(Value):
    """The passes of the configured satellite in a range."""

    satellite: str
    latitude_deg: float
    longitude_deg: float
    elevation_m: float
    start: Utc
    end: Utc
    passes: tuple[PassFound, ...] = Field(default=())


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
    until = _until(night, start, end)
    wanted = night.condition if condition is None else parse_condition(condition, night.names)
    found = find_windows(wanted, night.vantage, start, until)
    skies = circumstances(found, night.vantage, wanted, night.ages)
    windows = tuple(
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
    return Nights(condition=str(wanted), start=start, end=until, windows=windows)


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
    until = _until(night, start, end)
    found = find_passes(elements, site, start, until, over.min_elevation_deg)
    ages = [age_of(elements, (one.rise, one.set), night.ages) for one in found]
    passes = tuple(
        PassFound(**asdict(one), visible=one.visible, age_days=days, freshness=fresh)
        for one, (days, fresh) in zip(found, ages, strict=True)
        if one.visible or not over.visible
    )
    return Passes(
        satellite=elements.name,
        latitude_deg=site.latitude_deg,
        longitude_deg=site.longitude_deg,
        elevation_m=site.elevation_m,
        start=start,
        end=until,
        passes=passes,
    )


def _until(night: Night, start: datetime, end: datetime | None) -> datetime:
    """The end of a range: a day later from a spacecraft, a week at a site, where none is given."""
    if end is None:
        until = start + timedelta(days=1 if isinstance(night.vantage, Spacecraft) else 7)
        elements = satellite_of(night.vantage)
        last = None if elements is None else elements.useable_until
        return until if last is None or last <= start else min(until, last)
    if end - start > LONGEST_RANGE:
        raise RangeRefused(f"The range is longer than {LONGEST_RANGE.days} days.", remedy="Ask for one month after the other.")
    return end
