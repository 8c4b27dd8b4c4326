"""Sets of intervals on one range of time, and their algebra. This is where conditions are combined, exactly."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nightside.sky.instants import Floats

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Where something holds between `start` and `end` (s since J2000): its state at `start`, and the edges at which it turns.

    Edges ascend strictly inside the range. A span begins at its edge and ends just before the next.
    """

    start: float
    end: float
    at_start: bool
    edges: Floats

    @classmethod
    def of_roots(cls, start: float, end: float, first: bool, roots: Floats) -> "Spans":
        """From sorted roots that may reach outside the range; `first` is the state before all of them."""
        before = int(np.searchsorted(roots, start, side="right"))
        upto = int(np.searchsorted(roots, end, side="left"))
        return cls(start, end, first != bool(before % 2), _drop_pairs(roots[before:upto]))

    @classmethod
    def of_intervals(cls, start: float, end: float, intervals: list[tuple[float, float]]) -> "Spans":
        """From intervals in any order; overlapping ones are joined, and all are clipped to the range."""
        joined: list[list[float]] = []
        for begin, finish in sorted((max(a, start), min(b, end)) for a, b in intervals if b > start and a < end and b > a):
            if joined and begin <= joined[-1][1]:
                joined[-1][1] = max(joined[-1][1], finish)
            else:
                joined.append([begin, finish])
        at_start = bool(joined) and joined[0][0] <= start
        edges = [edge for pair in joined for edge in pair if start < edge < end]
        return cls(start, end, at_start, np.array(edges))

    @classmethod
    def never(cls, start: float, end: float) -> "Spans":
        """Nowhere in the range."""
        return cls(start, end, False, np.empty(0))

    def __invert__(self) -> "Spans":
        return Spans(self.start, self.end, not self.at_start, self.edges)

    def __and__(self, other: "Spans") -> "Spans":
        return self._combine(other, np.logical_and)

    def __or__(self, other: "Spans") -> "Spans":
        return self._combine(other, np.logical_or)

    def then(self, later: "Spans") -> "Spans":
        """This range and the one that follows it, as one."""
        if later.start != self.end:
            raise ValueError(f"a range from {later.start} does not follow one to {self.end}")
        turns = self.at_end != later.at_start
        seam = np.array([self.end]) if turns else np.empty(0)
        return Spans(self.start, later.end, self.at_start, np.concatenate((self.edges, seam, later.edges)))

    @property
    def at_end(self) -> bool:
        """The state just before the end."""
        return self.at_start != bool(self.edges.size % 2)

    def intervals(self) -> list[tuple[float, float]]:
        """The intervals in which it holds, ascending."""
        edges = [self.start] if self.at_start else []
        edges += self.edges.tolist()
        if len(edges) % 2:
            edges.append(self.end)
        return list(zip(edges[::2], edges[1::2], strict=True))

    def holds(self, instants: Floats) -> Bools:
        """The state at instants inside the range."""
        turned: Bools = (np.searchsorted(self.edges, instants, side="right") % 2 == 1) != self.at_start
        return turned

    def _combine(self, other: "Spans", rule: Callable[[Bools, Bools], Bools]) -> "Spans":
        if (self.start, self.end) != (other.start, other.end):
            raise ValueError("spans on different ranges cannot be combined")
        edges = np.union1d(self.edges, other.edges)
        places = np.concatenate(([self.start], edges))
        states = rule(self.holds(places), other.holds(places))
        return Spans(self.start, self.end, bool(states[0]), edges[states[1:] != states[:-1]])


def _drop_pairs(roots: Floats) -> Floats:
    """Roots without those that coincide in pairs: a touch that float64 cannot tell from nothing."""
    if roots.size < 2 or bool(np.all(np.diff(roots) > 0)):
        return roots
    values, counts = np.unique(roots, return_counts=True)
    odd: Floats = values[counts % 2 == 1]
    return odd
