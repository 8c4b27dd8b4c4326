"""A client in the same process: asks a twin's model without a network, under a virtual clock."""

from datetime import UTC, datetime

from nightside_drivers.clock import VirtualClock
from nightside_drivers.twin import facts
from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.codes import ALL, ObjectFormat, Operation, Property, Response
from nightside_drivers.twin.datasets import Reader
from nightside_drivers.twin.device import Device
from nightside_drivers.twin.operations.exchange import Reply, Request
from nightside_drivers.twin.options import Options

START = datetime(2018, 7, 3, 19, 30, tzinfo=UTC)
"""UTC at clock time 0, when nothing else is said."""

NO_AUTOFOCUS = 0xFFFF_FFFF
_BEFORE_NAME = 40
"""Bytes of an ObjectInfo between size and name."""


class Unanswered(AssertionError):
    """A body answered something else than a test counted on."""


class Initiator:
    """Asks a body in this process, and lets clock time pass."""

    def __init__(self, options: Options | None = None, body: str = "d3s", start: datetime = START) -> None:
        """A new body, with a session open."""
        self.clock = VirtualClock(start)
        self.body = BodyModel(facts.load(body), self.clock, options)
        self.device = Device(self.body)
        self.ask(Operation.OPEN_SESSION, 1)

    def ask(self, operation: int, *parameters: int, data: bytes = b"") -> Reply:
        """One operation."""
        return self.device.transact(Request(operation, parameters, data))

    def wait(self, seconds: float) -> None:
        """Let clock time pass (s)."""
        self.clock.advance(seconds)
        self.body.settle()

    def set(self, code: int, value: int, size: int = 4) -> int:
        """Write a number of `size` bytes to a property. Gives the response code."""
        return self.ask(Operation.SET_DEVICE_PROP_VALUE, code, data=value.to_bytes(size, "little")).response

    def get(self, code: int) -> int:
        """An unsigned number from a property."""
        return int.from_bytes(self.ask(Operation.GET_DEVICE_PROP_VALUE, code).read(), "little")

    def events(self) -> list[tuple[int, int]]:
        """Every event that waits, with its parameter."""
        reader = Reader(self.ask(Operation.GET_EVENT).read())
        return [(reader.u16(), reader.u32()) for _ in range(reader.u16())]

    def happened(self) -> list[int]:
        """The codes of every event that waits."""
        return [code for code, _ in self.events()]

    def shoot(self, seconds: float = 1.0) -> None:
        """One exposure (s) to the card by command, and the wait until it is written. Raises `Unanswered`."""
        if self.set(Property.EXPOSURE_TIME, round(seconds * 10_000)) != Response.OK:
            raise Unanswered(f"{seconds} s is not a speed of this body")
        answer = self.ask(Operation.INITIATE_CAPTURE_REC_IN_MEDIA, NO_AUTOFOCUS, 0).response
        if answer != Response.OK:
            raise Unanswered(f"the release was answered with {answer:#06x}")
        self.wait(seconds + 5)

    def handles(self) -> list[int]:
        """The handle of every file on every card."""
        reader = Reader(self.ask(Operation.GET_OBJECT_HANDLES, ALL, 0, 0).read())
        every = [reader.u32() for _ in range(reader.u32())]
        return [handle for handle in every if self.info(handle)[1] != ObjectFormat.ASSOCIATION]

    def info(self, handle: int) -> tuple[int, int, int, str]:
        """Storage, format, size and name of an object."""
        reader = Reader(self.ask(Operation.GET_OBJECT_INFO, handle).read())
        storage, format_code, _, size = reader.u32(), reader.u16(), reader.u16(), reader.u32()
        reader.take(_BEFORE_NAME)
        return storage, format_code, size, reader.string()

    def names(self) -> list[str]:
        """The names of every file on every card."""
        return [self.info(handle)[3] for handle in self.handles()]
