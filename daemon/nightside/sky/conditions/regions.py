"""Regions on the ground that the nadir may be inside of: polygons on the sphere, with poles, antimeridians and holes.

Corners are unit vectors of the geodetic vertical, edges are arcs of great circles between them, and the inside of a ring is the
smaller of its two sides. The nadir is in or out by counting the edges that it crosses, so that no crossing is missed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nightside.sky.almanac import NODES_PER_REVOLUTION, Almanac
from nightside.sky.conditions.base import Condition
from nightside.sky.crossings import family_crossings
from nightside.sky.instants import Floats
from nightside.sky.spans import Spans
from nightside.sky.vantage import Vantage

SLACK_RAD = 1.5 * 2.0 * np.pi / NODES_PER_REVOLUTION
"""How far the nadir moves between two nodes, and half as much again."""
BLOCK = 16
"""How many edges are looked at together, for memory's sake."""


@dataclass(frozen=True, slots=True, eq=False)
class Ring:
    """A closed line on the sphere: corners as unit vectors, shape (n, 3), the first not repeated. No two neighbours coincide."""

    corners: Floats

    @property
    def ends(self) -> Floats:
        """The far corner of each edge."""
        return np.roll(self.corners, -1, axis=0)

    @property
    def normals(self) -> Floats:
        """Unit normals of the edges' planes, to the left of their direction."""
        across = np.cross(self.corners, self.ends)
        unit: Floats = across / np.linalg.norm(across, axis=1, keepdims=True)
        return unit

    def contains(self, points: Floats) -> NDArray[np.bool_]:
        """Whether unit vectors, shape (3, n), are inside."""
        inside = self._known_insides()
        nearest = np.argmax(inside @ points, axis=0)
        return np.array(
            [self._crossed(inside[i], point) % 2 == 0 for i, point in zip(nearest, points.T, strict=True)], dtype=bool
        )

    def distance(self, points: Floats) -> Floats:
        """The angle (rad) from unit vectors, shape (3, n), to the nearest edge."""
        nearest = [np.full(points.shape[1], np.pi)]
        for start, end, normal in zip(self.corners, self.ends, self.normals, strict=True):
            along = (np.cross(normal, start) @ points >= 0.0) & (np.cross(end, normal) @ points >= 0.0)
            off: Floats = np.abs(np.arcsin(np.clip(normal @ points, -1.0, 1.0)))
            corner: Floats = np.arccos(np.clip(start @ points, -1.0, 1.0))
            nearest.append(np.where(along, off, corner))
        least: Floats = np.min(nearest, axis=0)
        return least

    def area(self) -> float:
        """The solid angle (sr) on the left of the ring, 0 to 4π, by Van Oosterom and Strackee's formula (IEEE BME-30, 1983)."""
        a, total = self.corners[0], 0.0
        for b, c in zip(self.corners[1:-1], self.corners[2:], strict=True):
            total += 2.0 * np.arctan2(np.dot(a, np.cross(b, c)), 1.0 + np.dot(a, b) + np.dot(b, c) + np.dot(c, a))
        return float(total % (4.0 * np.pi))

    def _known_insides(self) -> Floats:
        """Points just inside of the middles of the longest edges, shape (k, 3)."""
        lengths = np.arccos(np.clip(np.sum(self.corners * self.ends, axis=1), -1.0, 1.0))
        longest = np.argsort(-lengths)[:8]
        middles = self.corners[longest] + self.ends[longest]
        middles /= np.linalg.norm(middles, axis=1, keepdims=True)
        side = 1.0 if self.area() < 2.0 * np.pi else -1.0
        offset = side * 1e-6 * lengths[longest][:, None]
        inside: Floats = middles + offset * self.normals[longest]
        return inside

    def _crossed(self, start: Floats, end: Floats) -> int:
        """How many edges the arc between two unit vectors crosses."""
        normals, across = self.normals, np.cross(start, end)
        turn_start, turn_end = normals @ start > 0.0, normals @ end > 0.0
        side_from, side_to = self.corners @ across > 0.0, self.ends @ across > 0.0
        meet = np.cross(normals, across)
        same = (np.sum(meet * (self.corners + self.ends), axis=1) > 0.0) == (meet @ (start + end) > 0.0)
        return int(np.sum((turn_start != turn_end) & (side_from != side_to) & same))


