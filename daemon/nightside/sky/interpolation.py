"""Interpolation in evenly spaced tables, fast enough to put under every other curve.

Tables lie on an absolute grid (multiples of their step since J2000), so that a value does not depend on the range asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nightside.sky.instants import Floats

_EIGHT: Floats = np.arange(-3.0, 5.0, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Values on the grid `(first + i) · step_s`, columns in rows: shape (columns, n). Read by cubics through four points."""

    first: int
    step_s: float
    values: Floats

    def at(self, instants: Floats) -> Floats:
        """The columns at instants (s since J2000), which must lie inside the table: shape (columns, len(instants))."""
        place = instants / self.step_s - self.first
        cell = np.clip(place.astype(np.int64), 1, self.values.shape[1] - 3)
        u = place - cell
        below, above, beyond = u + 1.0, u - 1.0, u - 2.0
        weights = (-u * above * beyond / 6.0, below * above * beyond / 2.0, -below * u * beyond / 2.0, below * u * above / 6.0)
        out = np.empty((self.values.shape[0], instants.size))
        for row, column in zip(out, self.values, strict=True):
            np.multiply(weights[0], column[cell - 1], out=row)
            row += weights[1] * column[cell]
            row += weights[2] * column[cell + 1]
            row += weights[3] * column[cell + 2]
        return out


def tabulate(function: Callable[[Floats], Floats], start: float, end: float, coarse_s: float, finer: int) -> Table:
    """A table of a smooth function, good from `start` to `end` (s since J2000).

    The function is evaluated every `coarse_s` and filled in `finer` times as densely by eighth-order Lagrange interpolation:
    where the function is dear and smooth, this is what makes it cheap. It takes shape (n,) and gives (columns, n).
    """
    step = coarse_s / finer
    first = int(np.floor(start / coarse_s)) - 1
    cells = int(np.ceil(end / coarse_s)) + 1 - first
    nodes = function((np.arange(cells + 8, dtype=np.float64) + (first - 3)) * coarse_s)
    fine = np.empty((nodes.shape[0], cells, finer))
    for part in range(finer):
        weights = lagrange_weights(_EIGHT, part / finer)
        fine[:, :, part] = sum(weight * nodes[:, at : at + cells] for at, weight in enumerate(weights))
    return Table(first * finer, step, fine.reshape(nodes.shape[0], cells * finer))


def lagrange_weights(nodes: Floats, place: float) -> Floats:
    """The weights of the polynomial through distinct `nodes`, at `place`."""
    weights = np.ones(nodes.size)
    for i, node in enumerate(nodes):
        others = np.delete(nodes, i)
        weights[i] = np.prod((place - others) / (node - others))
    return weights
