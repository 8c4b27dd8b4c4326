"""`nightside windows`: when is it dark, for this camera?"""

import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nightside.cli.options import DEFAULT_CONFIG, Config, Json, instant
from nightside.cli.output import aside, clock_face, console, length, print_json, stamp
from nightside.errors import ConditionRefused, NoNight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightside.settings import Settings
    from nightside.sky.conditions import Condition, Names
    from nightside.sky.elements import AgePolicy
    from nightside.sky.report import Circumstances
    from nightside.sky.vantage import Site, Vantage
    from nightside.sky.windows import Window

ElementsFile = Annotated[Path | None, typer.Option("--elements", help="TLE, OMM or OEM file: the camera is on a spacecraft.")]
Satellite = Annotated[str | None, typer.Option(help="Name or catalogue number, where the file holds several.")]
SitePlace = Annotated[str | None, typer.Option("--site", metavar="LAT,LON[,ELEV_M]", help="A place on the ground, in degrees.")]
Start = Annotated[str | None, typer.Option(help="Begin of the range (UTC). Now, when not given.")]
End = Annotated[str | None, typer.Option(help="End of the range (UTC). One day later, or a week for a site, when not given.")]
FreshDays = Annotated[
    float | None, typer.Option(help="How far (days) from their epoch elements are fresh. 3, when not given or configured.")
]
StaleDays = Annotated[
    float | None, typer.Option(help="How far (days) from their epoch elements are stale. 14, when not given or configured.")
]
Zone = Annotated[
    str | None, typer.Option("--timezone", help="For local times, as in Europe/Zurich. This machine's, when not given.")
]


def windows(
    elements: ElementsFile = None,
    satellite: Satellite = None,
    site: SitePlace = None,
    start: Start = None,
    end: End = None,
    condition: Annotated[str | None, typer.Option(help="What night is, as in 'umbra & ~moon_up'.")] = None,
    earth: Annotated[str | None, typer.Option(help="Figure of the Earth under a spacecraft: wgs84 or sphere.")] = None,
    sun: Annotated[str | None, typer.Option(help="Place of the Sun from a spacecraft: apparent or geometric.")] = None,
    calendar: Annotated[list[str] | None, typer.Option(metavar="NAME=FILE", help="A duty plan (.ics) for conditions.")] = None,
    calendar_timezone: Annotated[
        str | None, typer.Option(help="For times in duty plans that name no zone. UTC, when not given or configured.")
    ] = None,
    region: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="Regions (GeoJSON) for conditions.")] = None,
    define: Annotated[list[str] | None, typer.Option(metavar="NAME=CONDITION", help="A condition under a name.")] = None,
    timezone: Zone = None,
    fresh_days: FreshDays = None,
    stale_days: StaleDays = None,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of a table.")] = False,
    as_ics: Annotated[bool, typer.Option("--ics", help="Print an iCalendar, to put nights into a calendar.")] = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Print when it is dark: over a place, or in the Earth's shadow. Without --elements and --site, as configured.

    [bold]nightside windows --site 46.55,7.98,3571 --condition 'sun < -18 & ~moon_up'[/] is for a place on the ground.
    [bold]nightside windows --elements iss.tle --ics[/] is for a calendar.
    """
    from nightside.sky import report
    from nightside.sky.vantage import earth_called, sun_called
    from nightside.sky.windows import find_windows

    if as_json + as_csv + as_ics > 1:
        raise typer.BadParameter("--json, --csv and --ics: choose one of them.")
    zone = local_zone(timezone)
    asked = Asked(elements, satellite, site, condition, earth and earth_called(earth), sun and sun_called(sun))
    more = More(calendar or [], calendar_timezone, region or [], define or [])
    vantage, wanted, policy = asked.answered(more, config)
    policy = age_policy(policy, fresh_days, stale_days)
    first = now() if start is None else instant(start, "--start")
    last = default_end(vantage, first) if end is None else instant(end, "--end")
    found = find_windows(wanted, vantage, first, last)
    skies = report.circumstances(found, vantage, wanted, policy)
    following = None if found else _following(wanted, vantage, first, last)
    warn_of_age(vantage, [first, last] if following is None else [first, last, following.start], policy)
    if as_json:
        _print_json(found, skies, vantage, wanted, (first, last), following, policy)
    elif as_csv:
        sys.stdout.write(report.as_csv(found, skies))
    elif as_ics:
        sys.stdout.write(report.as_ics(found, skies, f"Night: {wanted}", now()))
    elif found:
        _print_table(found, skies, vantage, wanted, zone)
        _print_timeline(found, first, last, zone)
    if not found:
        raise _no_night(wanted, vantage, first, last, following)


@dataclass(frozen=True)
class More:
    """What options add to the words of conditions."""

    calendars: list[str]
    calendar_zone: str | None
    regions: list[Path]
    defined: list[str]

    def names(self, configured: "Settings | None") -> "Names":
        """These and the configuration's own. Times in duty plans are UTC where nothing else is said, as for the daemon."""
        from nightside.sky.conditions import Names, parse_condition
        from nightside.sky.files import load_duty, load_regions

        night = None if configured is None else configured.night
        zone = zone_called(self.calendar_zone or ("UTC" if night is None else night.calendar_timezone))
        files = [_pair("--calendar", text, "crew=duty.ics") for text in self.calendars]
        meanings = [_pair("--define", text, "off_duty=~calendar(crew)") for text in self.defined]
        areas = [*self.regions]
        if configured is not None and night is not None:
            files = [(name, str(configured.path(file))) for name, file in night.calendars.items()] + files
            areas = [*map(configured.path, night.regions), *areas]
            meanings = [*night.conditions.items(), *meanings]
        calendars = {name: load_duty(Path(file), zone) for name, file in files}
        regions = {name: area for file in areas for name, area in load_regions(file).items()}
        conditions: dict[str, Condition] = {}
        for name, meaning in meanings:
            conditions[name] = parse_condition(meaning, Names(conditions, calendars, regions))
        return Names(conditions, calendars, regions)


