"""Fixed directions in the sky."""

import numpy as np

from nightside.sky.frames import teme_from_icrf
from nightside.sky.instants import DAY_S, Floats
from nightside.sky.interpolation import Table, tabulate

GALACTIC_CENTRE_DEG = (266.41684, -29.00781)
"""Right ascension and declination of Sagittarius A* (ICRS; Reid and Brunthaler 2004): the core of the Milky Way."""
FAR_KM = 1e15


def star_table(place_deg: tuple[float, float], start: float, end: float) -> Table:
    """A far point (km, TEME) in a direction of right ascension and declination, good from `start` to `end`. No aberration."""
    ra, dec = np.radians(place_deg)
    point = FAR_KM * np.array([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)])

    def place(instants: Floats) -> Floats:
        turned: Floats = np.einsum("nij,j->in", teme_from_icrf(instants), point)
        return turned

    return tabulate(place, start, end, 2.0 * DAY_S, 4)
