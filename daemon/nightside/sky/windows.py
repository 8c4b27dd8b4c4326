"""Windows: when a condition holds, from a vantage, in a range of time."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np

from nightside.errors import RangeRefused
from nightside.sky.almanac import Almanac
from nightside.sky.conditions import Condition
from nightside.sky.earth_orientation import ut1_uncertainty_s
from nightside.sky.instants import DAY_S, Floats, moments, seconds
from nightside.sky.orbit import propagable_until
from nightside.sky.spans import Spans
from nightside.sky.vantage import Vantage, satellite_of
from nightside.sky.window import Window

CHUNK_S = 400.0 * DAY_S
"""How much is worked on at once: a year in low orbit is about 136 000 nodes, 20 MB."""
EARLIEST, LATEST = datetime(1901, 1, 1, tzinfo=UTC), datetime(2099, 12, 1, tzinfo=UTC)
"""What the theories of the Sun and the Moon are good for."""
SEARCH = timedelta(days=366)
STRIDE_S = 15.0 * DAY_S


def find_windows(condition: Condition, vantage: Vantage, start: datetime, end: datetime) -> tuple[Window, ...]:
    """Every window of a condition between two aware datetimes, in order.

    Raises `RangeRefused`, `ConditionRefused` where the vantage cannot answer, and `ElementsDamaged` where SGP4 gives up.
    """
    return survey([condition], vantage, start, end)[0]


def survey(
    conditions: Sequence[Condition], vantage: Vantage, start: datetime, end: datetime, *, chunk_s: float = CHUNK_S
) -> tuple[tuple[Window, ...], ...]:
    """The windows of several conditions at once, which is cheaper: they share one almanac. `chunk_s` bounds memory only."""
    first, last = time_range(start, end)
    whole: list[Spans] = []
    for low, high in chunks(first, last, chunk_s):
        almanac = Almanac(vantage, low, high)
        parts = [condition.spans(almanac) for condition in conditions]
        whole = [before.then(part) for before, part in zip(whole, parts, strict=True)] if whole else parts
    return tuple(_windows(spans, condition, vantage) for spans, condition in zip(whole, conditions, strict=True))


def no_night_until(condition: Condition, vantage: Vantage, start: datetime) -> Window | None:
    """The first window at or after `start`, sought for up to a year, or to where the orbit ends; None if there is none.

    It may be under way at `start`, and is then clipped there. An orbit ends with its table, or shortly before a decay
    (`search_end`); a window that is still open there is given, clipped.
    """
    first = time_range(start, LATEST)[0]
    last = seconds(search_end(condition, vantage, start))
    if last <= first:
        return None
    spans: Spans | None = None
    for low, high in chunks(first, last, STRIDE_S):
        part = condition.spans(Almanac(vantage, low, high))
        spans = part if spans is None else spans.then(part)
        windows = _windows(spans, condition, vantage)
        if windows and (not windows[0].clipped_end or high >= last):
            return windows[0]
    return None


def search_end(condition: Condition, vantage: Vantage, start: datetime, ahead: timedelta = SEARCH) -> datetime:
    """Until when windows may be looked for from `start`, `ahead` at the most: for as long as the satellite's place can be computed.

    It is `start` where there is no place to be computed any more. Conditions that need no satellite have no such end.
    """
    end = min(start + ahead, LATEST)
    elements = satellite_of(vantage) if condition.follows_satellite(vantage) else None
    return end if elements is None else propagable_until(elements, start, end)


def time_range(start: datetime, end: datetime) -> tuple[float, float]:
    """Two datetimes as instants, refused with `RangeRefused` where they make no range."""
    for edge in (start, end):
        if edge.tzinfo is None:
            raise RangeRefused(
                f"{edge.isoformat()} has no time zone.", means="It names no instant.", remedy="Add Z for UTC, or an offset."
            )
        if not EARLIEST <= edge <= LATEST:
            raise RangeRefused(
                f"{edge.isoformat()} is outside of {EARLIEST:%Y} to {LATEST:%Y}.",
                means="Where the Sun and the Moon are is not known well enough there.",
                remedy="Ask for another range.",
            )
    first, last = seconds(start), seconds(end)
    if not first < last:
        raise RangeRefused(
            f"The range from {start.isoformat()} to {end.isoformat()} is empty.", remedy="Give an end that is after the start."
        )
    return first, last


def chunks(first: float, last: float, chunk_s: float) -> Iterator[tuple[float, float]]:
    """A range in parts of about `chunk_s`."""
    count = max(1, int(-(-(last - first) // chunk_s)))
    for i in range(count):
        yield first + i * chunk_s, last if i == count - 1 else first + (i + 1) * chunk_s


def _windows(spans: Spans, condition: Condition, vantage: Vantage) -> tuple[Window, ...]:
    intervals = spans.intervals()
    if not intervals:
        return ()
    edges = np.array(intervals)
    uncertainty = np.max(_uncertainty_s(edges, condition, vantage), axis=1).tolist()
    cut_before, cut_after = (edges[:, 0] == spans.start).tolist(), (edges[:, 1] == spans.end).tolist()
    starts, ends = moments(edges[:, 0]), moments(edges[:, 1])
    return tuple(map(Window, starts, ends, cut_before, cut_after, uncertainty))


def _uncertainty_s(instants: Floats, condition: Condition, vantage: Vantage) -> Floats:
    """How far off (± s) an edge at each instant may be."""
    elements = satellite_of(vantage)
    if elements is not None and condition.follows_satellite(vantage):
        return elements.along_track_bound_s(instants - seconds(elements.epoch))
    return ut1_uncertainty_s(instants)
