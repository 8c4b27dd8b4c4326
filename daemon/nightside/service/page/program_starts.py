"""A program of each kind to begin with, where none is at hand: each is possible as it stands, and to be changed in its form."""

from collections.abc import Mapping
from typing import Any

TRAIL: Mapping[str, Any] = {"kind": "star-trail", "exposure_s": 30, "total_s": 900}

STARTS: Mapping[str, Mapping[str, Any]] = {
    "bracket": {"kind": "bracket", "exposure_s": 0.5, "frames": 3, "every_s": 10, "sets": 30},
    "bulb": {"kind": "bulb", "exposure_s": 60, "shots": 5},
    "burst": {"kind": "burst", "exposure_s": 1, "frames": 10, "bursts": 1},
    "darks": {"kind": "darks", "exposure_s": 30, "shots": 10},
    "exposure-series": {"kind": "exposure-series", "series": [{"exposure_s": 1}, {"exposure_s": 4}], "rounds": 1},
    "interval": {"kind": "interval", "exposure_s": 10, "every_s": 15, "shots": 60},
    "repeat": {"kind": "repeat", "program": {**TRAIL, "total_s": 120}, "every_s": 600},
    "sequence": {"kind": "sequence", "parts": [TRAIL, {"kind": "darks", "exposure_s": 30, "shots": 10}]},
    "star-trail": TRAIL,
    "time-lapse": {"kind": "time-lapse", "exposure_s": 0.25, "frames_per_s": 1},
}
