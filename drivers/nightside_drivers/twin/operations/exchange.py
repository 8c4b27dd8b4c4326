"""What passes between an initiator and a body: one request, one reply, and the session they belong to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.codes import Response
from nightside_drivers.twin.contents import Content, Held


@dataclass(frozen=True, slots=True)
class Request:
    """One operation as the initiator asked for it."""

    operation: int
    parameters: tuple[int, ...] = ()
    data: bytes = b""

    def parameter(self, index: int) -> int:
        """A parameter; 0 when it was left out, as PTP has it."""
        return self.parameters[index] if index < len(self.parameters) else 0


@dataclass(frozen=True, slots=True)
class Reply:
    """What the body answers: a data phase, when there is one, and the response."""

    response: int = Response.OK
    parameters: tuple[int, ...] = ()
    data: Content | None = None
    offset: int = 0
    length: int | None = None
    """Which part of `data` is sent; all of it, when None."""

    @property
    def size(self) -> int:
        """Bytes in the data phase."""
        if self.data is None:
            return 0
        return self.data.size - self.offset if self.length is None else self.length

    @property
    def at_hand(self) -> bool:
        """Whether reading the data phase takes no time."""
        return self.data is None or isinstance(self.data, Held)

    def read(self) -> bytes:
        """The data phase, whole. May take as long as making a picture."""
        return b"" if self.data is None else self.data.read(self.offset, self.size)


@dataclass(slots=True)
class Session:
    """What an initiator has opened."""

    number: int = 0
    """0 while none is open."""
    remote: bool = False
    """Whether the initiator holds the dials (ChangeCameraMode 0x90c2)."""


@dataclass(frozen=True, slots=True)
class Context:
    """What an operation works on."""

    body: BodyModel
    session: Session


Perform = Callable[[Context, Request], Reply]
Table = Mapping[int, Perform]


def data(packed: bytes) -> Reply:
    """A reply with a small data phase."""
    return Reply(data=Held(packed))
