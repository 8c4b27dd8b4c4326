"""Where the Sun is, seen from the Earth's centre, in TEME (km).

The Earth's orbit is ERFA's `epv00` (VSOP2000 by Bretagnon, fitted to DE405; a few km), taken every two days and interpolated.
*Geometric* is where the Sun is; *apparent* is where it is seen: light time of 499 s, and annual aberration.
"""

from enum import StrEnum

import erfa
import numpy as np

from nightside.sky.frames import teme_from_icrf
from nightside.sky.instants import DAY_S, Floats, terrestrial
from nightside.sky.interpolation import Table, tabulate

AU_KM = 149597870.7
LIGHT_KM_S = 299792.458
LIGHT_AU_DAY = LIGHT_KM_S * DAY_S / AU_KM
RADIUS_KM = 695700.0
"""The nominal solar radius of IAU 2015 Resolution B3."""
COARSE_S = 2.0 * DAY_S
FINER = 4


class SunPlace(StrEnum):
    """Which place of the Sun casts the shadow."""

    APPARENT = "apparent"
    GEOMETRIC = "geometric"


def sun_table(start: float, end: float, place: SunPlace) -> Table:
    """The Sun's vector (km, TEME) as a table of three columns, good from `start` to `end` (s since J2000)."""
    return tabulate(lambda instants: _sun(instants, place), start, end, COARSE_S, FINER)


def _sun(instants: Floats, place: SunPlace) -> Floats:
    heliocentric, barycentric = erfa.epv00(*terrestrial(instants))
    vector = -heliocentric["p"]
    if place is SunPlace.APPARENT:
        vector = _apparent(vector, barycentric["v"] - heliocentric["v"], barycentric["v"])
    turned: Floats = np.einsum("nij,nj->in", teme_from_icrf(instants), vector) * AU_KM
    return turned


def _apparent(vector: Floats, sun_velocity: Floats, earth_velocity: Floats) -> Floats:
    """The Sun's vector (au) set back by its own motion during light time, and turned by aberration (to first order in v/c)."""
    light_days = np.linalg.norm(vector, axis=1, keepdims=True) / LIGHT_AU_DAY
    seen = vector - sun_velocity * light_days
    distance = np.linalg.norm(seen, axis=1, keepdims=True)
    turned = seen / distance + earth_velocity / LIGHT_AU_DAY
    placed: Floats = turned / np.linalg.norm(turned, axis=1, keepdims=True) * distance
    return placed
