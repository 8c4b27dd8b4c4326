"""Instants as numbers: seconds of UTC since J2000 (2000-01-01T12:00:00 UTC), 86 400 to the day.

All of `nightside.sky` counts so inside, in float64 (steps of 0.12 µs today), and speaks in aware datetimes outside. UTC has
leap seconds and this count does not, as POSIX's does not: an instant inside an inserted second cannot be named.
"""

from datetime import UTC, datetime, timedelta

import numpy as np
from erfa import leap_seconds
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DAY_S = 86400.0
J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
J2000_JD = 2451545.0
TT_MINUS_TAI_S = 32.184

_MICROSECOND = timedelta(microseconds=1)


def seconds(utc: datetime) -> float:
    """Seconds since J2000 of an aware datetime."""
    if utc.tzinfo is None:
        raise ValueError(f"{utc.isoformat()} has no time zone, so it names no instant")
    return (utc - J2000) / _MICROSECOND / 1e6


def moment(instant: float) -> datetime:
    """The aware UTC datetime of an instant, to the nearest microsecond."""
    return J2000 + timedelta(microseconds=round(instant * 1e6))


def moments(instants: Floats) -> list[datetime]:
    """Those of many instants."""
    return [J2000 + timedelta(0, 0, whole) for whole in np.rint(instants * 1e6).astype(np.int64).tolist()]


def julian(instant: Floats) -> tuple[Floats, Floats]:
    """A UTC Julian date in two parts, whole and half days first, so that nothing is lost by adding them up too early."""
    day = np.floor(instant / DAY_S)
    return J2000_JD + day, (instant - day * DAY_S) / DAY_S


def tai_minus_utc(instant: Floats) -> Floats:
    """TAI − UTC (s) from the leap seconds built into ERFA; held at the last one known. Before 1972, the value of 1972."""
    since, steps = _leap_steps()
    return steps[np.maximum(np.searchsorted(since, instant, side="right") - 1, 0)]


def terrestrial(instant: Floats) -> tuple[Floats, Floats]:
    """Terrestrial Time as a Julian date in two parts."""
    return julian(instant + tai_minus_utc(instant) + TT_MINUS_TAI_S)


def _leap_steps() -> tuple[Floats, Floats]:
    table = leap_seconds.get()
    table = table[table["year"] >= 1972]
    since = [seconds(datetime(int(row["year"]), int(row["month"]), 1, tzinfo=UTC)) for row in table]
    return np.array(since), np.array(table["tai_utc"], dtype=np.float64)
