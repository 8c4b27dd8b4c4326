"""Geomagnetic latitude in the centred dipole: what the aurora goes by, to a degree or two.

Dipole coefficients are IGRF-14's (IAGA, 2024), in nT, linear in between, with its secular variation after 2025.
"""

import numpy as np

from nightside.sky.instants import DAY_S, Floats

YEAR_S = 365.25 * DAY_S
EPOCHS = (1980.0, 1990.0, 2000.0, 2010.0, 2015.0, 2020.0, 2025.0, 2030.0)
G10 = (-29992.0, -29775.0, -29619.4, -29496.57, -29441.46, -29403.41, -29350.0, -29287.0)
G11 = (-1956.0, -1848.0, -1728.2, -1586.42, -1501.77, -1451.37, -1410.3, -1360.3)
H11 = (5604.0, 5406.0, 5186.1, 4944.26, 4795.99, 4653.35, 4545.5, 4438.0)


def magnetic_latitude_sine(earth_fixed: Floats, instants: Floats) -> Floats:
    """The sine of the geomagnetic latitude of unit vectors in Earth-fixed axes, shape (3, n)."""
    years = 2000.0 + instants / YEAR_S
    axis = -np.stack([np.interp(years, EPOCHS, column) for column in (G11, H11, G10)])
    product: Floats = np.sum(earth_fixed * axis, axis=0) / np.sqrt(np.sum(axis * axis, axis=0))
    return product
