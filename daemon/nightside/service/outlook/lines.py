"""Lines on a flat map, cut at the antimeridian. Pure."""

from collections.abc import Iterator

import numpy as np

from nightside.service.outlook.values import Line
from nightside.sky.instants import Floats

DIGITS = 3
"""Of degrees: a hundred metres."""


def places_of(verticals: Floats) -> tuple[Floats, Floats]:
    """Latitudes and longitudes (°) of unit vectors, shape (3, n)."""
    latitude = np.degrees(np.arcsin(np.clip(verticals[2], -1.0, 1.0)))
    longitude = np.degrees(np.arctan2(verticals[1], verticals[0]))
    return latitude, longitude


def cut(latitude: Floats, longitude: Floats, beside: Floats | None = None) -> Iterator[tuple[Floats, Floats, Floats]]:
    """A line in pieces that do not cross the antimeridian, each as latitudes, longitudes and what goes `beside` each point.

    Where it is cut, both pieces get the point at which it crosses, on the straight line of the map.
    """
    beside = np.zeros(latitude.shape) if beside is None else beside
    jumps = np.flatnonzero(np.abs(np.diff(longitude)) > 180.0)
    first, head = 0, np.empty((3, 0))
    whole = np.stack((latitude, longitude, beside))
    for jump in jumps.tolist():
        before, after = whole[:, jump], whole[:, jump + 1].copy()
        side = 180.0 if before[1] > 0.0 else -180.0
        after[1] += 2.0 * side
        share = (side - before[1]) / (after[1] - before[1])
        seam = before + share * (after - before)
        piece = np.column_stack((head, whole[:, first : jump + 1], seam))
        yield piece[0], piece[1], piece[2]
        first, head = jump + 1, np.array([[seam[0]], [-side], [seam[2]]])
    piece = np.column_stack((head, whole[:, first:]))
    yield piece[0], piece[1], piece[2]


def lines(latitude: Floats, longitude: Floats) -> tuple[Line, ...]:
    """A line as values."""
    return tuple(Line(latitude_deg=rounded(a), longitude_deg=rounded(b)) for a, b, _ in cut(latitude, longitude))


def rounded(values: Floats, digits: int = DIGITS) -> tuple[float, ...]:
    """Numbers as they are sent."""
    return tuple(np.round(values, digits).tolist())
