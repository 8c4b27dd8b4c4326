"""What a condition is, and how conditions combine. The combinations are exact: they work on edges, not on samples."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np

from nightside.sky.almanac import Almanac
from nightside.sky.crossings import crossings
from nightside.sky.curves import Curve, Pace
from nightside.sky.instants import Floats
from nightside.sky.spans import Spans
from nightside.sky.vantage import Spacecraft, Vantage


class Condition(ABC):
    """A predicate of time, frozen, with a signed margin. Its text is its identity; `&`, `|` and `~` combine.

    The pieces of `nightside.sky.conditions` are all there is: new ones need `margin`, `spans`, `follows_satellite` and a text.
    """

    __slots__ = ()

    @abstractmethod
    def margin(self, almanac: Almanac, instants: Floats) -> Floats:
        """Positive where it holds and not where it does not; of each atom in its own unit, continuous but for calendars."""

    @abstractmethod
    def spans(self, almanac: Almanac) -> Spans:
        """Where it holds in the almanac's range."""

    @abstractmethod
    def follows_satellite(self, vantage: Vantage) -> bool:
        """Whether its edges move with a satellite, and so share the uncertainty of its place."""

    def __and__(self, other: "Condition") -> "Condition":
        return And(self, other)

    def __or__(self, other: "Condition") -> "Condition":
        return Or(self, other)

    def __invert__(self) -> "Condition":
        return Not(self)


@dataclass(frozen=True, slots=True)
class Threshold(Condition):
    """A curve above or below a level. Whether the level itself belongs to it cannot matter to a window."""

    curve: Curve
    above: bool
    level: float
    name: str = ""
    """What the text syntax calls it, where it is not a plain comparison."""

    def margin(self, almanac: Almanac, instants: Floats) -> Floats:
        """How far the curve is on the right side of the level, in its unit."""
        value = self.curve.value(almanac, instants)
        return value - self.level if self.above else self.level - value

    def spans(self, almanac: Almanac) -> Spans:
        """Between the curve's crossings of the level."""
        nodes = self.curve.nodes(almanac)
        sampled = almanac.sampled(self.curve.name, nodes, self.curve.value)
        values = sampled - self.level if self.above else self.level - sampled
        monotonic = self.curve.rate is not None
        roots = crossings(lambda instants: self.margin(almanac, instants), nodes, values, monotonic=monotonic)
        return Spans.of_roots(almanac.start, almanac.end, bool(values[0] > 0.0), roots)

    def follows_satellite(self, vantage: Vantage) -> bool:
        """As the curve does from there."""
        return self.curve.follows_satellite or (self.curve.pace is Pace.VANTAGE and isinstance(vantage, Spacecraft))

    def __str__(self) -> str:
        return self.name or f"{self.curve.name} {'>' if self.above else '<'} {number(self.level)}"


@dataclass(frozen=True, slots=True)
class Constant(Condition):
    """Always, or never."""

    holds: bool

    def margin(self, almanac: Almanac, instants: Floats) -> Floats:
        """Infinite either way."""
        return np.full(instants.shape, np.inf if self.holds else -np.inf)

    def spans(self, almanac: Almanac) -> Spans:
        """All of the range, or nothing."""
        never = Spans.never(almanac.start, almanac.end)
        return ~never if self.holds else never

    def follows_satellite(self, vantage: Vantage) -> bool:
        """No."""
        return False

    def __str__(self) -> str:
        return "always" if self.holds else "never"


@dataclass(frozen=True, slots=True)
class Named(Condition):
    """A condition that the text syntax calls by one name, whatever it is made of."""

    name: str
    meaning: Condition = field(repr=False)

    def margin(self, almanac: Almanac, instants: Floats) -> Floats:
        """The meaning's."""
        return self.meaning.margin(almanac, instants)

    def spans(self, almanac: Almanac) -> Spans:
        """The meaning's."""
        return self.meaning.spans(almanac)

    def follows_satellite(self, vantage: Vantage) -> bool:
        """As the meaning does."""
        return self.meaning.follows_satellite(vantage)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Not(Condition):
    """Where another condition does not hold."""

    condition: Condition

    def margin(self, almanac: Almanac, instants: Floats) -> Floats:
        """The other's, negated."""
        return -self.condition.margin(almanac, instants)

    def spans(self, almanac: Almanac) -> Spans:
        """The rest of the range."""
        return ~self.condition.spans(almanac)

    def follows_satellite(self, vantage: Vantage) -> bool:
        """As the other does."""
        return self.condition.follows_satellite(vantage)

    def __str__(self) -> str:
        inner = str(self.condition)
        return f"~({inner})" if isinstance(self.condition, And | Or) else f"~{inner}"


@dataclass(frozen=True, slots=True)
class And(Condition):
    """Where both hold."""

    left: Condition
    right: Condition

    def margin(self, almanac: Almanac, instants: Floats) -> Floats:
        """The lesser of the two."""
        return np.minimum(self.left.margin(almanac, instants), self.right.margin(almanac, instants))

    def spans(self, almanac: Almanac) -> Spans:
        """The common part."""
        return self.left.spans(almanac) & self.right.spans(almanac)

    def follows_satellite(self, vantage: Vantage) -> bool:
        """If either does."""
        return self.left.follows_satellite(vantage) or self.right.follows_satellite(vantage)

    def __str__(self) -> str:
        left = f"({self.left})" if isinstance(self.left, Or) else str(self.left)
        right = f"({self.right})" if isinstance(self.right, And | Or) else str(self.right)
        return f"{left} & {right}"


@dataclass(frozen=True, slots=True)
class Or(Condition):
    """Where at least one holds."""

    left: Condition
    right: Condition

    def margin(self, almanac: Almanac, instants: Floats) -> Floats:
        """The greater of the two."""
        return np.maximum(self.left.margin(almanac, instants), self.right.margin(almanac, instants))

    def spans(self, almanac: Almanac) -> Spans:
        """Both parts."""
        return self.left.spans(almanac) | self.right.spans(almanac)

    def follows_satellite(self, vantage: Vantage) -> bool:
        """If either does."""
        return self.left.follows_satellite(vantage) or self.right.follows_satellite(vantage)

    def __str__(self) -> str:
        right = f"({self.right})" if isinstance(self.right, Or) else str(self.right)
        return f"{self.left} | {right}"


def number(value: float) -> str:
    """A number as the syntax writes it: the shortest text that reads back the same."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
