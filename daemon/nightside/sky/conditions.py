"""Conditions: predicates of time with a signed margin, combined with and, or and not.

A condition is a frozen value; its text is its identity, and `parse_condition(str(condition))` gives it back.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from nightside.errors import ConditionRefused
from nightside.sky import curves
from nightside.sky.almanac import Almanac
from nightside.sky.crossings import crossings
from nightside.sky.curves import Curve
from nightside.sky.instants import Floats
from nightside.sky.spans import Spans


class Condition(Protocol):
    """What windows are sought for."""

    @property
    def follows_satellite(self) -> bool:
        """Whether its edges move with a satellite's orbit, and so with the orbit's uncertainty."""
        ...

    def margin(self, almanac: Almanac, instants: Floats) -> Floats:
        """Positive where it holds, and continuous; of each atom in its own unit."""
        ...

    def spans(self, almanac: Almanac) -> Spans:
        """Where it holds in the almanac's range."""
        ...


@dataclass(frozen=True, slots=True)
class Threshold:
    """A curve above or below a level."""

    curve: Curve
    above: bool
    level: float
    text: str

    @property
    def follows_satellite(self) -> bool:
        """As the curve does."""
        return self.curve.pace is curves.with_the_satellite

    def margin(self, almanac: Almanac, instants: Floats) -> Floats:
        """How far the curve is on the right side of the level, in its unit."""
        value = self.curve.value(almanac, instants)
        return value - self.level if self.above else self.level - value

    def spans(self, almanac: Almanac) -> Spans:
        """Where it is."""
        nodes = self.curve.nodes(almanac)
        values = self.margin(almanac, nodes)
        roots = crossings(lambda instants: self.margin(almanac, instants), nodes, values)
        return Spans.of_roots(almanac.start, almanac.end, bool(values[0] > 0.0), roots)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Not:
    """Where another condition does not hold."""

    condition: Condition

    @property
    def follows_satellite(self) -> bool:
        """As the other does."""
        return self.condition.follows_satellite

    def margin(self, almanac: Almanac, instants: Floats) -> Floats:
        """The other's, negated."""
        return -self.condition.margin(almanac, instants)

    def spans(self, almanac: Almanac) -> Spans:
        """The rest of the range."""
        return ~self.condition.spans(almanac)


@dataclass(frozen=True, slots=True)
class And:
    """Where both hold."""

    left: Condition
    right: Condition

    @property
    def follows_satellite(self) -> bool:
        """If either does."""
        return self.left.follows_satellite or self.right.follows_satellite

    def margin(self, almanac: Almanac, instants: Floats) -> Floats:
        """The lesser of the two."""
        return np.minimum(self.left.margin(almanac, instants), self.right.margin(almanac, instants))

    def spans(self, almanac: Almanac) -> Spans:
        """The common part."""
        return self.left.spans(almanac) & self.right.spans(almanac)


@dataclass(frozen=True, slots=True)
class Or:
    """Where at least one holds."""

    left: Condition
    right: Condition

    @property
    def follows_satellite(self) -> bool:
        """If either does."""
        return self.left.follows_satellite or self.right.follows_satellite

    def margin(self, almanac: Almanac, instants: Floats) -> Floats:
        """The greater of the two."""
        return np.maximum(self.left.margin(almanac, instants), self.right.margin(almanac, instants))

    def spans(self, almanac: Almanac) -> Spans:
        """Both parts."""
        return self.left.spans(almanac) | self.right.spans(almanac)


def parse_condition(text: str) -> Condition:
    """The condition that a text names. Raises `ConditionRefused`."""
    simple: dict[str, Condition] = {
        "umbra": Threshold(curves.UMBRA, above=False, level=0.0, text="umbra"),
        "penumbra": Threshold(curves.PENUMBRA, above=False, level=0.0, text="penumbra"),
        "sunlit": Threshold(curves.PENUMBRA, above=True, level=0.0, text="sunlit"),
    }
    name = text.strip()
    if name in simple:
        return simple[name]
    words = name.replace("<", " < ").replace(">", " > ").split()
    by_name = {"sun": curves.SUN, "nadir_sun": curves.NADIR_SUN}
    try:
        curve, sign, level = by_name[words[0]], words[1], float(words[2])
    except (KeyError, IndexError, ValueError):
        raise ConditionRefused(f"{text!r} is no condition.", remedy=f"Known are {', '.join(simple)}.") from None
    return Threshold(curve, sign == ">", level, f"{words[0]} {sign} {level:g}")
