"""Where a sampled curve crosses zero: every crossing, grazing ones included, each to a microsecond.

A curve is known at nodes dense enough that between three of them it is either monotonic or bends once (its owner sees to that).
Brackets come from sign changes and, where it may graze zero between nodes, from a finer look at the extremum.
Every loop here is bounded, and each root is worked out by itself, so that it does not depend on its neighbours.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nightside.sky.instants import Floats

Bools = NDArray[np.bool_]
Function = Callable[[Floats], Floats]

TOLERANCE_S = 2e-7
EXTREMUM_S = 1e-4
"""How closely an extremum is placed: a window of a few tenths of a millisecond can hide in it, and no shorter one matters."""
MAX_STEPS = 90
_GOLDEN = 0.3819660112501051


@dataclass(slots=True)
class Brackets:
    """Pairs of instants between which the curve changes sign, with a first guess of where, and of its slope there."""

    low: Floats
    high: Floats
    low_value: Floats
    high_value: Floats
    guess: Floats
    slope: Floats


def crossings(curve: Function, nodes: Floats, values: Floats) -> Floats:
    """The sorted instants at which `curve` changes sign, given its `values` at ascending `nodes` (at least four)."""
    simple = _simple_brackets(nodes, values)
    grazing = _grazing_brackets(curve, nodes, values)
    brackets = Brackets(*(np.concatenate(pair) for pair in zip(_columns(simple), _columns(grazing), strict=True)))
    return np.sort(_solve(curve, brackets))


def _columns(b: Brackets) -> tuple[Floats, ...]:
    return b.low, b.high, b.low_value, b.high_value, b.guess, b.slope


def _simple_brackets(nodes: Floats, values: Floats) -> Brackets:
    """Neighbouring nodes of different sign; the guess is the root of the cubic through the four nodes around them."""
    positive = values > 0.0
    at = np.flatnonzero(positive[1:] != positive[:-1])
    low, high, low_value, high_value = nodes[at], nodes[at + 1], values[at], values[at + 1]
    first = np.clip(at - 1, 0, nodes.size - 4)
    x = [(nodes[first + k] - low) / (high - low) for k in range(4)]
    coefficients = _newton_form(x, [values[first + k] for k in range(4)])
    u = low_value / (low_value - high_value)
    for _ in range(4):
        value, slope = _evaluate(coefficients, x, u)
        u = np.clip(u - value / np.where(slope == 0.0, np.inf, slope), 0.0, 1.0)
    slope = _evaluate(coefficients, x, u)[1] / (high - low)
    return Brackets(low, high, low_value, high_value, low + u * (high - low), slope)


def _newton_form(x: list[Floats], y: list[Floats]) -> list[Floats]:
    """Divided differences of the cubic through four points."""
    table = list(y)
    for order in range(1, 4):
        for i in range(3, order - 1, -1):
            table[i] = (table[i] - table[i - 1]) / (x[i] - x[i - order])
    return table


def _evaluate(c: list[Floats], x: list[Floats], u: Floats) -> tuple[Floats, Floats]:
    """A cubic in Newton's form and its derivative, by Horner."""
    value, slope = c[3], np.zeros_like(u)
    for i in (2, 1, 0):
        slope = slope * (u - x[i]) + value
        value = value * (u - x[i]) + c[i]
    return value, slope


def _grazing_brackets(curve: Function, nodes: Floats, values: Floats) -> Brackets:
    """Both sides of every extremum that reaches over zero between nodes of one sign."""
    positive = values > 0.0
    size = np.abs(values)
    middle, left, right = size[1:-1], size[:-2], size[2:]
    same = (positive[1:-1] == positive[:-2]) & (positive[1:-1] == positive[2:])
    bend = (middle <= left) & (middle <= right) & (middle - np.maximum(left - middle, right - middle) < 0.0)
    at = np.flatnonzero(same & bend) + 1
    sign = np.where(positive[at], 1.0, -1.0)
    instant, depth, found = _dip(curve, sign, nodes[at - 1], nodes[at], nodes[at + 1], size[at - 1], size[at], size[at + 1])
    at, instant, value = at[found], instant[found], (sign * depth)[found]
    # Two nodes of equal size both point at the same extremum: keep one of the two.
    keep = np.ones(at.size, dtype=bool)
    keep[1:] = ~((np.diff(at) == 1) & (np.abs(np.diff(instant)) < EXTREMUM_S * 10))
    at, instant, value = at[keep], instant[keep], value[keep]
    left_guess, left_slope = _parabola(instant, value, nodes[at - 1], values[at - 1])
    right_guess, right_slope = _parabola(instant, value, nodes[at + 1], values[at + 1])
    return Brackets(
        np.concatenate((nodes[at - 1], instant)),
        np.concatenate((instant, nodes[at + 1])),
        np.concatenate((values[at - 1], value)),
        np.concatenate((value, values[at + 1])),
        np.concatenate((left_guess, right_guess)),
        np.concatenate((left_slope, right_slope)),
    )