@dataclass(frozen=True, slots=True)
class Polygon:
    """An outer ring without its holes."""

    outer: Ring
    holes: tuple[Ring, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """Any number of polygons."""

    polygons: tuple[Polygon, ...]

    def contains(self, points: Floats) -> NDArray[np.bool_]:
        """Whether unit vectors, shape (3, n), are inside any of them."""
        inside = np.zeros(points.shape[1], dtype=bool)
        for polygon in self.polygons:
            here = polygon.outer.contains(points)
            for hole in polygon.holes:
                here &= ~hole.contains(points)
            inside |= here
        return inside

    def distance(self, points: Floats) -> Floats:
        """The angle (rad) to the nearest edge."""
        rings = [ring for polygon in self.polygons for ring in (polygon.outer, *polygon.holes)]
        least: Floats = np.min([ring.distance(points) for ring in rings], axis=0)
        return least


@dataclass(frozen=True, slots=True)
class Over(Condition):
    """The nadir is inside a region."""

    name: str
    region: Region = field(compare=False, repr=False)

    def margin(self, almanac: Almanac, instants: Floats) -> Floats:
        """How far inside (°), negative outside."""
        nadir = almanac.nadir(instants)
        sign = np.where(self.region.contains(nadir), 1.0, -1.0)
        signed: Floats = sign * np.degrees(self.region.distance(nadir))
        return signed

    def spans(self, almanac: Almanac) -> Spans:
        """Between the crossings of its edges."""
        whole = Spans.never(almanac.start, almanac.end)
        for polygon in self.region.polygons:
            part = _ring_spans(polygon.outer, almanac)
            for hole in polygon.holes:
                part &= ~_ring_spans(hole, almanac)
            whole |= part
        return whole

    def follows_satellite(self, vantage: Vantage) -> bool:
        """Yes."""
        return True

    def __str__(self) -> str:
        return self.name


def _ring_spans(ring: Ring, almanac: Almanac) -> Spans:
    nodes = almanac.orbit_nodes()
    nadir = almanac.nadir(nodes)
    middles = ring.corners + ring.ends
    middles /= np.linalg.norm(middles, axis=1, keepdims=True)
    reach = np.arccos(np.clip(np.sum(middles * ring.corners, axis=1), -1.0, 1.0)) + SLACK_RAD
    roots: list[Floats] = []
    for first in range(0, len(ring.corners), BLOCK):
        part = slice(first, first + BLOCK)
        roots.append(_edge_crossings(ring, part, almanac, nodes, nadir, np.cos(np.minimum(reach[part], np.pi))))
    edges = np.sort(np.concatenate(roots))
    return Spans.of_roots(almanac.start, almanac.end, bool(ring.contains(nadir[:, :1])[0]), edges)


def _edge_crossings(ring: Ring, part: slice, almanac: Almanac, nodes: Floats, nadir: Floats, reach: Floats) -> Floats:
    """When the nadir crosses some of a ring's edges: it crosses their great circles first, and then the place decides."""
    starts, ends, normals = ring.corners[part], ring.ends[part], ring.normals[part]
    middles = starts + ends
    middles /= np.linalg.norm(middles, axis=1, keepdims=True)
    near = middles @ nadir > reach[:, None]
    if not near.any():
        return np.empty(0)

    def beside(instants: Floats, member: NDArray[np.intp]) -> Floats:
        product: Floats = np.sum(normals[member].T * almanac.nadir(instants), axis=0)
        return product

    instants, member = family_crossings(beside, nodes, normals @ nadir, near)
    place = almanac.nadir(instants).T
    after_start = np.sum(np.cross(starts[member], place) * normals[member], axis=1) >= 0.0
    before_end = np.sum(np.cross(place, ends[member]) * normals[member], axis=1) > 0.0
    crossed: Floats = instants[after_start & before_end]
    return crossed


def vertical(latitude_deg: Floats, longitude_deg: Floats) -> Floats:
    """Unit vectors of places, shape (n, 3)."""
    latitude, longitude = np.radians(latitude_deg), np.radians(longitude_deg)
    return np.stack((np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)), axis=1)


def ring_of(places: Iterable[tuple[float, float]]) -> Ring:
    """A ring through (latitude, longitude) pairs in degrees, along great circles. Raises ValueError for what is no ring."""
    pairs = np.array(list(places), dtype=np.float64).reshape(-1, 2)
    if not np.isfinite(pairs).all() or bool((np.abs(pairs[:, 0]) > 90.0).any()) or bool((np.abs(pairs[:, 1]) > 360.0).any()):
        raise ValueError("a corner is no place on the Earth: latitudes go to ±90°, longitudes to ±360°")
    corners = vertical(pairs[:, 0], pairs[:, 1])
    step = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1)
    corners = corners[step > 1e-9]
    if len(corners) < 3:
        raise ValueError("a region needs at least three corners that differ")
    if bool((np.sum(corners * np.roll(corners, 1, axis=0), axis=1) < -0.999999).any()):
        raise ValueError("an edge joins two places on opposite sides of the Earth, so its way is not known")
    return Ring(corners)
