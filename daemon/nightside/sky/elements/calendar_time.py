"""Times as CCSDS messages write them: 2025-05-22T12:00:00.000 or 2025-142T12:00:00Z, in UTC or an atomic scale."""

import re
from datetime import UTC, datetime, timedelta

import numpy as np

from nightside.sky.instants import TT_MINUS_TAI_S, seconds, tai_minus_utc

GPS_MINUS_TAI_S = -19.0
BEHIND_TAI_S = {"TAI": 0.0, "GPS": GPS_MINUS_TAI_S, "TT": TT_MINUS_TAI_S, "TDT": TT_MINUS_TAI_S}
"""Scales that are TAI plus a constant (s)."""
SCALES = ("UTC", *BEHIND_TAI_S)

_TIME = re.compile(
    r"(?P<year>\d{4})-(?:(?P<month>\d\d)-(?P<day>\d\d)|(?P<doy>\d{3}))"
    r"[T ](?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?P<part>\.\d{1,15})?Z?",
    re.ASCII,
)
FIRST_YEAR, LAST_YEAR = 1957, 2100
"""The years in which there are, or may soon be, satellites."""


def read_time(text: str, scale: str = "UTC") -> float:
    """Seconds since J2000 (UTC) of a time. Raises ValueError with what is wrong with it."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text.strip()[:40]!r} is no time")
    if not FIRST_YEAR <= int(match["year"]) <= LAST_YEAR:
        raise ValueError(f"{text.strip()!r} is not between {FIRST_YEAR} and {LAST_YEAR}")
    day = datetime(int(match["year"]), int(match["month"] or 1), int(match["day"] or 1), tzinfo=UTC)
    if match["doy"]:
        day += timedelta(days=int(match["doy"]) - 1)
        if day.year != int(match["year"]) or match["doy"] == "000":
            raise ValueError(f"{text.strip()!r} is on a day that its year does not have")
    at = day.replace(hour=int(match["hour"]), minute=int(match["minute"]), second=int(match["second"]))
    instant = seconds(at) + float(match["part"] or 0.0)
    if scale == "UTC":
        return instant
    return _from_tai(instant - BEHIND_TAI_S[scale])


def _from_tai(tai: float) -> float:
    """UTC of an instant counted in TAI: the leap seconds before it, looked up twice because they are a function of UTC."""
    utc = tai
    for _ in range(2):
        utc = tai - float(tai_minus_utc(np.array([utc]))[0])
    return utc
