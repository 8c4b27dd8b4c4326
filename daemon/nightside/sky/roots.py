"""Roots inside brackets, many at once: by secants where they behave, by Ridders' method where they do not.

Every loop is bounded, and no root depends on its neighbours.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nightside.sky.instants import Floats

Bools: TypeAlias = NDArray[np.bool_]
Ints: TypeAlias = NDArray[np.intp]
Family: TypeAlias = Callable[[Floats, Ints], Floats]
"""Several curves at once: instants, and which member each is asked of."""

TOLERANCE_S = 2e-7
MAX_STEPS = 120
"""How often a curve may be looked at for one root, or one extremum."""
MOST_SECANTS = 12


@dataclass(frozen=True, slots=True)
class Brackets:
    """Pairs of instants between which a curve changes sign, with a first guess of where, and of its slope there."""

    member: Ints
    low: Floats
    high: Floats
    low_value: Floats
    high_value: Floats
    guess: Floats
    slope: Floats

    def beside(self, other: "Brackets") -> "Brackets":
        """These and the others."""
        return Brackets(*(np.concatenate((getattr(self, f.name), getattr(other, f.name))) for f in fields(self)))


def solve(curves: Family, brackets: Brackets) -> Floats:
    """The roots: by secants where they behave, which is nearly everywhere, and by Ridders' method where they do not."""
    x, strayed = _secants(curves, brackets)
    if strayed.size:
        low, high = brackets.low[strayed], brackets.high[strayed]
        low_value, high_value = brackets.low_value[strayed], brackets.high_value[strayed]
        x[strayed] = _ridders(curves, brackets.member[strayed], low, high, low_value, high_value)
    return x


def _secants(curves: Family, brackets: Brackets) -> tuple[Floats, Ints]:
    """Roots from guesses and slopes, all at once, each until its own next step would not matter; and which ones strayed.

    A secant's steps shrink ever faster, so its next one is at most this one by the ratio of the last two.
    """
    x, slope, low, high = brackets.guess.copy(), brackets.slope.copy(), brackets.low.copy(), brackets.high.copy()
    rising = brackets.high_value > brackets.low_value
    last_x, last_value, last_move = x.copy(), np.zeros_like(x), np.zeros_like(x)
    strayed = np.zeros(x.size, dtype=bool)
    active = np.arange(x.size)
    for step in range(MOST_SECANTS):
        if active.size == 0:
            break
        i = active
        here = x[i]
        value = curves(here, brackets.member[i])
        beyond = (value > 0.0) == rising[i]
        low[i], high[i] = np.where(beyond, low[i], here), np.where(beyond, here, high[i])
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            if step:
                slope[i] = (value - last_value[i]) / (here - last_x[i])
            target = np.where(value == 0.0, here, here - value / slope[i])
        strayed[i] = ~((target >= low[i]) & (target <= high[i]))
        move = np.abs(target - here)
        expected = move * np.minimum(move / np.maximum(last_move[i], TOLERANCE_S), 1.0)
        x[i], last_x[i], last_value[i], last_move[i] = target, here, value, move
        # The first step's slope is only a guess: it proves nothing, however short the step.
        active = i[((expected >= TOLERANCE_S) | (step == 0)) & ~strayed[i]]
    strayed[active] = True
    return x, np.flatnonzero(strayed)


def _ridders(curves: Family, member: Ints, low: Floats, high: Floats, low_value: Floats, high_value: Floats) -> Floats:
    """Roots by Ridders' method (IEEE Trans. Circuits and Systems 26, 1979): at least a halving of the bracket a round.

    A third look just beyond each estimate closes the bracket from the other side as soon as the estimate is good.
    """
    ends = Ends(low.copy(), high.copy(), low_value.copy(), high_value.copy())
    active = np.arange(low.size)
    for _ in range(MAX_STEPS // 3):
        if active.size == 0:
            break
        middle = 0.5 * (ends.low[active] + ends.high[active])
        value = curves(middle, member[active])
        root = np.sqrt(value * value - ends.low_value[active] * ends.high_value[active])
        reach = np.where(root > 0.0, value / np.where(root > 0.0, root, 1.0), 0.0)
        target = middle + (middle - ends.low[active]) * np.sign(ends.low_value[active] - ends.high_value[active]) * reach
        ends.close_in(active, middle, value)
        value = curves(target, member[active])
        onward = np.where((value > 0.0) == (ends.low_value[active] > 0.0), TOLERANCE_S, -TOLERANCE_S)
        ends.close_in(active, target, value)
        ends.close_in(active, target + onward, curves(target + onward, member[active]))
        active = active[ends.high[active] - ends.low[active] > 2.0 * TOLERANCE_S]
    return 0.5 * (ends.low + ends.high)


@dataclass(frozen=True, slots=True)
class Ends:
    """The ends of brackets that close in on their roots. The arrays are written to."""

    low: Floats
    high: Floats
    low_value: Floats
    high_value: Floats

    def close_in(self, which: Ints, at: Floats, value: Floats) -> None:
        """Take an instant inside a bracket for the end that has its sign."""
        inside = (at > self.low[which]) & (at < self.high[which])
        left = inside & ((value > 0.0) == (self.low_value[which] > 0.0))
        right = inside & ~left
        self.low[which[left]], self.low_value[which[left]] = at[left], value[left]
        self.high[which[right]], self.high_value[which[right]] = at[right], value[right]
