"""What the daemon and the child that owns a body say to each other.

One request, one reply, in order, but for `CloseEarlier`: a frame is a little-endian u32 length and that many bytes of JSON, on a
Unix stream socket. A `Fetch` carries the spool's file descriptor beside its frame, so that a frame's bytes never pass through the
daemon. Both ends check what they read against these types; a child that parses what a USB device sends is not trusted more than
the device.
"""

import struct

import msgspec

from nightside_drivers import errors
from nightside_drivers.api import (
    Applied,
    BodyState,
    Capabilities,
    CardFile,
    ClockOffset,
    Driver,
    Exposure,
    Identity,
    Look,
    Portion,
    Setting,
    Taken,
    View,
)
from nightside_drivers.errors import DriverMissing

VERSION = 6
LARGEST_FRAME = 16 << 20
"""Bytes. A card with 100 000 files lists in less."""

HEADER = struct.Struct("<I")


class Call(msgspec.Struct, frozen=True, tag=True, forbid_unknown_fields=True):
    """One thing the daemon asks of a body."""

    def run(self, driver: Driver, into: int | None) -> object:
        """Do it, in the child. `into` is the descriptor that came with the frame, if one did."""
        raise DriverMissing(f"{type(self).__name__} is not a call that a driver runs.")


class Open(Call, frozen=True):
    """Load a driver and connect. Always the first call, and the only one that names versions."""

    version: int
    driver: str
    options: dict[str, str]


class ReadState(Call, frozen=True):
    """`Driver.state`."""

    def run(self, driver: Driver, into: int | None) -> BodyState:
        """In the child."""
        return driver.state()


class Prepare(Call, frozen=True):
    """`Driver.prepare`."""

    exposure: Exposure

    def run(self, driver: Driver, into: int | None) -> Exposure:
        """In the child."""
        return driver.prepare(self.exposure)


class Shoot(Call, frozen=True):
    """`Driver.shoot`, at machine times (s)."""

    open_at: float
    open_by: float
    close_at: float

    def run(self, driver: Driver, into: int | None) -> Taken:
        """In the child."""
        return driver.shoot(self.open_at, self.open_by, self.close_at)


class CloseEarlier(Call, frozen=True):
    """While a `Shoot` holds a wired release: let go so that `frames` of its exposures are over by `close_at` (machine time, s).

    It is said out of turn and has no answer. Where nothing is held it means nothing.
    """

    close_at: float
    frames: int


class Apply(Call, frozen=True):
    """`Driver.apply`."""

    wishes: dict[Setting, str]

    def run(self, driver: Driver, into: int | None) -> tuple[Applied, ...]:
        """In the child."""
        return driver.apply(self.wishes)


class Restore(Call, frozen=True):
    """`Driver.restore`."""

    def run(self, driver: Driver, into: int | None) -> tuple[Applied, ...]:
        """In the child."""
        return driver.restore()


class AskClock(Call, frozen=True):
    """`Driver.clock_offset`."""

    within_s: float

    def run(self, driver: Driver, into: int | None) -> ClockOffset:
        """In the child."""
        return driver.clock_offset(self.within_s)


class SetClock(Call, frozen=True):
    """`Driver.set_clock`."""

    def run(self, driver: Driver, into: int | None) -> None:
        """In the child."""
        driver.set_clock()


class AskReported(Call, frozen=True):
    """`Driver.reported`."""

    within_s: float

    def run(self, driver: Driver, into: int | None) -> tuple[CardFile, ...]:
        """In the child."""
        return driver.reported(self.within_s)


class ListFiles(Call, frozen=True):
    """`Driver.files`."""

    def run(self, driver: Driver, into: int | None) -> tuple[CardFile, ...]:
        """In the child."""
        return driver.files()


class Fetch(Call, frozen=True):
    """`Driver.fetch`, into the descriptor that comes with this frame."""

    file: CardFile
    start: int
    until: float | None

    def run(self, driver: Driver, into: int | None) -> Portion:
        """In the child."""
        if into is None:
            raise DriverMissing("A fetch came without the descriptor to write to.")
        return driver.fetch(self.file, into, self.start, self.until)


