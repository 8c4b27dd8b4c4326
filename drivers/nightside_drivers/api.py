"""What a driver is: a small synchronous protocol, and the frozen values that pass through it.

A driver lives in the child process that owns one body and may block; whoever calls it from the daemon goes through
`nightside_drivers.proxy` and its deadlines. All times here are machine time (s, `nightside_drivers.clock`), so that they mean
the same in both processes. Every value can be sent between processes as it is; none holds a handle.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class ReleaseKind(StrEnum):
    """How the shutter is opened."""

    USB = "usb"
    """One trigger a frame over USB; the body times the exposure."""
    USB_BULB = "usb-bulb"
    """Held open over USB, where the body really can."""
    WIRED = "wired"
    """A serial line across the body's remote connector."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Which body this is. The serial number is its name; a port is only where it was last seen."""

    maker: str
    model: str
    serial: str
    firmware: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a body can and cannot do, checked before the night and never guessed during it."""

    model: str
    shutter_speeds_s: tuple[float, ...]
    """Timed exposures the body accepts over USB, ascending."""
    isos: tuple[int, ...]
    """ISO values the body accepts, ascending."""
    releases: frozenset[ReleaseKind]
    usb_gap_s: float
    """The least time from one exposure's end to the next one's start by USB trigger (machine time)."""
    frame_bytes: int
    """What to reserve on card and disk for one frame at the largest quality in use."""
    sensor_px: tuple[int, int]
    """Width and height of a full frame."""
    pixel_um: float
    """Pixel pitch in micrometres."""
    source: str
    """Where these facts come from."""

    @property
    def longest_exposure_s(self) -> float:
        """The longest exposure that the body times by itself over USB."""
        return self.shutter_speeds_s[-1]


@dataclass(frozen=True, slots=True)
class Exposure:
    """The settings of one shot. `None` leaves what the body has."""

    shutter_s: float
    iso: int | None = None
    aperture: float | None = None
    """f-number. On a D3s the lens ring sets it: it can be checked, not written."""


@dataclass(frozen=True, slots=True)
class CardFile:
    """One file on a body's card, as the body names it. The names are hostile until they have been checked."""

    folder: str
    name: str

    @property
    def path(self) -> str:
        """The body's own path, for people and logs."""
        return f"{self.folder.rstrip('/')}/{self.name}"


@dataclass(frozen=True, slots=True)
class Taken:
    """One exposure that was made."""

    opened_at: float
    """When the shutter was told to open (machine time, s)."""
    closed_at: float
    """When the body said that the exposure was over (machine time, s)."""
    files: tuple[CardFile, ...]
    """What the body reported as written. May be empty: events get lost, and the card is the master."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """One file that arrived whole."""

    size: int
    """Bytes written to the descriptor."""
    sha256: str
    """Of those bytes, in lower-case hex, taken as they arrived."""


@dataclass(frozen=True, slots=True)
class BodyState:
    """What a body says of itself between shots. `None` where it does not say."""

    battery_percent: int | None
    images_left: int | None
    """Frames that the card has room for at the present quality."""
    mode: str | None
    """Exposure mode dial, in the body's words."""
    aperture: float | None
    focus: str | None
    """Focus switch, in the body's words."""


class Driver(Protocol):
    """One body, held by one process, used by one thread.

    Each method raises an error of `nightside_drivers.errors`, and nothing else that is foreseeable. None waits for ever by
    itself, but any may hang in the layers below: the deadline is the caller's.
    """

    def open(self) -> Identity:
        """Connect to the body and say which one it is. Called once, before anything else."""
        ...

    def close(self) -> None:
        """Let the body go. Safe to call twice, and after any error."""
        ...

    def capabilities(self) -> Capabilities:
        """What this body can do."""
        ...

    def state(self) -> BodyState:
        """What the body says of itself now. Not to be called while a shutter is open."""
        ...

    def prepare(self, exposure: Exposure) -> Exposure:
        """Write the settings, read them back, and give what the body really took. Frames go to the card from here on."""
        ...

    def shoot(self, open_at: float, open_by: float) -> Taken:
        """Wait for machine time `open_at` (s), expose once with the prepared settings, return when the exposure is over.

        Raises:
            SkipShot: it is later than `open_by` (machine time, s); the shutter was left closed.
        """
        ...

    def reported(self, within_s: float) -> tuple[CardFile, ...]:
        """Files that the body has announced since it was last asked, waiting up to `within_s` (machine time) for the first."""
        ...

    def files(self) -> tuple[CardFile, ...]:
        """Every file on every card, in the body's own order."""
        ...

    def fetch(self, file: CardFile, into: int) -> Fetched:
        """Copy a file from the card into an open descriptor, hashing it on the way. The card keeps it."""
        ...

    def delete(self, file: CardFile) -> None:
        """Remove a file from the card."""
        ...
