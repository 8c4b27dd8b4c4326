"""How far the Earth has turned, and about which pole: UT1 and polar motion, from a table that ships.

Nothing need ever be downloaded for it. Outside the table its nearest values hold, and `ut1_uncertainty_s` says how far
UT1 may then be off: as long as UTC has leap seconds, |UT1 − UTC| stays below 0.9 s.
"""

import numpy as np

from nightside.sky.earth_orientation_table import FIRST_MJD, MEASURED, ROWS, STEP_DAYS
from nightside.sky.instants import DAY_S, J2000_JD, Floats, tai_minus_utc

BOUND_S = 0.9
TABLE_ERROR_S = 0.007
DRIFT_S_PER_DAY = 0.0015
"""The fastest that UT1 − TAI has changed over any year since 2000 (1.47 ms a day): what holding the last value may cost."""

_FIRST_S = (FIRST_MJD - (J2000_JD - 2400000.5)) * DAY_S
_STEP_S = STEP_DAYS * DAY_S
_TABLE: Floats = np.array(ROWS, dtype=np.float64)
_UT1_MINUS_TAI, _POLE_X, _POLE_Y = _TABLE[:, 0] * 1e-4, _TABLE[:, 1] * 1e-3, _TABLE[:, 2] * 1e-3
_NODES = _FIRST_S + np.arange(len(ROWS), dtype=np.float64) * _STEP_S
_ARCSECOND = np.pi / 648000.0


def ut1_minus_utc(instants: Floats) -> Floats:
    """UT1 − UTC (s) at instants (s since J2000), never beyond ±0.9 s."""
    held: Floats = np.interp(instants, _NODES, _UT1_MINUS_TAI) + tai_minus_utc(instants)
    bounded: Floats = np.clip(held, -BOUND_S, BOUND_S)
    return bounded


def ut1_uncertainty_s(instants: Floats) -> Floats:
    """How far (± s) `ut1_minus_utc` may be off: milliseconds where it was measured, growing afterwards up to the bound."""
    last_measured = _FIRST_S + (MEASURED - 1) * _STEP_S
    beyond = np.maximum(np.maximum(instants - last_measured, _FIRST_S - instants), 0.0) / DAY_S
    bounded: Floats = np.minimum(TABLE_ERROR_S + DRIFT_S_PER_DAY * beyond, BOUND_S)
    return bounded


def to_celestial_pole(vector: Floats, instants: Floats) -> Floats:
    """An Earth-fixed vector, shape (3,), with its z axis turned to the celestial intermediate pole at each instant: (3, n)."""
    xp, yp = np.interp(instants, _NODES, _POLE_X) * _ARCSECOND, np.interp(instants, _NODES, _POLE_Y) * _ARCSECOND
    x, y, z = vector
    return np.stack((x - xp * z, y + yp * z, z + xp * x - yp * y))
