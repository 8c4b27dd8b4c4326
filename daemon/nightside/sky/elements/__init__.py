"""Orbits as published: values, ages, and the formats they come in."""

from nightside.sky.elements.choice import choose
from nightside.sky.elements.complaints import Complaint
from nightside.sky.elements.load import load_elements, parse_elements, read_elements
from nightside.sky.elements.values import (
    Elements,
    Ephemeris,
    Frame,
    Interpolation,
    Manoeuvre,
    MeanElements,
    Segment,
    require_usable,
)
from nightside.sky.freshness import AgePolicy, Freshness

__all__ = [
    "AgePolicy",
    "Complaint",
    "Elements",
    "Ephemeris",
    "Frame",
    "Freshness",
    "Interpolation",
    "Manoeuvre",
    "MeanElements",
    "Segment",
    "choose",
    "load_elements",
    "parse_elements",
    "read_elements",
    "require_usable",
]
