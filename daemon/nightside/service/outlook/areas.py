"""The regions that a configuration names, as outlines on the map. Pure."""

import re
from collections.abc import Iterator

import numpy as np

from nightside.plan.planner import Night
from nightside.service.outlook.lines import lines, places_of
from nightside.service.outlook.values import Area, Line
from nightside.sky.conditions import And, Condition, Named, Not, Or, Over, Region, Threshold
from nightside.sky.conditions.vocabulary import MEAN_RADIUS_KM
from nightside.sky.instants import Floats

EDGE_DEG = 2.0
"""Edges are great circles or parallels, and drawn with a corner every so often."""
_NUMBER = r"-?[\d.]+(?:e[-+]?\d+)?"
_CIRCLE = re.compile(rf"over_circle\(({_NUMBER}), ({_NUMBER}), ({_NUMBER})\)")
_BOX = re.compile(rf"over_box\(({_NUMBER}), ({_NUMBER}), ({_NUMBER}), ({_NUMBER})\)")


def areas_of(night: Night) -> tuple[Area, ...]:
    """Every region that the condition asks for, and those of the configuration that it does not name."""
    found = {name: lines_of for condition in (night.condition, *night.names.conditions.values())
             for name, lines_of in _in(condition)}  # fmt: skip
    drawn = {id(region) for region, _ in _regions(night.condition)}
    for name, region in night.names.regions.items():
        if id(region) not in drawn:
            found.setdefault(name, _outlines(region))
    return tuple(Area(name=name, outlines=outlines) for name, outlines in found.items())


def _in(condition: Condition) -> Iterator[tuple[str, tuple[Line, ...]]]:
    for piece in pieces(condition):
        name = str(piece)
        if isinstance(piece, Over):
            yield name, _outlines(piece.region)
        elif isinstance(piece, Threshold) and (circle := _CIRCLE.fullmatch(name)):
            yield name, _circle(*map(float, circle.groups()))
        elif isinstance(piece, Named) and (box := _BOX.fullmatch(name)):
            yield name, _box(*map(float, box.groups()))


def _regions(condition: Condition) -> Iterator[tuple[Region, str]]:
    for piece in pieces(condition):
        if isinstance(piece, Over):
            yield piece.region, piece.name


def pieces(condition: Condition) -> Iterator[Condition]:
    """A condition and all that it is made of, outermost first."""
    yield condition
    match condition:
        case Not():
            yield from pieces(condition.condition)
        case And() | Or():
            yield from pieces(condition.left)
            yield from pieces(condition.right)
        case Named():
            yield from pieces(condition.meaning)
        case _:
            pass


def _outlines(region: Region) -> tuple[Line, ...]:
    rings = [ring.corners for polygon in region.polygons for ring in (polygon.outer, *polygon.holes)]
    return tuple(line for corners in rings for line in _closed(_filled(corners)))


def _filled(corners: Floats) -> Floats:
    """Corners, shape (n, 3), with more between those that are far apart, on great circles."""
    parts: list[Floats] = []
    for here, there in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        steps = max(1, int(np.ceil(np.degrees(np.arccos(np.clip(here @ there, -1.0, 1.0))) / EDGE_DEG)))
        share = np.arange(steps)[:, None] / steps
        between = here * (1.0 - share) + there * share
        parts.append(between / np.linalg.norm(between, axis=1, keepdims=True))
    return np.concatenate(parts)


def _closed(corners: Floats) -> tuple[Line, ...]:
    return lines(*places_of(np.concatenate((corners, corners[:1])).T))


def _circle(latitude_deg: float, longitude_deg: float, radius_km: float) -> tuple[Line, ...]:
    latitude, longitude = np.radians(latitude_deg), np.radians(longitude_deg)
    centre = np.array([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)])
    east = np.array([-np.sin(longitude), np.cos(longitude), 0.0])
    north = np.cross(centre, east)
    turn, reach = np.linspace(0.0, 2.0 * np.pi, 73), radius_km / MEAN_RADIUS_KM
    around = np.outer(np.cos(turn), north) + np.outer(np.sin(turn), east)
    return lines(*places_of((centre * np.cos(reach) + around * np.sin(reach)).T))


def _box(south: float, west: float, north: float, east: float) -> tuple[Line, ...]:
    width = min(abs(east - west), 360.0) if abs(east - west) >= 360.0 else (east - west) % 360.0
    steps = max(2, int(np.ceil(width / EDGE_DEG)) + 1)
    eastward = np.linspace(west, west + width, steps)
    longitude = np.concatenate((eastward, eastward[::-1], eastward[:1]))
    latitude = np.concatenate((np.full(steps, south), np.full(steps, north), [south]))
    return lines(latitude, (longitude + 180.0) % 360.0 - 180.0)