@dataclass(frozen=True)
class Asked:
    """A question as it was typed. What is left open is as configured where neither elements nor a site are given."""

    elements: Path | None
    satellite: str | None
    site: str | None
    condition: str | None
    earth: str | None
    sun: str | None

    def answered(self, more: More, config: Path) -> "tuple[Vantage, Condition, AgePolicy]":
        """The vantage, the condition and the limits of age that are meant."""
        from nightside.sky.conditions import parse_condition
        from nightside.sky.elements import AgePolicy, load_elements
        from nightside.sky.vantage import Site, Spacecraft

        if self.satellite is not None and self.elements is None:
            raise ConditionRefused("--satellite is given without --elements.", remedy="Give the file that holds it.")
        if self.elements is None and self.site is None:
            return self._as_configured(more, config)
        names = more.names(None)
        loaded = load_elements(self.elements, self.satellite) if self.elements is not None else None
        if self.site is not None:
            place = read_site(self.site)
            vantage: Vantage = Site(place.latitude_deg, place.longitude_deg, place.elevation_m, loaded)
            return vantage, parse_condition(self.condition or "astronomical_night", names), AgePolicy()
        assert loaded is not None  # noqa: S101 — one of the two was given
        spacecraft = Spacecraft(loaded, self.earth or "wgs84", self.sun or "apparent")
        return spacecraft, parse_condition(self.condition or "umbra", names), AgePolicy()

    def _as_configured(self, more: More, config: Path) -> "tuple[Vantage, Condition, AgePolicy]":
        from nightside import settings as configuration
        from nightside.building import load_night
        from nightside.sky.conditions import parse_condition
        from nightside.sky.vantage import Spacecraft

        settings = configuration.load(config)
        night = load_night(settings)
        names = more.names(settings)
        vantage = night.vantage
        if isinstance(vantage, Spacecraft):
            vantage = Spacecraft(vantage.elements, self.earth or vantage.earth, self.sun or vantage.sun)
        wanted = parse_condition(settings.night.condition if self.condition is None else self.condition, names)
        return vantage, wanted, night.ages


