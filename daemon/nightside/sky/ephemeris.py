"""A tabulated ephemeris, interpolated as CCSDS 502.0-B asks: inside one segment, by its method and degree; in TEME.

Where a message names no method, Hermite interpolation of degree 7 through four points of position and velocity is used.
"""

import numpy as np

from nightside.errors import RangeRefused
from nightside.sky.elements.values import Ephemeris, Frame, Interpolation, Segment
from nightside.sky.frames import icrf_from_eme2000, teme_from_icrf, teme_from_true_equator
from nightside.sky.instants import DAY_S, Floats, moment
from nightside.sky.interpolation import Table, tabulate

MATRIX_STEP_S = 0.5 * DAY_S
ROUNDING_S = 2e-6
"""How far beyond its ends a segment may be asked: datetimes are whole microseconds."""

MU_KM3_S2 = 398600.4418
MONTH_S = 30.0 * DAY_S
OVERLAP_LOOKS = 9
MOST_APART_KM = 5.0
"""How far apart two segments may be where they overlap."""


class TabulatedOrbit:
    """States out of a table. The table's own samples are met exactly."""

    def __init__(self, name: str, ephemeris: Ephemeris) -> None:
        self._name = name
        self._segments = ephemeris.segments
        self._stretches = stretches(self._segments)
        self._turns = [_turn_table(segment) for segment in self._segments]

    @property
    def swiftest_rad_s(self) -> float:
        """The greatest angular speed among the samples."""
        return max(_angular_speed(segment) for segment in self._segments)

    @property
    def period_s(self) -> float:
        """That of the ellipse through the first sample; at most a month, for a path that is none."""
        first = self._segments[0]
        distance, speed = np.linalg.norm(first.position_km[0]), np.linalg.norm(first.velocity_km_s[0])
        inverse = float(2.0 / distance - speed**2 / MU_KM3_S2)
        return min(2.0 * np.pi * (inverse**-3 / MU_KM3_S2) ** 0.5, MONTH_S) if inverse > 0.0 else MONTH_S

    def covered(self, start: float, end: float) -> tuple[float, float]:
        """The gapless stretch of segments that holds a range. Raises `RangeRefused` where none does."""
        for low, high in self._stretches:
            if low - ROUNDING_S <= start and end <= high + ROUNDING_S:
                return low, high
        held = [high for low, high in self._stretches if low - ROUNDING_S <= start <= high + ROUNDING_S]
        raise self._outside(min(held[0] + 1.0, end) if held else start)

    def contradiction(self) -> tuple[float, float] | None:
        """Where two segments that overlap are too far apart to be the same orbit: the instant, and by how much (km)."""
        furthest = 0
        for i in range(1, len(self._segments)):
            low, high = self._segments[i].start_s, min(self._segments[i].stop_s, self._segments[furthest].stop_s)
            if low <= high:
                instants = np.linspace(low, high, OVERLAP_LOOKS)
                one, other = (_in_teme(self._segments[k], self._turns[k], instants)[0] for k in (furthest, i))
                apart = np.linalg.norm(one - other, axis=0)
                if float(np.max(apart)) > MOST_APART_KM:
                    return float(instants[np.argmax(apart)]), float(np.max(apart))
            if self._segments[i].stop_s > self._segments[furthest].stop_s:
                furthest = i
        return None

    def states(self, instants: Floats) -> tuple[Floats, Floats]:
        """Position (km) and velocity (km/s) in TEME, (3, n). Raises `RangeRefused` outside the table and in its gaps."""
        position, velocity = np.empty((3, instants.size)), np.empty((3, instants.size))
        left = np.ones(instants.size, dtype=bool)
        for segment, turn in zip(self._segments, self._turns, strict=True):
            mine = left & (instants >= segment.start_s - ROUNDING_S) & (instants <= segment.stop_s + ROUNDING_S)
            if mine.any():
                position[:, mine], velocity[:, mine] = _in_teme(segment, turn, instants[mine])
                left &= ~mine
        if left.any():
            raise self._outside(float(instants[left][0]))
        return position, velocity

    def _outside(self, instant: float) -> RangeRefused:
        low, high = self._segments[0].start_s, self._stretches[-1][1]
        gaps = ", with gaps" if len(self._stretches) > 1 else ""
        return RangeRefused(
            f"The ephemeris of {self._name} says nothing of {moment(instant):%Y-%m-%d %H:%M:%S} UTC.",
            means=f"It covers {moment(low):%Y-%m-%d %H:%M:%S} to {moment(high):%Y-%m-%d %H:%M:%S} UTC{gaps}.",
            remedy="Ask for a range inside it, or fetch a newer ephemeris.",
        )


