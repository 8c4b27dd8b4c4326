"""A body's device properties: a table of values with their types, limits and refusals. What they bring about is the model's."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType

from nightside_drivers.twin.codes import BULB, ExposureProgram, Property, Response
from nightside_drivers.twin.datasets import DataType, Malformed, Reader, Value, parse_when, u8, u16, value
from nightside_drivers.twin.facts import PropertyFact

_NO_FORM, _RANGE, _ENUMERATION = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Refusal(Exception):
    """The body says no, with this response code."""

    response: Response


class PropertyTable:
    """Every property of one body, as it stands now."""

    def __init__(self, facts: MappingProxyType[int, PropertyFact]) -> None:
        """`facts` say what each may be, and what it is at power-on."""
        self._facts = facts
        self._values: dict[int, Value] = {code: fact.value for code, fact in facts.items()}
        self._choices: dict[int, tuple[Value, ...]] = {}
        self._ranges: dict[int, tuple[int, int, int]] = {}

    def __contains__(self, code: int) -> bool:
        return code in self._facts

    def number(self, code: int) -> int:
        """The value of a numeric property; 0 when the body has no such property."""
        held = self._values.get(code, 0)
        return held if isinstance(held, int) else 0

    def text(self, code: int) -> str:
        """The value of a string property; empty when the body has no such property."""
        held = self._values.get(code, "")
        return held if isinstance(held, str) else ""

    def get(self, code: int) -> Value:
        """The value of a property that the body has."""
        return self._values[code]

    def fits(self, code: int, what: Value) -> bool:
        """Whether a hand could set a property to that, read-only over the bus or not."""
        fact = self._facts[code]
        if isinstance(what, str) != (fact.type is DataType.STRING):
            return False
        try:
            value(fact.type, what)
            self._check(code, fact, what)
        except (Refusal, struct.error):
            return False
        return True

    def put(self, code: int, what: Value) -> bool:
        """Set a value from inside the body, past every refusal. Says whether that changed anything."""
        if code not in self._facts or self._values[code] == what:
            return False
        self._values[code] = what
        return True

    def restrict(self, code: int, choices: Iterable[Value]) -> None:
        """Offer other choices than the data file's: another lens has other apertures."""
        self._choices[code] = tuple(choices)

    def confine(self, code: int, limits: tuple[int, int, int]) -> None:
        """Other limits than the data file's: lowest, highest, step."""
        self._ranges[code] = limits

    def limits(self, code: int) -> tuple[int, int, int] | None:
        """Between what the property may be now, when it is a range: lowest, highest, step."""
        return self._ranges.get(code, self._facts[code].range)

    def choices(self, code: int) -> tuple[Value, ...] | None:
        """What the property may be now, when it is a choice."""
        fact = self._facts[code]
        if fact.choices is None:
            return None
        offered = self._choices.get(code, fact.choices)
        manual = self.number(Property.EXPOSURE_PROGRAM_MODE) == ExposureProgram.MANUAL
        return (*offered, BULB) if fact.bulb and manual else offered

    def parse(self, code: int, data: bytes) -> Value:
        """What SetDevicePropValue's data says, checked. Raises `Refusal` with the response of a real body."""
        fact = self._fact(code)
        if fact.read_only:
            raise Refusal(Response.ACCESS_DENIED)
        try:
            what = Reader(data).value(fact.type)
        except Malformed as cause:
            raise Refusal(Response.INVALID_DEVICE_PROP_FORMAT) from cause
        self._check(code, fact, what)
        return self._padded(fact, what)

    def pack_value(self, code: int) -> bytes:
        """The data of GetDevicePropValue."""
        return value(self._fact(code).type, self._values[code])

    def pack_description(self, code: int) -> bytes:
        """The data of GetDevicePropDesc (ISO 15740, 13.3.3)."""
        fact = self._fact(code)
        kind = fact.type
        packed = u16(code) + u16(kind.code) + u8(0 if fact.read_only else 1)
        packed += value(kind, fact.value) + value(kind, self._values[code])
        choices = self.choices(code)
        limits = self.limits(code)
        if limits is not None:
            return packed + u8(_RANGE) + b"".join(value(kind, limit) for limit in limits)
        if choices is not None:
            return packed + u8(_ENUMERATION) + u16(len(choices)) + b"".join(value(kind, choice) for choice in choices)
        return packed + u8(_NO_FORM)

    def _fact(self, code: int) -> PropertyFact:
        fact = self._facts.get(code)
        if fact is None:
            raise Refusal(Response.DEVICE_PROP_NOT_SUPPORTED)
        return fact

    def _check(self, code: int, fact: PropertyFact, what: Value) -> None:
        choices = self.choices(code)
        if choices is not None and what not in choices:
            raise Refusal(Response.INVALID_DEVICE_PROP_VALUE)
        limits = self.limits(code)
        if limits is not None and isinstance(what, int):
            low, high, step = limits
            if not low <= what <= high or (what - low) % step:
                raise Refusal(Response.INVALID_DEVICE_PROP_VALUE)
        if code == Property.DATE_TIME and isinstance(what, str):
            _check_date(what)
        if _is_field(fact) and isinstance(what, str) and len(what) > len(str(fact.value)):
            raise Refusal(Response.INVALID_DEVICE_PROP_VALUE)

    @staticmethod
    def _padded(fact: PropertyFact, what: Value) -> Value:
        """A blank field of n characters stays n characters long: the body pads with spaces and reads back so."""
        return what.ljust(len(str(fact.value))) if isinstance(what, str) and _is_field(fact) else what


def _check_date(text: str) -> None:
    try:
        parse_when(text)
    except Malformed as cause:
        raise Refusal(Response.INVALID_DEVICE_PROP_VALUE) from cause


def _is_field(fact: PropertyFact) -> bool:
    return fact.type is DataType.STRING and isinstance(fact.value, str) and bool(fact.value) and not fact.value.strip()
