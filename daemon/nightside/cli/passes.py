"""`nightside passes`: when a satellite is to be seen from a place."""

from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nightside.cli.options import Json, instant
from nightside.cli.output import clock_face, console, length, print_json, stamp
from nightside.cli.windows import (
    End,
    FreshDays,
    Satellite,
    StaleDays,
    Start,
    Zone,
    age_policy,
    default_end,
    ending,
    local_zone,
    now,
    read_site,
    warn_of_age,
)
from nightside.errors import ConditionRefused, NoNight

if TYPE_CHECKING:
    from nightside.sky.passes import Pass

COMPASS = ("N", "NE", "E", "SE", "S", "SW", "W", "NW")


def passes(
    elements: Annotated[Path, typer.Option(help="TLE, OMM or OEM file.")],
    site: Annotated[str, typer.Option(metavar="LAT,LON[,ELEV_M]", help="A place on the ground, in degrees.")],
    satellite: Satellite = None,
    start: Start = None,
    end: End = None,
    min_elevation: Annotated[float, typer.Option(help="Least elevation (°) that counts.")] = 10.0,
    visible: Annotated[bool, typer.Option("--visible", help="Only passes that can be seen with the eye.")] = False,
    timezone: Zone = None,
    fresh_days: FreshDays = None,
    stale_days: StaleDays = None,
    as_json: Json = False,
) -> None:
    """Print a satellite's passes over a place: rise, culmination and set, and whether they can be seen.

    [bold]nightside passes --elements iss.tle --site 46.55,7.98,3571 --visible[/] names those that can be seen.
    """
    from nightside.sky.elements import AgePolicy, load_elements
    from nightside.sky.passes import find_passes
    from nightside.sky.report import age_of, describe_elements, worst_of
    from nightside.sky.vantage import Site

    if not -90.0 <= min_elevation < 90.0:
        raise ConditionRefused(f"--min-elevation is {min_elevation:g}°.", remedy="Give one from −90° to 90°.")
    policy, zone = age_policy(AgePolicy(), fresh_days, stale_days), local_zone(timezone)
    loaded = load_elements(elements, satellite)
    place = read_site(site)
    first = now() if start is None else instant(start, "--start")
    watched = Site(place.latitude_deg, place.longitude_deg, place.elevation_m, loaded)
    last = default_end(watched, first) if end is None else instant(end, "--end")
    found = [one for one in find_passes(loaded, place, first, last, min_elevation) if one.visible or not visible]
    warn_of_age(watched, [first, last], policy)
    if as_json:
        ages = [age_of(loaded, (one.rise, one.set), policy) for one in found]
        shown = [_plain(one) | {"age_days": days, "freshness": fresh} for one, (days, fresh) in zip(found, ages, strict=True)]
        whole = {"passes": shown, "freshness": worst_of(fresh for _, fresh in ages)}
        print_json(whole | {"start": first, "end": last, "elements": describe_elements(loaded, first, policy)})
    elif found:
        _print_table(found, loaded.name, min_elevation, zone)
    if not found:
        raise NoNight(
            f"Between {clock_face(first)} and {clock_face(last)} UTC there is no {'visible ' if visible else ''}pass of "
            f"{loaded.name} above {min_elevation:g}°.",
            remedy="Ask for another range, or a lower elevation.",
        )


def _print_table(found: "list[Pass]", name: str, min_elevation: float, zone: tzinfo) -> None:
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


def _plain(one: "Pass") -> dict[str, object]:
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