def stretches(segments: tuple[Segment, ...]) -> list[tuple[float, float]]:
    """The spans that segments, sorted by their start, cover without a gap."""
    joined: list[tuple[float, float]] = []
    for segment in segments:
        if joined and segment.start_s <= joined[-1][1] + 2.0 * ROUNDING_S:
            joined[-1] = joined[-1][0], max(joined[-1][1], segment.stop_s)
        else:
            joined.append((segment.start_s, segment.stop_s))
    return joined


def _in_teme(segment: Segment, turn: Table | None, instants: Floats) -> tuple[Floats, Floats]:
    position, velocity = interpolate(segment, instants)
    if turn is None:
        return position.T, velocity.T
    matrices = turn.at(instants).reshape(3, 3, -1)
    return np.einsum("ijn,nj->in", matrices, position), np.einsum("ijn,nj->in", matrices, velocity)


def _turn_table(segment: Segment) -> Table | None:
    """The matrices to TEME over a segment, nine columns; None where the table is in TEME already."""
    if segment.frame is Frame.TEME:
        return None

    def matrices(instants: Floats) -> Floats:
        from_frame = teme_from_true_equator if segment.frame is Frame.TOD else teme_from_icrf
        turn = from_frame(instants)
        if segment.frame is Frame.EME2000:
            turn = turn @ icrf_from_eme2000()
        return turn.reshape(-1, 9).T

    return tabulate(matrices, segment.start_s, segment.stop_s, MATRIX_STEP_S, 1)


def interpolate(segment: Segment, instants: Floats) -> tuple[Floats, Floats]:
    """Position and velocity in the segment's own frame, each of shape (n, 3)."""
    hermite = segment.method is Interpolation.HERMITE
    wanted = (segment.degree + 1) // 2 if hermite else segment.degree + 1
    size = min(max(wanted, 2), segment.instants.size)
    first = np.searchsorted(segment.instants, instants, side="right") - 1 - (size - 1) // 2
    first = np.clip(first, 0, segment.instants.size - size)
    picked = first[:, None] + np.arange(size)
    middle = segment.instants[first][:, None]
    nodes, place = segment.instants[picked] - middle, instants[:, None] - middle
    p, v = segment.position_km[picked], segment.velocity_km_s[picked]
    if hermite:
        return _hermite(nodes, place, p, v)
    weights = _lagrange(nodes, place)
    return np.einsum("nk,nkj->nj", weights, p), np.einsum("nk,nkj->nj", weights, v)


def _lagrange(nodes: Floats, place: Floats) -> Floats:
    """Weights of the polynomial through each row of nodes, at each row's place."""
    weights = np.ones_like(nodes)
    for k in range(nodes.shape[1]):
        for other in range(nodes.shape[1]):
            if other != k:
                weights[:, k] *= (place[:, 0] - nodes[:, other]) / (nodes[:, k] - nodes[:, other])
    return weights


def _hermite(nodes: Floats, place: Floats, p: Floats, v: Floats) -> tuple[Floats, Floats]:
    """The polynomial that meets positions and velocities at the nodes, and its derivative, by divided differences."""
    doubled = np.repeat(nodes, 2, axis=1)
    table = np.repeat(p, 2, axis=1)
    size = doubled.shape[1]
    for order in range(1, size):
        for i in range(size - 1, order - 1, -1):
            if order == 1 and i % 2 == 1:
                table[:, i] = v[:, i // 2]
            else:
                table[:, i] = (table[:, i] - table[:, i - 1]) / (doubled[:, i] - doubled[:, i - order])[:, None]
    value, slope = table[:, size - 1].copy(), np.zeros_like(table[:, 0])
    for i in range(size - 2, -1, -1):
        step = place - doubled[:, i : i + 1]
        slope = slope * step + value
        value = value * step + table[:, i]
    return value, slope


def _angular_speed(segment: Segment) -> float:
    spin = np.linalg.norm(np.cross(segment.position_km, segment.velocity_km_s), axis=1)
    return float(np.max(spin / np.sum(segment.position_km**2, axis=1)))
