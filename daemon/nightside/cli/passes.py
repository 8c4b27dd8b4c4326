"""`nightside passes`: when a satellite is to be seen from a place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nightside.cli.options import DEFAULT_CONFIG, Config, Json, Url
from nightside.cli.output import clock_face, console, length, print_json, stamp
from nightside.cli.windows import (
    End,
    FreshDays,
    Here,
    Satellite,
    Span,
    StaleDays,
    Start,
    Zone,
    age_policy,
    daemon_for,
    local_zone,
    now,
    read_site,
    say,
)
from nightside.cli.windows_shown import ending
from nightside.errors import ConditionRefused, NoNight

if TYPE_CHECKING:
    from nightside.service.outlook.found import Passes, PassFound
    from nightside.service.outlook.ranges import Over
    from nightside.sky.elements import AgePolicy, Elements
    from nightside.sky.vantage import Site

COMPASS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")


def passes(
    elements: Annotated[Path | None, typer.Option(help="TLE, OMM or OEM file. As configured, when not given.")] = None,
    site: Annotated[
        str | None,
        typer.Option(metavar="LAT,LON[,ELEV_M]", help="A place on the ground, in degrees. As configured, when not given."),
    ] = None,
    satellite: Satellite = None,
    start: Start = None,
    end: End = None,
    min_elevation: Annotated[float, typer.Option(help="Least elevation (°) that counts.")] = 10.0,
    visible: Annotated[bool, typer.Option("--visible", help="Only passes that can be seen with the eye.")] = False,
    timezone: Zone = None,
    fresh_days: FreshDays = None,
    stale_days: StaleDays = None,
    as_json: Json = False,
    config: Config = DEFAULT_CONFIG,
    here: Here = False,
    url: Url = None,
) -> None:
    """Print a satellite's passes over a place: rise, culmination and set, and whether they can be seen.

    Without --elements, those of the configured satellite, by the elements that a running daemon uses, where one runs.

    [bold]nightside passes --elements iss.tle --site 46.55,7.98,3571 --visible[/] names those that can be seen.
    """
    from nightside.service.outlook.ranges import Over

    if not -90.0 <= min_elevation < 90.0:
        raise ConditionRefused(f"--min-elevation is {min_elevation:g}°.", remedy="Give one from −90° to 90°.")
    if satellite is not None and elements is None:
        raise ConditionRefused("--satellite is given without --elements.", remedy="Give the file that holds it.")
    zone, span = local_zone(timezone), Span(start, end)
    over = Over(None if site is None else read_site(site), min_elevation, visible)
    ages = fresh_days is not None or stale_days is not None
    found = None if elements is not None else _answered(over, span, config, url, here=here or ages or span.long)
    if found is None:
        sky = _sky(elements, satellite, over, config)
        found = _computed(sky, over, age_policy(sky.ages, fresh_days, stale_days), span)
    for note in found.notes:
        say(note)
    if as_json:
        shown = [_plain(one) | {"age_days": one.age_days, "freshness": one.freshness} for one in found.passes]
        whole = {"passes": shown, "freshness": found.freshness, "start": found.start, "end": found.end}
        print_json(whole | {"elements": found.elements})
    elif found.passes:
        _print_table(found.passes, found.satellite, min_elevation, zone)
    if not found.passes:
        raise NoNight(
            f"Between {clock_face(found.start)} and {clock_face(found.end)} UTC there is no {'visible ' if visible else ''}pass of "
            f"{found.satellite} above {min_elevation:g}°.",
            remedy="Ask for another range, or a lower elevation.",
        )


def _answered(over: "Over", span: Span, config: Path, url: str | None, *, here: bool) -> "Passes | None":
    """What the daemon says that runs with the configuration; nothing where none does, or where it is not to be asked."""
    daemon = daemon_for(config, url, here=here)
    if daemon is None:
        return None
    from pydantic import TypeAdapter

    from nightside.service.outlook.found import Passes

    place: dict[str, object] = {}
    if over.site is not None:
        place = {"latitude_deg": over.site.latitude_deg, "longitude_deg": over.site.longitude_deg}
        place |= {"elevation_m": over.site.elevation_m}
    asked = {"min_elevation_deg": over.min_elevation_deg, "visible": over.visible}
    with daemon:
        return daemon.ask("/api/v1/passes", TypeAdapter(Passes), **place, **asked, **span.told)


@dataclass(frozen=True)
class Sky:
    """Whose passes over what, and how old elements may be."""

    elements: "Elements"
    site: "Site"
    ages: "AgePolicy"


def _sky(elements: Path | None, satellite: str | None, over: "Over", config: Path) -> Sky:
    """As it was typed, and as configured where it was not.

    Raises:
        ConditionRefused: there is no satellite, or no site.
    """
    from nightside.sky.elements import AgePolicy, load_elements
    from nightside.sky.vantage import Site, satellite_of

    if elements is not None and over.site is not None:
        return Sky(load_elements(elements, satellite), over.site, AgePolicy())
    from nightside import settings as configuration
    from nightside.nights import load_night

    night = load_night(configuration.load(config))
    found = satellite_of(night.vantage) if elements is None else load_elements(elements, satellite)
    place = over.site or (night.vantage if isinstance(night.vantage, Site) else None)
    if found is None or place is None:
        lacks = "satellite" if found is None else "site"
        option = "--elements" if found is None else "--site"
        raise ConditionRefused(f"No {lacks} is configured.", remedy=f"Name it with {option}.")
    return Sky(found, place, night.ages)


def _computed(sky: Sky, over: "Over", ages: "AgePolicy", span: Span) -> "Passes":
    from nightside.service.outlook.ranges import default_end, passes_over

    first = span.first or now()
    watched = replace(sky.site, satellite=sky.elements)
    return passes_over(sky.elements, sky.site, ages, first, span.last or default_end(watched, first), over)


def _print_table(found: "Sequence[PassFound]", name: str, min_elevation: float, zone: tzinfo) -> None:
    from rich.table import Table
    from rich.text import Text

    console.print(Text.assemble((f"{len(found)} passes", "bold"), f" of {name} above {min_elevation:g}°"), soft_wrap=True)
    table = Table("rise (UTC)", "local", "", "highest", "", "set", "", "lasts", "seen", box=None, pad_edge=False)
    for one in found:
        table.add_row(
            f"{one.rise:%m-%d %H:%M:%S}",
            f"{one.rise.astimezone(zone):%H:%M:%S}",
            compass(one.rise_azimuth_deg),
            f"{one.max_elevation_deg:.0f}° {ending(one.rise, one.culmination)}",
            compass(one.culmination_azimuth_deg),
            ending(one.rise, one.set),
            compass(one.set_azimuth_deg),
            length((one.set - one.rise).total_seconds()),
            "yes" if one.visible else "",
        )
    console.print(table)


def compass(azimuth_deg: float) -> str:
    """One of eight points."""
    return COMPASS[round(azimuth_deg / 45.0) % 8]


def _plain(one: "PassFound") -> dict[str, object]:
    return {
        "rise": stamp(one.rise),
        "culmination": stamp(one.culmination),
        "set": stamp(one.set),
        "max_elevation_deg": round(one.max_elevation_deg, 5),
        "visible": one.visible,
        "sunlit_at_rise": one.sunlit_at_rise,
        "sunlit_at_culmination": one.sunlit_at_culmination,
        "sunlit_at_set": one.sunlit_at_set,
        "sun_altitude_deg": round(one.sun_altitude_deg, 4),
        "rise_azimuth_deg": round(one.rise_azimuth_deg, 3),
        "culmination_azimuth_deg": round(one.culmination_azimuth_deg, 3),
        "set_azimuth_deg": round(one.set_azimuth_deg, 3),
        "clipped_rise": one.clipped_rise,
        "clipped_set": one.clipped_set,
        "uncertainty_s": round(one.uncertainty_s, 3),
    }