def age_policy(usual: "AgePolicy", fresh_days: float | None, stale_days: float | None) -> "AgePolicy":
    """The limits of age that options give, or else the usual ones. Raises `ConditionRefused` for what are none."""
    from nightside.sky.elements import AgePolicy

    try:
        stale = usual.stale if stale_days is None else timedelta(days=stale_days)
        fresh = min(usual.fresh, stale) if fresh_days is None else timedelta(days=fresh_days)
        return AgePolicy(fresh, stale)
    except (ValueError, OverflowError) as error:
        raise ConditionRefused(
            f"--fresh-days and --stale-days make no limits of age: {error}.", remedy="Give days, the fresh ones first."
        ) from None


def zone_called(name: str) -> tzinfo:
    """A time zone by its name. Raises `ConditionRefused`."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConditionRefused(f"There is no time zone {name!r}.", remedy="Name one like Europe/Zurich.") from None


def _pair(option: str, text: str, example: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ConditionRefused(f"{option} is {text!r}.", remedy=f"Write a name and what it means, as in {example}.")
    return name.strip(), value.strip()


def read_site(text: str) -> "Site":
    """A site from LAT,LON or LAT,LON,ELEV_M. Raises `ConditionRefused`."""
    from nightside.sky.vantage import Site

    try:
        latitude, longitude, *rest = (float(part) for part in text.split(","))
        (elevation,) = rest or [0.0]
    except ValueError:
        raise ConditionRefused(
            f"--site is {text!r}, which is no place.", remedy="Write latitude,longitude,elevation, as in 47.37,8.54,408."
        ) from None
    return Site(latitude, longitude, elevation)


def local_zone(name: str | None) -> tzinfo:
    """The zone that local times are shown in: this machine's, with its summer times, where none is named.

    Raises:
        ConditionRefused: there is no such zone.
    """
    if name is not None:
        return zone_called(name)
    from zoneinfo import ZoneInfoNotFoundError

    from tzlocal import get_localzone

    try:
        return get_localzone()
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a TZ that names no zone, or a system without any
        return now().astimezone().tzinfo or UTC


def default_end(vantage: "Vantage", start: datetime) -> datetime:
    """How far to look when no end is given: a day from a spacecraft, a week at a site, and no further than a table reaches."""
    from nightside.sky.vantage import Site, satellite_of

    end = start + timedelta(days=7 if isinstance(vantage, Site) else 1)
    elements = satellite_of(vantage)
    last = None if elements is None else elements.useable_until
    return end if last is None or last <= start else min(end, last)


def warn_of_age(vantage: "Vantage", instants: "Sequence[datetime]", policy: "AgePolicy") -> None:
    """Say on standard error how elements were chosen, if that needs saying, and that they are stale at one of some instants."""
    from nightside.sky.elements import Freshness
    from nightside.sky.vantage import satellite_of

    elements = satellite_of(vantage)
    if elements is None:
        return
    if elements.note:
        say(elements.note)
    worst = max(instants, key=lambda at: (elements.freshness(at, policy).rank, abs(elements.age(at))))
    if elements.freshness(worst, policy) is Freshness.STALE:
        say(
            f"the elements of {elements.name} are stale: their epoch is {clock_face(elements.epoch)} UTC, "
            f"{abs(elements.age(worst) / timedelta(days=1)):.0f} days from {clock_face(worst)}. Times may be off by "
            f"{elements.along_track_uncertainty_s(worst):.0f} s, and by far more after a reboost."
        )


def say(note: str) -> None:
    """A remark for people, on standard error."""
    from rich.text import Text

    aside.print(Text.assemble(("note: ", "yellow"), note), soft_wrap=True)


def _following(wanted: "Condition", vantage: "Vantage", start: datetime, end: datetime) -> "Window | None":
    """The next window after a range that holds none."""
    from nightside.sky.windows import LATEST, SEARCH, no_night_until

    begin = start if end - start < SEARCH else end
    return no_night_until(wanted, vantage, begin) if begin < LATEST else None


def _print_json(
    found: "Sequence[Window]",
    skies: "Sequence[Circumstances]",
    vantage: "Vantage",
    wanted: "Condition",
    span: tuple[datetime, datetime],
    following: "Window | None",
    policy: "AgePolicy",
) -> None:
    from dataclasses import asdict

    from nightside.sky.report import circumstances, describe_elements, worst_of
    from nightside.sky.vantage import satellite_of

    elements = satellite_of(vantage)
    to_come = [] if following is None else [following]
    later = circumstances(to_come, vantage, wanted, policy)

    def plain(window: "Window", sky: "Circumstances") -> dict[str, object]:
        return {
            "start": stamp(window.start),
            "end": stamp(window.end),
            "clipped_start": window.clipped_start,
            "clipped_end": window.clipped_end,
            "uncertainty_s": round(window.uncertainty_s, 3),
            "duration_s": round(window.duration.total_seconds(), 6),
            **asdict(sky),
        }

    print_json(
        {
            "windows": [plain(window, sky) for window, sky in zip(found, skies, strict=True)],
            "no_night_until": None if following is None else stamp(following.start),
            "next": None if following is None else plain(following, later[0]),
            "freshness": worst_of(sky.freshness for sky in (*skies, *later)),
            "condition": str(wanted),
            "start": span[0],
            "end": span[1],
            "elements": None if elements is None else describe_elements(elements, span[0], policy),
        }
    )


def _print_table(
    found: "Sequence[Window]", skies: "Sequence[Circumstances]", vantage: "Vantage", wanted: "Condition", zone: tzinfo
) -> None:
    from rich.table import Table
    from rich.text import Text

    from nightside.sky.vantage import satellite_of

    elements = satellite_of(vantage)
    whose = f", {elements.name}, elements of {clock_face(elements.epoch)} UTC" if elements is not None else ""
    console.print(Text.assemble((f"{len(found)} windows", "bold"), f" of {wanted}{whose}"), soft_wrap=True)
    year = f"{found[0].start:%Y}"
    table = Table(f"start (UTC, {year})", "end", "local", "duration", "Moon", "β", "±", box=None, pad_edge=False)
    for window, sky in zip(found, skies, strict=True):
        table.add_row(
            ("… " if window.clipped_start else "") + f"{window.start:%a %m-%d %H:%M:%S}",
            ending(window.start, window.end) + (" …" if window.clipped_end else ""),
            f"{window.start.astimezone(zone):%H:%M:%S}",
            length(window.duration.total_seconds()),
            f"{sky.moon_fraction:.0%} {'up' if sky.moon_altitude_deg > 0 else 'down'}",
            "" if sky.beta_deg is None else f"{sky.beta_deg:+.1f}°",
            f"{window.uncertainty_s:.1f} s",
        )
    console.print(table)


def _print_timeline(found: "Sequence[Window]", start: datetime, end: datetime, zone: tzinfo) -> None:
    from nightside.sky.report import day_strips

    width = max(24, min(96, console.width - 14) // 24 * 24)
    for day, strip in day_strips(found, start, end, zone, width)[:31]:
        console.print(f"{day} ▏{strip}▕", soft_wrap=True)
    ruler = "".join(f"{hour:<{width // 8}}" for hour in range(0, 24, 3))
    console.print(f"{'local time':<11} {ruler}", soft_wrap=True)


def ending(start: datetime, end: datetime) -> str:
    """The end of something whose start is shown beside it: the time, and the date where that is not plain."""
    if end - start < timedelta(days=1):
        return f"{end:%H:%M:%S}"
    return f"{end:%a %m-%d %H:%M:%S}" if end.year == start.year else f"{end:%a %Y-%m-%d %H:%M:%S}"


def _no_night(wanted: "Condition", vantage: "Vantage", start: datetime, end: datetime, following: "Window | None") -> NoNight:
    from nightside.sky.windows import LATEST, SEARCH, search_end

    begin = start if end - start < SEARCH else end
    until = search_end(wanted, vantage, begin)
    if following is not None:
        means = (
            f"No night until {clock_face(following.start)} UTC (± {following.uncertainty_s:.1f} s), "
            f"then {length(following.duration.total_seconds())} of it."
        )
    elif until < min(begin + SEARCH, LATEST):
        means = f"None comes before {clock_face(max(until, end))} UTC, and the orbit cannot be computed any further."
    else:
        means = f"None comes within a year{' after that' if begin == end else ''} either."
    return NoNight(
        f"Between {clock_face(start)} and {clock_face(end)} UTC there is no window of {wanted}.",
        means=means,
        remedy="Ask for another range or another condition.",
    )


def now() -> datetime:
    """The present, by this machine's clock."""
    from nightside.clock import SystemClock

    return SystemClock().utc()
