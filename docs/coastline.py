"""Writes the coastline that the map draws: Natural Earth's land at 1:50 000 000, thinned to what a phone can show.

    python docs/coastline.py land-50m.json

The argument is that land as TopoJSON, as the npm package world-atlas 2.0.2 has it. Natural Earth is in the public domain
(https://www.naturalearthdata.com). The result is one JSON object: `source`, `scale_deg`, and `rings`, each a list of whole numbers
in units of `scale_deg`: the first corner's latitude and longitude, then the steps to every further one. Rings are closed by whoever
draws them.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nightside.sky.instants import Floats

INTO = Path(__file__).parents[1] / "daemon" / "nightside" / "service" / "page" / "assets" / "coastline.json"
SOURCE = "Natural Earth 1:50m land, version 4.1.0, public domain, naturalearthdata.com; thinned"
SCALE_DEG = 0.01
TOLERANCE_DEG = 0.06
"""How far a corner may lie off the line that is drawn without it."""
LEAST_DEG = 0.35
"""Islands that are smaller both ways are left out."""


def main(topology: Path) -> None:
    """Read the topology, and write the coastline."""
    world: Mapping[str, Any] = json.loads(topology.read_text())
    arcs = [_places(arc, world["transform"]) for arc in world["arcs"]]
    rings = [ring for geometry in world["objects"]["land"]["geometries"] for ring in _rings(geometry, arcs)]
    whole = [part for ring in rings for part in flat(ring)]
    drawn = [thinned(ring) for ring in whole if float(np.ptp(ring, axis=0).max()) >= LEAST_DEG]
    coded = [_steps(ring) for ring in drawn if len(ring) > 3]
    text = json.dumps({"source": SOURCE, "scale_deg": SCALE_DEG, "rings": coded}, separators=(",", ":"))
    INTO.write_text(text + "\n")
    print(f"{len(coded)} rings, {sum(map(len, coded)) // 2} corners, {len(text)} bytes")  # noqa: T201 — a script for a terminal


def _places(arc: Sequence[Sequence[int]], transform: Mapping[str, Sequence[float]]) -> Floats:
    """Longitudes and latitudes of one arc, from its quantised steps."""
    steps = np.cumsum(np.array(arc, dtype=np.float64), axis=0)
    placed: Floats = steps * np.array(transform["scale"]) + np.array(transform["translate"])
    return placed


def _rings(geometry: Mapping[str, Any], arcs: Sequence[Floats]) -> list[Floats]:
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    return [_joined(ring, arcs) for polygon in polygons for ring in polygon]


def _joined(numbers: Sequence[int], arcs: Sequence[Floats]) -> Floats:
    """One ring of arcs; a negative number is one that is walked backwards. The last corner is the first again."""
    parts = [arcs[number] if number >= 0 else arcs[~number][::-1] for number in numbers]
    return np.concatenate([parts[0], *(part[1:] for part in parts[1:])])


def flat(ring: Floats) -> list[Floats]:
    """A ring that may cross the antimeridian, as it is drawn on a flat map: on past 180°, and once more on the other side.

    One that goes round a pole is closed along the edge of the map.
    """
    longitude = np.degrees(np.unwrap(np.radians(ring[:, 0])))
    unwrapped = np.column_stack((longitude, ring[:, 1]))
    if abs(longitude[-1] - longitude[0]) > 180.0:
        pole = 90.0 if ring[:, 1].mean() > 0.0 else -90.0
        edge = [[longitude[-1], pole], [longitude[0], pole], unwrapped[0]]
        unwrapped = np.concatenate((unwrapped, np.array(edge)))
        longitude = unwrapped[:, 0]
    turns = [turn for turn in (-360.0, 0.0, 360.0) if longitude.min() + turn < 180.0 and longitude.max() + turn > -180.0]
    return [unwrapped + np.array([turn, 0.0]) for turn in turns]


def thinned(ring: Floats) -> Floats:
    """The corners that matter (Douglas and Peucker 1973), of a closed ring, its far corner kept."""
    far = int(np.argmax(np.linalg.norm(ring - ring[0], axis=1)))
    keep = np.zeros(len(ring), dtype=bool)
    keep[[0, far, len(ring) - 1]] = True
    left = [(0, far), (far, len(ring) - 1)]
    while left:
        low, high = left.pop()
        if high - low < 2:
            continue
        off = _off(ring[low + 1 : high], ring[low], ring[high])
        if off.max() > TOLERANCE_DEG:
            middle = low + 1 + int(np.argmax(off))
            keep[middle] = True
            left += [(low, middle), (middle, high)]
    return ring[keep]


def _off(points: Floats, start: Floats, end: Floats) -> Floats:
    """How far points lie from a stretch."""
    along = end - start
    share = np.clip((points - start) @ along / max(float(along @ along), 1e-18), 0.0, 1.0)
    away: Floats = np.linalg.norm(points - (start + share[:, None] * along), axis=1)
    return away


def _steps(ring: Floats) -> list[int]:
    whole = np.rint(ring[:-1, ::-1] / SCALE_DEG).astype(np.int64)
    steps = np.concatenate((whole[:1], np.diff(whole, axis=0)))
    return [int(value) for value in steps.ravel()]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
