"""Conditions: predicates of time with a signed margin, their combinations, and their text syntax."""

from nightside.sky.conditions.base import And, Condition, Constant, Named, Not, Or, Threshold
from nightside.sky.conditions.calendars import Calendar, During
from nightside.sky.conditions.expression import parse_condition
from nightside.sky.conditions.regions import Over, Region
from nightside.sky.conditions.vocabulary import Names

__all__ = [
    "And",
    "Calendar",
    "Condition",
    "Constant",
    "During",
    "Named",
    "Names",
    "Not",
    "Or",
    "Over",
    "Region",
    "Threshold",
    "parse_condition",
]
