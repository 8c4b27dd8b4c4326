"""How `nightside windows` shows what was found: a table and a strip of the days, JSON, CSV or a calendar; or that there is none."""

import sys
from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from nightside.cli.output import clock_face, console, length, print_json, stamp
from nightside.errors import NoNight

if TYPE_CHECKING:
    from nightside.service.outlook.found import NightFound, Nights
    from nightside.sky.report import Circumstances
    from nightside.sky.window import Window

SKY = ("moon_fraction", "moon_altitude_deg", "beta_deg", "age_days", "freshness")


def print_nights_json(found: "Nights") -> None:
    """All of it, for programs."""
    print_json(
        {
            "windows": [_plain(window) for window in found.windows],
            "no_night_until": None if found.next is None else stamp(found.next.start),
            "next": None if found.next is None else _plain(found.next),
            "freshness": found.freshness,
            "condition": found.condition,
            "start": found.start,
            "end": found.end,
            "elements": found.elements,
        }
    )


def print_nights_csv(found: "Nights") -> None:
    """A line a window."""
    from nightside.sky.report import as_csv

    sys.stdout.write(as_csv(*_apart(found.windows)))


def print_nights_ics(found: "Nights", now: datetime) -> None:
    """An event a window."""
    from nightside.sky.report import as_ics

    sys.stdout.write(as_ics(*_apart(found.windows), f"Night: {found.condition}", now))


def print_nights(found: "Nights", zone: tzinfo) -> None:
    """For people."""
    from rich.table import Table
    from rich.text import Text

    elements = found.elements
    whose = "" if elements is None else f", {elements.name}, elements of {clock_face(elements.epoch)} UTC"
    console.print(Text.assemble((f"{len(found.windows)} windows", "bold"), f" of {found.condition}{whose}"), soft_wrap=True)
    year = f"{found.windows[0].start:%Y}"
    table = Table(f"start (UTC, {year})", "end", "local", "duration", "Moon", "β", "±", box=None, pad_edge=False)
    for window in found.windows:
        table.add_row(
            ("… " if window.clipped_start else "") + f"{window.start:%a %m-%d %H:%M:%S}",
            ending(window.start, window.end) + (" …" if window.clipped_end else ""),
            f"{window.start.astimezone(zone):%H:%M:%S}",
            length(window.duration_s),
            f"{window.moon_fraction:.0%} {'up' if window.moon_altitude_deg > 0 else 'down'}",
            "" if window.beta_deg is None else f"{window.beta_deg:+.1f}°",
            f"{window.uncertainty_s:.1f} s",
        )
    console.print(table)
    _print_timeline(_apart(found.windows)[0], found.start, found.end, zone)


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


def no_night(found: "Nights") -> NoNight:
    """That a range holds no window, and when the next one comes."""
    from nightside.sky.windows import LATEST, SEARCH

    start, end, until = found.start, found.end, found.searched_until
    begin = start if end - start < SEARCH else end
    if found.next is not None:
        means = (
            f"No night until {clock_face(found.next.start)} UTC (± {found.next.uncertainty_s:.1f} s), "
            f"then {length(found.next.duration_s)} of it."
        )
    elif until is not None and until < min(begin + SEARCH, LATEST):
        means = f"None comes before {clock_face(max(until, end))} UTC, and the orbit cannot be computed any further."
    else:
        means = f"None comes within a year{' after that' if begin == end else ''} either."
    return NoNight(
        f"Between {clock_face(start)} and {clock_face(end)} UTC there is no window of {found.condition}.",
        means=means,
        remedy="Ask for another range or another condition.",
    )


def _plain(window: "NightFound") -> dict[str, object]:
    return {
        "start": stamp(window.start),
        "end": stamp(window.end),
        "clipped_start": window.clipped_start,
        "clipped_end": window.clipped_end,
        "uncertainty_s": round(window.uncertainty_s, 3),
        "duration_s": round(window.duration_s, 6),
        **{name: getattr(window, name) for name in SKY},
    }


def _apart(found: "Sequence[NightFound]") -> "tuple[list[Window], list[Circumstances]]":
    """Windows and the sky in their middle, as the sky's own formats take them."""
    from nightside.sky.report import Circumstances
    from nightside.sky.window import Window

    windows = [Window(one.start, one.end, one.clipped_start, one.clipped_end, one.uncertainty_s) for one in found]
    return windows, [Circumstances(**{name: getattr(one, name) for name in SKY}) for one in found]
