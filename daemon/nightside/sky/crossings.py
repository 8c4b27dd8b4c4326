"""Where a sampled curve crosses zero: every crossing, grazing ones included, each to a microsecond.

A curve is known at nodes dense enough that between three of them it is either monotonic or bends once (its owner sees to that),
and where it bends it is convex. A curve that peaks more sharply brings its extrema along as nodes.
Brackets come from sign changes and, where it may graze zero between nodes, from a finer look at the extremum.
Each root is worked out by itself (`nightside.sky.roots`), so that it does not depend on its neighbours. Every loop is bounded.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nightside.sky.instants import Floats
from nightside.sky.roots import MAX_STEPS, Bools, Brackets, Family, Ints, solve

EXTREMUM_S = 1e-4
"""How closely an extremum is placed: a window of a few tenths of a millisecond can hide in it, and no shorter one matters."""
POLISHES = 4
_GOLDEN = 0.3819660112501051


@dataclass(frozen=True, slots=True)
class Triplets:
    """Three instants a < b < c on a curve of one sign, with the size (≥ 0) of its value at each; b's is the least."""

    member: Ints
    sign: Floats
    a: Floats
    b: Floats
    c: Floats
    fa: Floats
    fb: Floats
    fc: Floats


def crossings(curve: Callable[[Floats], Floats], nodes: Floats, values: Floats, *, monotonic: bool = False) -> Floats:
    """The sorted instants at which `curve` changes sign, given its `values` at ascending `nodes` (at least four).

    Where it is `monotonic` between nodes, because its extrema are among them, nothing can graze zero.
    """
    family: Family = lambda instants, _: curve(instants)  # noqa: E731 — a curve is a family of one
    if monotonic:
        return np.sort(solve(family, _simple_brackets(nodes, values[None, :], None)))
    return np.sort(family_crossings(family, nodes, values[None, :])[0])


def family_crossings(curves: Family, nodes: Floats, values: Floats, near: Bools | None = None) -> tuple[Floats, Ints]:
    """As `crossings` for several curves on the same nodes, `values` of shape (members, nodes): instants, and whose they are.

    Where `near` is false at all of a crossing's nodes, it is left out: nobody asked for it.
    """
    brackets = _simple_brackets(nodes, values, near).beside(_grazing_brackets(curves, nodes, values, near))
    return solve(curves, brackets), brackets.member


def _simple_brackets(nodes: Floats, values: Floats, near: Bools | None) -> Brackets:
    """Neighbouring nodes of different sign; the guess is the root of the cubic through the four nodes around them."""
    positive = values > 0.0
    turns = positive[:, 1:] != positive[:, :-1]
    if near is not None:
        turns &= near[:, 1:] | near[:, :-1]
    member, at = np.nonzero(turns)
    low, high, low_value, high_value = nodes[at], nodes[at + 1], values[member, at], values[member, at + 1]
    first = np.clip(at - 1, 0, nodes.size - 4)
    x = [(nodes[first + k] - low) / (high - low) for k in range(4)]
    coefficients = _newton_form(x, [values[member, first + k] for k in range(4)])
    u = low_value / (low_value - high_value)
    for _ in range(4):
        value, slope = _evaluate(coefficients, x, u)
        u = np.clip(u - value / np.where(slope == 0.0, np.inf, slope), 0.0, 1.0)
    slope = _evaluate(coefficients, x, u)[1] / (high - low)
    return Brackets(member, low, high, low_value, high_value, low + u * (high - low), slope)


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


def _grazing_brackets(curves: Family, nodes: Floats, values: Floats, near: Bools | None) -> Brackets:
    """Both sides of every extremum that reaches over zero between nodes of one sign."""
    positive = values > 0.0
    size = np.abs(values)
    middle, left, right = size[:, 1:-1], size[:, :-2], size[:, 2:]
    dips = (positive[:, 1:-1] == positive[:, :-2]) & (positive[:, 1:-1] == positive[:, 2:])
    dips &= (middle <= left) & (middle <= right) & (middle - np.maximum(left - middle, right - middle) < 0.0)
    if near is not None:
        dips &= near[:, 1:-1]
    member, at = np.nonzero(dips)
    at = at + 1
    sign = np.where(positive[member, at], 1.0, -1.0)
    three = Triplets(
        member, sign, nodes[at - 1], nodes[at], nodes[at + 1], size[member, at - 1], size[member, at], size[member, at + 1]
    )
    instant, depth = _dip(curves, three)
    found = depth <= 0.0
    # Two nodes of equal size both point at the same extremum: keep one of the two.
    found[1:] &= ~(found[:-1] & (np.diff(at) == 1) & (np.abs(np.diff(instant)) < EXTREMUM_S * 10) & (np.diff(member) == 0))
    member, at, instant, value = member[found], at[found], instant[found], (sign * depth)[found]
    low, high, low_value, high_value = nodes[at - 1], nodes[at + 1], values[member, at - 1], values[member, at + 1]
    falling = Brackets(member, low, instant, low_value, value, *_parabola(instant, value, low, low_value))
    return falling.beside(Brackets(member, instant, high, value, high_value, *_parabola(instant, value, high, high_value)))


def _parabola(vertex: Floats, depth: Floats, far: Floats, far_value: Floats) -> tuple[Floats, Floats]:
    """Root and slope between the vertex of a parabola, below zero, and a far point above it."""
    reach = np.sqrt(depth / (depth - far_value))
    return vertex + (far - vertex) * reach, 2.0 * (far_value - depth) * reach / (far - vertex)


def _dip(curves: Family, three: Triplets) -> tuple[Floats, Floats]:
    """Follow each curve's size down to where it passes zero, if it comes so far: the lowest instant found, and the size there.

    Successive parabolas, golden sections where they stall. A triplet is given up once the chords through it, which bound a
    convex curve from below, stay above zero. Below zero it is followed a little further, so that the roots on both sides are
    well apart from it.
    """
    a, b, c, fa, fb, fc = (column.copy() for column in (three.a, three.b, three.c, three.fa, three.fb, three.fc))
    polished = np.zeros(b.size, dtype=int)
    active = np.arange(b.size)
    for step in range(MAX_STEPS):
        bound = np.minimum(fb - (fa - fb) / (b - a) * (c - b), fb - (fc - fb) / (c - b) * (b - a))
        active = active[(polished[active] < POLISHES) & (bound[active] <= 0.0) & ((c - a)[active] > EXTREMUM_S)]
        if active.size == 0:
            break
        i = active
        x = _next_look(a[i], b[i], c[i], fa[i], fb[i], fc[i], golden=step % 3 == 2)
        fx = three.sign[i] * curves(x, three.member[i])
        lower, right = fx <= fb[i], x > b[i]
        # The old b becomes an end where the new point is lower; otherwise the new point does.
        end, end_value = np.where(lower, b[i], x), np.where(lower, fb[i], fx)
        left_end = lower == right
        a[i], fa[i] = np.where(left_end, end, a[i]), np.where(left_end, end_value, fa[i])
        c[i], fc[i] = np.where(left_end, c[i], end), np.where(left_end, fc[i], end_value)
        b[i], fb[i] = np.where(lower, x, b[i]), np.where(lower, fx, fb[i])
        polished[i] += fb[i] <= 0.0
    return b, fb


def _next_look(a: Floats, b: Floats, c: Floats, fa: Floats, fb: Floats, fc: Floats, *, golden: bool) -> Floats:
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
