"""What people want to know of windows besides their edges, and the formats that they keep nights in. Pure: text out, no files."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

import numpy as np

from nightside.sky import curves
from nightside.sky.almanac import Almanac
from nightside.sky.conditions import Condition
from nightside.sky.elements.values import Elements
from nightside.sky.freshness import AgePolicy, Freshness
from nightside.sky.instants import Floats, seconds
from nightside.sky.vantage import Vantage, satellite_of
from nightside.sky.window import Window

SHADES = " ░▒▓█"
CSV_COLUMNS = (
    "start",
    "end",
    "duration_s",
    "clipped_start",
    "clipped_end",
    "uncertainty_s",
    "beta_deg",
    "moon_fraction",
    "moon_altitude_deg",
    "age_days",
    "freshness",
)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The sky in the middle of a window."""

    moon_fraction: float
    """Illuminated, 0 to 1."""
    moon_altitude_deg: float
    """Above a site's horizon, or above the limb seen from a spacecraft."""
    beta_deg: float | None
    """The Sun above the orbit's plane; None without a satellite."""
    age_days: float | None
    """How long after the elements' epoch the window's edges are, the one further from it; None where no satellite matters."""
    freshness: Freshness | None
    """What that means."""


def circumstances(
    windows: Sequence[Window], vantage: Vantage, condition: Condition, policy: AgePolicy | None = None
) -> tuple[Circumstances, ...]:
    """Those of each window."""
    if not windows:
        return ()
    elements = satellite_of(vantage) if condition.follows_satellite(vantage) else None
    ages = [age_of(elements, (window.start, window.end), policy) for window in windows]
    middles = np.array([seconds(window.start + window.duration / 2) for window in windows])
    almanac = Almanac(vantage, float(middles[0]), float(middles[-1]) + 1.0)
    fraction, altitude = curves.moon_fraction(almanac, middles), curves.moon_altitude(almanac, middles)
    beta: Floats | None = curves.beta_angle(almanac, middles) if satellite_of(vantage) is not None else None
    return tuple(
        Circumstances(float(fraction[i]), float(altitude[i]), None if beta is None else float(beta[i]), *ages[i])
        for i in range(len(windows))
    )


def age_of(
    elements: Elements | None, instants: Sequence[datetime], policy: AgePolicy | None = None
) -> tuple[float | None, Freshness | None]:
    """The age (days) of elements at the worst of some instants, and what it means; nothing for no elements."""
    if elements is None:
        return None, None
    worst = max(instants, key=lambda at: (elements.freshness(at, policy).rank, abs(elements.age(at))))
    return round(elements.age(worst) / timedelta(days=1), 3), elements.freshness(worst, policy)


def remarks(vantage: Vantage, instants: Sequence[datetime], policy: AgePolicy) -> tuple[str, ...]:
    """What has to be said of a vantage's elements: how they were chosen, and that they are stale at one of some instants."""
    elements = satellite_of(vantage)
    if elements is None:
        return ()
    found = (elements.note,) if elements.note else ()
    worst = max(instants, key=lambda at: (elements.freshness(at, policy).rank, abs(elements.age(at))))
    if elements.freshness(worst, policy) is not Freshness.STALE:
        return found
    days = abs(elements.age(worst) / timedelta(days=1))
    stale = (
        f"the elements of {elements.name} are stale: their epoch is {elements.epoch:%Y-%m-%d %H:%M:%S} UTC, "
        f"{days:.0f} days from {worst:%Y-%m-%d %H:%M:%S}. Times may be off by "
        f"{elements.along_track_uncertainty_s(worst):.0f} s, and by far more after a reboost."
    )
    return (*found, stale)


def describe_elements(elements: Elements, at: datetime, policy: AgePolicy | None = None) -> dict[str, object]:
    """Whose elements were used, and how old they were."""
    return {
        "name": elements.name,
        "norad_id": elements.norad_id,
        "designator": elements.designator,
        "epoch": elements.epoch,
        "source": elements.source,
        "note": elements.note,
        "age_days": round(elements.age(at) / timedelta(days=1), 3),
        "freshness": elements.freshness(at, policy),
        "manoeuvres": elements.manoeuvres,
    }


