"""Regions from GeoJSON (RFC 7946): polygons, multipolygons, features and collections of them.

GeoJSON draws its lines straight on a map of longitude and latitude, so edges are filled in with corners every degree. An edge
that goes more than half way round takes the short way, across the antimeridian, unless it goes all the way.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from nightside.errors import ConditionRefused
from nightside.sky.conditions.regions import Polygon, Region, ring_of

STEP_DEG = 1.0
MOST_CORNERS = 20_000
DEEPEST = 8
"""How deep collections may nest."""
COLLECTIONS: Mapping[str, str] = {"FeatureCollection": "features", "GeometryCollection": "geometries"}
OTHER_SHAPES = frozenset({"Point", "MultiPoint", "LineString", "MultiLineString"})
"""Shapes without an inside: passed over."""


def parse_geojson(text: str, source: str) -> dict[str, Region]:
    """The regions in a text, by the names (or ids) of its features; the whole of it by `source`. Raises `ConditionRefused`."""
    try:
        document: object = json.loads(text)
    except json.JSONDecodeError as error:
        raise _refused(source, f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except (RecursionError, ValueError):
        raise _refused(source, "its brackets nest too deep, or a number is too long") from None
    named: dict[str, list[Polygon]] = {}
    try:
        for name, polygon in _polygons(document, "", DEEPEST):
            for key in {name, source} - {""}:
                named.setdefault(key, []).append(polygon)
    except (ValueError, OverflowError) as error:
        raise _refused(source, str(error)) from None
    if not named:
        raise _refused(source, "it holds no polygon")
    if sum(len(ring.corners) for p in named[source] for ring in (p.outer, *p.holes)) > MOST_CORNERS:
        raise _refused(source, f"it has more than {MOST_CORNERS} corners; simplify it")
    return {name: Region(tuple(polygons)) for name, polygons in named.items()}


def _polygons(node: object, name: str, depth: int) -> Iterator[tuple[str, Polygon]]:
    thing = _object(node)
    kind = thing.get("type")
    if depth == 0:
        raise ValueError(f"collections nest more than {DEEPEST} deep")
    if kind == "Feature":
        if thing.get("geometry") is not None:
            yield from _polygons(thing["geometry"], _name(thing) or name, depth - 1)
    elif kind == "Polygon":
        yield name, _polygon(thing.get("coordinates"))
    elif kind == "MultiPolygon":
        for rings in _list(thing.get("coordinates"), "coordinates"):
            yield name, _polygon(rings)
    elif isinstance(kind, str) and kind in COLLECTIONS:
        for member in _list(thing.get(COLLECTIONS[kind]), COLLECTIONS[kind]):
            yield from _polygons(member, name, depth - 1)
    elif not (isinstance(kind, str) and kind in OTHER_SHAPES):
        raise ValueError(f"{str(kind)[:40]!r} is no type of GeoJSON")


def _name(feature: Mapping[str, object]) -> str:
    properties = feature.get("properties")
    held: Mapping[str, object] = {} if properties is None else _object(properties)
    for value in (held.get("name"), held.get("NAME"), feature.get("id")):
        if isinstance(value, str | int):
            return str(value).replace('"', "'")[:80]
    return ""


def _polygon(rings: object) -> Polygon:
    drawn = [ring_of(_filled(_places(ring))) for ring in _list(rings, "coordinates")]
    if not drawn:
        raise ValueError("a polygon has no rings")
    return Polygon(drawn[0], tuple(drawn[1:]))


def _places(ring: object) -> list[tuple[float, float]]:
    places: list[tuple[float, float]] = []
    for position in _list(ring, "a ring"):
        match _list(position, "a position"):
            case [int() | float() as longitude, int() | float() as latitude, *_]:
                places.append((float(latitude), float(longitude)))
            case other:
                raise ValueError(f"{other!r} is no position: longitude and latitude are two numbers")
    if any(not (math.isfinite(a) and math.isfinite(b) and abs(a) <= 90 and abs(b) <= 360) for a, b in places):
        raise ValueError("a position is no place on the Earth: latitudes go to ±90°, longitudes to ±360°")
    if len(places) > MOST_CORNERS:
        raise ValueError(f"a ring has more than {MOST_CORNERS} corners; simplify it")
    return places


def _filled(places: Sequence[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """The corners, and more between those that are far apart, on straight lines of the map."""
    for (latitude, longitude), (to_latitude, to_longitude) in zip(places, [*places[1:], *places[:1]], strict=True):
        east = to_longitude - longitude
        if 180.0 < abs(east) < 360.0:
            east -= math.copysign(360.0, east)
        north = to_latitude - latitude
        steps = max(1, math.ceil(max(abs(east), abs(north)) / STEP_DEG))
        for i in range(steps):
            yield latitude + north * i / steps, longitude + east * i / steps


def _list(value: object, what: str) -> list[object]:
    if isinstance(value, list):
        return cast("list[object]", value)
    raise ValueError(f"{what} must be a list")


def _object(value: object) -> Mapping[str, object]:
    if isinstance(value, dict):
        return cast("Mapping[str, object]", value)
    raise ValueError("an object such as a Feature or a Polygon was expected")


def _refused(source: str, what: str) -> ConditionRefused:
    return ConditionRefused(
        f"{source} is no region: {what}.",
        means="Conditions that name it cannot be used.",
        remedy="Give a GeoJSON file of polygons.",
    )
