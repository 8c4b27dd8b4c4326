"""`nightside windows`: when is it dark, for this camera?"""

import sys
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nightside.cli.options import DEFAULT_CONFIG, Config, Json, instant
from nightside.cli.output import aside, clock_face, console, length, print_json, stamp
from nightside.errors import ConditionRefused, NoNight

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nightside.sky.conditions import Condition, Names
    from nightside.sky.elements import Elements
    from nightside.sky.report import Circumstances
    from nightside.sky.vantage import Site, Vantage
    from nightside.sky.windows import Window

ElementsFile = Annotated[Path | None, typer.Option("--elements", help="TLE, OMM or OEM file: the camera is on a spacecraft.")]
Satellite = Annotated[str | None, typer.Option(help="Name or catalogue number, where the file holds several.")]
SitePlace = Annotated[str | None, typer.Option("--site", metavar="LAT,LON[,ELEV_M]", help="A place on the ground, in degrees.")]
Start = Annotated[str | None, typer.Option(help="Begin of the range (UTC). Now, when not given.")]
End = Annotated[str | None, typer.Option(help="End of the range (UTC). One day later, or a week for a site, when not given.")]
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
    earth: Annotated[str, typer.Option(help="Figure of the Earth: wgs84 or sphere.")] = "wgs84",
    sun: Annotated[str, typer.Option(help="Place of the Sun: apparent or geometric.")] = "apparent",
    calendar: Annotated[list[str] | None, typer.Option(metavar="NAME=FILE", help="A duty plan (.ics) for conditions.")] = None,
    region: Annotated[list[Path] | None, typer.Option(metavar="FILE", help="Regions (GeoJSON) for conditions.")] = None,
    define: Annotated[list[str] | None, typer.Option(metavar="NAME=CONDITION", help="A condition under a name.")] = None,
    timezone: Zone = None,
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV instead of a table.")] = False,
    as_ics: Annotated[bool, typer.Option("--ics", help="Print an iCalendar, to put nights into a calendar.")] = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Print when it is dark: over a place, or in the Earth's shadow. Without --elements and --site, as configured."""
    from nightside.sky.report import circumstances
    from nightside.sky.windows import find_windows, no_night_until

    zone = local_zone(timezone)
    names = _names(calendar or [], region or [], define or [], zone)
    vantage, wanted = _question(elements, satellite, site, condition, earth, sun, names, config)
    first = now() if start is None else instant(start, "--start")
    last = default_end(vantage, first) if end is None else instant(end, "--end")
    found = find_windows(wanted, vantage, first, last)
    skies = circumstances(found, vantage)
    warn_of_age(vantage, first, last)
    following = None if found else no_night_until(wanted, vantage, first)
    if as_json:
        _print_json(found, skies, vantage, wanted, first, last, following)
    elif as_csv:
        from nightside.sky import report

        sys.stdout.write(report.as_csv(found, skies))
    elif as_ics:
        from nightside.sky import report

        sys.stdout.write(report.as_ics(found, f"Night: {wanted}", now()))
    elif found:
        _print_table(found, skies, vantage, wanted, zone)
        _print_timeline(found, first, last, zone)
    if not found:
        raise _no_night(wanted, first, last, following)


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
    """The zone that local times are shown in. Raises `ConditionRefused` for one that is not known."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    if name is None:
        return now().astimezone().tzinfo or ZoneInfo("UTC")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConditionRefused(f"There is no time zone {name!r}.", remedy="Name one like Europe/Zurich.") from None


def default_end(vantage: "Vantage", start: datetime) -> datetime:
    """How far to look when no end is given: a day from a spacecraft, a week at a site, and no further than a table reaches."""
    from nightside.sky.vantage import Site, satellite_of

    end = start + timedelta(days=7 if isinstance(vantage, Site) else 1)
    elements = satellite_of(vantage)
    last = None if elements is None else elements.useable_until
    return end if last is None or last <= start else min(end, last)


def warn_of_age(vantage: "Vantage", start: datetime, end: datetime) -> None:
    """Say on standard error that elements are stale somewhere in a range."""
    from nightside.sky.elements import Freshness
    from nightside.sky.vantage import satellite_of

    elements = satellite_of(vantage)
    if elements is None:
        return
    worst = max((start, end), key=lambda edge: abs(elements.age(edge)))
    if elements.freshness(worst) is Freshness.STALE:
        days = elements.age(worst).total_seconds() / 86400
        aside.print(
            f"[yellow]note:[/] the elements of {elements.name} are stale: their epoch is {clock_face(elements.epoch)} UTC, "
            f"{abs(days):.0f} days from {clock_face(worst)}. Times may be off by "
            f"{elements.along_track_uncertainty_s(worst):.0f} s, and by far more after a reboost.",
            soft_wrap=True,
        )


def describe_elements(elements: "Elements", at: datetime) -> dict[str, object]:
    """Whose elements were used, and how old they were."""
    return {
        "name": elements.name,
        "norad_id": elements.norad_id,
        "epoch": elements.epoch,
        "source": elements.source,
        "age_days": round(elements.age(at).total_seconds() / 86400, 3),
        "freshness": elements.freshness(at),
        "manoeuvres": elements.manoeuvres,
    }


def _question(
    elements: Path | None,
    satellite: str | None,
    site: str | None,
    condition: str | None,
    earth: str,
    sun: str,
    names: "Names",
    config: Path,
) -> "tuple[Vantage, Condition]":
    """The vantage and the condition that the options mean, or the configuration where they leave it open."""
    from nightside.sky.conditions import parse_condition
    from nightside.sky.elements import load_elements
    from nightside.sky.vantage import Site, Spacecraft

    if elements is None and site is None:
        from nightside import settings as configuration
        from nightside.app import load_night

        settings = configuration.load(config)
        night = load_night(settings)
        return night.vantage, night.condition if condition is None else parse_condition(condition, names)
    loaded = load_elements(elements, satellite) if elements is not None else None
    if site is not None:
        place = read_site(site)
        vantage: Vantage = Site(place.latitude_deg, place.longitude_deg, place.elevation_m, loaded)
        return vantage, parse_condition(condition or "astronomical_night", names)
    assert loaded is not None  # noqa: S101 — one of the two was given
    return Spacecraft(loaded, earth, sun), parse_condition(condition or "umbra", names)


def _names(calendars: list[str], regions: list[Path], defined: list[str], zone: tzinfo) -> "Names":
    from nightside.sky.conditions import Names, parse_condition

    if not calendars and not regions and not defined:
        return Names()
    from nightside.sky.files import load_duty, load_regions

    duty = {
        name: load_duty(Path(file), zone) for name, file in (_pair("--calendar", text, "crew=duty.ics") for text in calendars)
    }
    areas = {name: area for file in regions for name, area in load_regions(file).items()}
    conditions: dict[str, Condition] = {}
    for name, meaning in (_pair("--define", text, "off_duty=~calendar(crew)") for text in defined):
        conditions[name] = parse_condition(meaning, Names(conditions, duty, areas))
    return Names(conditions, duty, areas)


def _pair(option: str, text: str, example: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ConditionRefused(f"{option} is {text!r}.", remedy=f"Write a name and what it means, as in {example}.")
    return name.strip(), value.strip()


def _print_json(
    found: "Sequence[Window]",
    skies: "Sequence[Circumstances]",
    vantage: "Vantage",
    wanted: "Condition",
    start: datetime,
    end: datetime,
    following: "Window | None",
) -> None:
    from dataclasses import asdict

    from nightside.sky.vantage import satellite_of

    elements = satellite_of(vantage)
    print_json(
        {
            "windows": [
                {
                    "start": stamp(window.start),
                    "end": stamp(window.end),
                    "clipped_start": window.clipped_start,
                    "clipped_end": window.clipped_end,
                    "uncertainty_s": round(window.uncertainty_s, 3),
                    "duration_s": round(window.duration.total_seconds(), 6),
                }
                | asdict(sky)
                for window, sky in zip(found, skies, strict=True)
            ],
            "no_night_until": None if following is None else stamp(following.start),
            "condition": str(wanted),
            "start": start,
            "end": end,
            "elements": None if elements is None else describe_elements(elements, start),
        }
    )


def _print_table(
    found: "Sequence[Window]", skies: "Sequence[Circumstances]", vantage: "Vantage", wanted: "Condition", zone: tzinfo
) -> None:
    from rich.table import Table

    from nightside.sky.vantage import satellite_of

    elements = satellite_of(vantage)
    whose = f", {elements.name}, elements of {clock_face(elements.epoch)} UTC" if elements is not None else ""
    console.print(f"[bold]{len(found)} windows[/] of {wanted}{whose}", soft_wrap=True)
    year = f"{found[0].start:%Y}"
    table = Table(f"start (UTC, {year})", "end", "local", "duration", "Moon", "β", "±", box=None, pad_edge=False)
    for window, sky in zip(found, skies, strict=True):
        table.add_row(
            ("… " if window.clipped_start else "") + f"{window.start:%a %m-%d %H:%M:%S}",
            f"{window.end:%H:%M:%S}" + (" …" if window.clipped_end else ""),
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


def _no_night(wanted: "Condition", start: datetime, end: datetime, following: "Window | None") -> NoNight:
    if following is None:
        means = "None comes within a year either."
    else:
        means = f"No night until {clock_face(following.start)} UTC, then {length(following.duration.total_seconds())} of it."
    return NoNight(
        f"Between {clock_face(start)} and {clock_face(end)} UTC there is no window of {wanted}.",
        means=means,
        remedy="Ask for another range or another condition.",
    )


def now() -> datetime:
    """The present, by this machine's clock."""
    from nightside.clock import SystemClock

    return SystemClock().utc()
