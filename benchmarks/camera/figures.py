"""Figures, the bounds that they are held to, and how both are printed."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Bound:
    """What one figure must be, at most or at least."""

    figure: str
    limit: float
    at_least: bool = False

    def met(self, value: float) -> bool:
        return value >= self.limit if self.at_least else value <= self.limit

    def __str__(self) -> str:
        return f"{self.figure} {'≥' if self.at_least else '≤'} {self.limit:g}"


@dataclass(frozen=True, slots=True)
class Found:
    """One line: what was measured, and what it is held to. A peer is held to nothing."""

    name: str
    figures: dict[str, float]
    bounds: Sequence[Bound] = field(default_factory=tuple)

    def missed(self) -> list[Bound]:
        return [bound for bound in self.bounds if not bound.met(self.figures[bound.figure])]

    def __str__(self) -> str:
        figures = "  ".join(f"{figure} {value:.3f}" for figure, value in self.figures.items())
        missed = ", ".join(map(str, self.missed()))
        verdict = "" if not self.bounds else f"  NOT MET: {missed}" if missed else "  met"
        return f"{self.name:<46} {figures}{verdict}"


def share(values: Sequence[float], of: float) -> float:
    """The value that `of` (0 to 1) of the values do not exceed."""
    return sorted(values)[min(len(values) - 1, int(of * len(values)))]


def drift(values: Sequence[float]) -> float:
    """By how much the second half's median differs from the first half's."""
    half = len(values) // 2
    return share(values[half:], 0.5) - share(values[:half], 0.5)