def worst_of(some: Iterable[Freshness | None]) -> Freshness | None:
    """The worst of several, if there is any."""
    return max((one for one in some if one is not None), key=lambda one: one.rank, default=None)


def timeline(windows: Sequence[Window], start: datetime, end: datetime, width: int) -> str:
    """A strip of `width` characters from start to end, the darker the more of a character's time lies in windows."""
    cell = (end - start) / width
    covered = [0.0] * width
    for window in windows:
        first = max(0, int((window.start - start) / cell))
        for i in range(first, min(width, int((window.end - start) / cell) + 1)):
            low, high = start + i * cell, start + (i + 1) * cell
            covered[i] += max(timedelta(0), min(high, window.end) - max(low, window.start)) / cell
    return "".join(SHADES[min(len(SHADES) - 1, round(share * (len(SHADES) - 1)))] for share in covered)


def day_strips(windows: Sequence[Window], start: datetime, end: datetime, zone: tzinfo, width: int) -> list[tuple[str, str]]:
    """One strip for each local day of a range: its date, and its hours from midnight to midnight."""
    day = start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    strips: list[tuple[str, str]] = []
    for _ in range((end - start).days + 3):
        # Local midnights, not 24 hours apart where clocks change.
        following = (day + timedelta(days=1)).replace(fold=0)
        low, high = day.astimezone(UTC), following.astimezone(UTC)
        if low < end and high > start:
            strips.append((f"{day:%Y-%m-%d}", timeline(windows, low, high, width)))
        day = following
    return strips


def as_csv(windows: Sequence[Window], skies: Sequence[Circumstances]) -> str:
    """A table with a header, times as ISO 8601 in UTC."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for window, sky in zip(windows, skies, strict=True):
        writer.writerow(
            [
                _stamp(window.start),
                _stamp(window.end),
                f"{window.duration.total_seconds():.6f}",
                str(window.clipped_start).lower(),
                str(window.clipped_end).lower(),
                f"{window.uncertainty_s:.2f}",
                "" if sky.beta_deg is None else f"{sky.beta_deg:.3f}",
                f"{sky.moon_fraction:.4f}",
                f"{sky.moon_altitude_deg:.3f}",
                "" if sky.age_days is None else f"{sky.age_days:.3f}",
                sky.freshness or "",
            ]
        )
    return out.getvalue()


def as_ics(windows: Sequence[Window], skies: Sequence[Circumstances], title: str, made: datetime) -> str:
    """An iCalendar with one event a window, to be subscribed to or imported.

    The same window has the same UID, and mostly still has it with newer elements: what moves within the minute is replaced.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Nightside//Nightside//EN", "CALSCALE:GREGORIAN"]
    taken: set[str] = set()
    for window, sky in zip(windows, skies, strict=True):
        to_minute = (window.start + timedelta(seconds=30)).strftime("%Y%m%dT%H%M")
        uid = f"{to_minute}-{hash_of(title):08x}"
        while uid in taken:  # windows shorter than a minute
            uid += "-next"
        taken.add(uid)
        about = f"{window.start:%H:%M:%S} to {window.end:%H:%M:%S} UTC, ± {window.uncertainty_s:.1f} s"
        if sky.age_days is not None and sky.freshness is not None:
            about += f"; {sky.freshness} elements, {sky.age_days:.1f} days from their epoch"
        lines += [
            "BEGIN:VEVENT",
            f"UID:{uid}@nightside",
            f"DTSTAMP:{made.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            f"DTSTART:{window.start:%Y%m%dT%H%M%SZ}",
            f"DTEND:{window.end:%Y%m%dT%H%M%SZ}",
            f"SUMMARY:{_escaped(title)}",
            f"DESCRIPTION:{_escaped(about)}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def hash_of(text: str) -> int:
    """A number that stays the same from run to run (FNV-1a, 32 bits), unlike `hash`."""
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 % 2**32
    return value


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> list[str]:
    """Lines of at most 75 bytes, as RFC 5545 asks; the later ones begin with a space."""
    pieces = [""]
    for character in line:
        if len((pieces[-1] + character).encode()) > 75:
            pieces.append(" ")
        pieces[-1] += character
    return pieces


def _stamp(instant: datetime) -> str:
    return instant.isoformat(timespec="microseconds").replace("+00:00", "Z")