def _parabola(vertex: Floats, depth: Floats, far: Floats, far_value: Floats) -> tuple[Floats, Floats]:
    """Root and slope between the vertex of a parabola, below zero, and a far point above it."""
    reach = np.sqrt(depth / (depth - far_value))
    return vertex + (far - vertex) * reach, 2.0 * (far_value - depth) * reach / (far - vertex)


def _dip(
    curve: Function, sign: Floats, a: Floats, b: Floats, c: Floats, fa: Floats, fb: Floats, fc: Floats
) -> tuple[Floats, Floats, Bools]:
    """Follow `sign · curve`, positive at a < b < c and least at b, down to where it is not positive, if it comes so far.

    Successive parabolas, golden sections where they stall. A triplet is given up once the chords through it, which bound a
    convex curve from below, stay above zero. Gives instants, values and whether each reached zero.
    """
    a, b, c, fa, fb, fc = (column.copy() for column in (a, b, c, fa, fb, fc))
    active = np.arange(b.size)
    for step in range(MAX_STEPS):
        reach = np.minimum(
            fb - (fa - fb) / (b - a) * (c - b),
            fb - (fc - fb) / (c - b) * (b - a),
        )
        active = active[(fb[active] > 0.0) & (reach[active] <= 0.0) & ((c - a)[active] > EXTREMUM_S)]
        if active.size == 0:
            break
        i = active
        x = _vertex(a[i], b[i], c[i], fa[i], fb[i], fc[i], golden=step % 3 == 2)
        fx = sign[i] * curve(x)
        lower, right = fx <= fb[i], x > b[i]
        a[i], fa[i] = _pick(lower & right, (b[i], fb[i]), ~lower & ~right, (x, fx), (a[i], fa[i]))
        c[i], fc[i] = _pick(lower & ~right, (b[i], fb[i]), ~lower & right, (x, fx), (c[i], fc[i]))
        b[i], fb[i] = np.where(lower, x, b[i]), np.where(lower, fx, fb[i])
    return b, fb, fb <= 0.0


def _pick(
    when: Bools, then: tuple[Floats, Floats], otherwise_when: Bools, then2: tuple[Floats, Floats], rest: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    first, second = (
        np.where(when, one, np.where(otherwise_when, two, three)) for one, two, three in zip(then, then2, rest, strict=True)
    )
    return first, second


def _vertex(a: Floats, b: Floats, c: Floats, fa: Floats, fb: Floats, fc: Floats, *, golden: bool) -> Floats:
    """Where to look next inside a < b < c: the parabola's vertex, or a golden section of the wider half."""
    section = np.where(c - b > b - a, b + _GOLDEN * (c - b), b - _GOLDEN * (b - a))
    if golden:
        return section
    p, q = (b - a) * (fb - fc), (b - c) * (fb - fa)
    below = 2.0 * (p - q)
    vertex = b - ((b - a) * p - (b - c) * q) / np.where(below == 0.0, np.inf, below)
    close = np.abs(vertex - b) < EXTREMUM_S / 8
    vertex = np.where(close, b + np.where(c - b > b - a, EXTREMUM_S / 4, -EXTREMUM_S / 4), vertex)
    return np.where((vertex > a) & (vertex < c) & (below != 0.0), vertex, section)


def _solve(curve: Function, brackets: Brackets) -> Floats:
    """Safeguarded secants, all brackets at once, each until its own next step would not matter."""
    low, high = brackets.low.copy(), brackets.high.copy()
    rising = brackets.high_value > brackets.low_value
    x, slope = brackets.guess.copy(), brackets.slope.copy()
    last_x, last_value, last_move = np.full_like(x, np.nan), np.zeros_like(x), high - low
    active = np.arange(x.size)
    for step in range(MAX_STEPS):
        if active.size == 0:
            break
        i = active
        here = x[i]
        value = curve(here)
        beyond = (value > 0.0) == rising[i]
        high[i], low[i] = np.where(beyond, here, high[i]), np.where(beyond, low[i], here)
        with np.errstate(divide="ignore", invalid="ignore"):
            if step:
                slope[i] = (value - last_value[i]) / (here - last_x[i])
            target = here - value / slope[i]
        inside = (target >= low[i]) & (target <= high[i]) & (step % 6 != 5)
        target = np.where(value == 0.0, here, np.where(inside, target, 0.5 * (low[i] + high[i])))
        move = np.abs(target - here)
        # A secant's steps shrink ever faster, so the next is at most this one by the ratio of the last two.
        expected = move * np.minimum(move / np.maximum(last_move[i], TOLERANCE_S), 1.0)
        x[i], last_x[i], last_value[i], last_move[i] = target, here, value, move
        active = i[(move >= TOLERANCE_S) & ((expected >= TOLERANCE_S) | ~inside)]
    return x