class Delete(Call, frozen=True):
    """`Driver.delete`."""

    file: CardFile

    def run(self, driver: Driver, into: int | None) -> None:
        """In the child."""
        driver.delete(self.file)


class LiveView(Call, frozen=True):
    """`Driver.view`, into the descriptor that comes with this frame."""

    look: Look

    def run(self, driver: Driver, into: int | None) -> View:
        """In the child."""
        if into is None:
            raise DriverMissing("A look came without the descriptor to write to.")
        return driver.view(self.look, into)


class EndLiveView(Call, frozen=True):
    """`Driver.end_view`."""

    def run(self, driver: Driver, into: int | None) -> None:
        """In the child."""
        driver.end_view()


class Close(Call, frozen=True):
    """`Driver.close`, and the end of the child."""

    def run(self, driver: Driver, into: int | None) -> None:
        """In the child."""
        driver.close()


AnyCall = (
    Open
    | ReadState
    | Prepare
    | Apply
    | Restore
    | AskClock
    | SetClock
    | Shoot
    | CloseEarlier
    | AskReported
    | ListFiles
    | Fetch
    | Delete
    | LiveView
    | EndLiveView
    | Close
)


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A call with the number that its reply will carry."""

    number: int
    call: AnyCall


class Opened(msgspec.Struct, frozen=True, tag=True):
    """The body is there: who it is and what it can do."""

    identity: Identity
    capabilities: Capabilities
    granted: tuple[str, ...] = ()
    """What the kernel granted the process that owns the body (nightside_drivers.priority)."""
    applied: tuple[Applied, ...] = ()
    """What came of the settings that are wished of every session."""


class Failure(msgspec.Struct, frozen=True, tag=True):
    """A call that raised. `code` names the leaf of the error tree."""

    code: str
    what: str
    means: str
    remedy: str

    @classmethod
    def of(cls, error: errors.NightsideError) -> "Failure":
        """Pack an error for the journey."""
        return cls(error.code, error.what, error.means, error.remedy)

    def error(self) -> errors.NightsideError:
        """Unpack it on the other side."""
        return errors.leaf(self.code)(self.what, means=self.means, remedy=self.remedy)


class Reply(msgspec.Struct, frozen=True):
    """What came of the request of that number: either `failure`, or a value of the type that its call gives."""

    number: int
    value: msgspec.Raw = msgspec.Raw(b"null")
    failure: Failure | None = None
    resident: int = 0
    """Memory of the child (bytes) as it answers, after a fetch."""


OPENED = msgspec.json.Decoder(Opened)
STATE = msgspec.json.Decoder(BodyState)
EXPOSURE = msgspec.json.Decoder(Exposure)
APPLIED: msgspec.json.Decoder[tuple[Applied, ...]] = msgspec.json.Decoder(tuple[Applied, ...])
CLOCK = msgspec.json.Decoder(ClockOffset)
TAKEN = msgspec.json.Decoder(Taken)
VIEW = msgspec.json.Decoder(View)
PORTION = msgspec.json.Decoder(Portion)
FILES: msgspec.json.Decoder[tuple[CardFile, ...]] = msgspec.json.Decoder(tuple[CardFile, ...])
NOTHING: msgspec.json.Decoder[None] = msgspec.json.Decoder(None)


def frame(message: Request | Reply) -> bytes:
    """A message as bytes on the wire."""
    body = msgspec.json.encode(message)
    return HEADER.pack(len(body)) + body


def length(header: bytes) -> int:
    """The body length that a frame's header announces.

    Raises:
        HostDied: it announces more than any message has.
    """
    (size,) = HEADER.unpack(header)
    if size > LARGEST_FRAME:
        raise errors.HostDied(f"A message of {size} bytes was announced, which nothing here sends.")
    return int(size)
