"""Properties that say the same thing twice: set one, and the body changes the other. Tables and arithmetic only."""

from nightside_drivers.twin.codes import BULB, Property
from nightside_drivers.twin.properties import PropertyTable

_TENTHS_OF_MS = 10_000


def seconds(code: int, setting: int) -> float:
    """A shutter speed in seconds, from 0x500d (in 0.1 ms) or from 0xd100 (numerator and denominator)."""
    if code == Property.EXPOSURE_TIME:
        return setting / _TENTHS_OF_MS
    return (setting >> 16) / max(setting & 0xFFFF, 1)


def coupled(properties: PropertyTable, code: int, what: int) -> list[tuple[int, int]]:
    """What else changes when `code` becomes `what`."""
    if code == Property.EXPOSURE_TIME:
        return _speed(properties, Property.EXPOSURE_TIME_RATIO, code, what)
    if code == Property.EXPOSURE_TIME_RATIO:
        return _speed(properties, Property.EXPOSURE_TIME, code, what)
    if code == Property.EXPOSURE_INDEX:
        return [(Property.ISO_EXTENDED, what)]
    if code == Property.ISO_EXTENDED:
        return [(Property.EXPOSURE_INDEX, min(what, 0xFFFF))]
    return []


def _speed(properties: PropertyTable, other: int, code: int, what: int) -> list[tuple[int, int]]:
    if other not in properties:
        return []
    if what == BULB:
        return [(other, BULB)]
    wanted = seconds(code, what)
    choices = [choice for choice in properties.choices(other) or () if isinstance(choice, int) and choice != BULB]
    return [(other, min(choices, key=lambda choice: abs(seconds(other, choice) - wanted)))] if choices else []
