"""What a driver is: a small synchronous protocol, and the frozen values that pass through it.

A driver lives in the child process that owns one body and may block; whoever calls it from the daemon goes through
`nightside_drivers.proxy` and its deadlines. All times here are machine time (s, `nightside_drivers.clock`), so that they mean
the same in both processes. Every value can be sent between processes as it is; none holds a handle.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class ReleaseKind(StrEnum):
    """How the shutter is opened."""

    USB = "usb"
    """One trigger a frame over USB; the body times the exposure."""
    USB_BULB = "usb-bulb"
    """Held open over USB, where the body really can."""
    BURST = "burst"
    """One trigger over USB for several frames, timed and counted by the body, its release dial on continuous."""
    WIRED = "wired"
    """A serial line across the body's remote connector, pressed once a frame. Longer than the body times itself, it is held."""
    HELD = "held"
    """The same line held down with the release dial on continuous: the body starts frame after frame by itself."""


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
    own_gap_s: float = 0.1
    """The gap (machine time, s) between frames that the body starts by itself: in a burst, or while its release is held."""
    burst_frames: int = 1
    """How many frames one USB trigger may ask for, where the body has bursts."""
    frames_per_s: float = 1.0
    """How many frames a second the body starts by itself at the most, its release dial on continuous."""
    drain_bytes_s: float = 20e6
    """How fast files come off the card over its cable (unproven: from the bus, not measured on a body)."""
    battery_frames: int | None = None
    """Frames from one charge as the maker rates it (CIPA); `None` where nobody knows."""
    battery_wh: float | None = None
    """What one charge holds."""
    doubts: tuple[str, ...] = ()
    """Where the body itself says something else than the source; its own word is the one that stands here."""
    live_view: tuple[int, ...] = ()
    """Magnifications of live view (`Look.percent`), ascending from 0; empty where the body has no live view."""

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
    release: ReleaseKind = ReleaseKind.USB
    frames: int = 1
    """How many frames one release takes: more than one for burst and held only."""
    dark_s: float | None = None
    """How long the body works on a dark frame after each exposure, for long-exposure noise reduction. Only bodies say so; whoever
    asks for an exposure leaves it."""


@dataclass(frozen=True, slots=True)
class Contact:
    """One opening of the shutter as the sync contact told it (machine time, s)."""

    opened_at: float
    closed_at: float | None
    """`None` where the contact had not opened again when it was last looked at."""


@dataclass(frozen=True, slots=True)
class CardFile:
    """One file on a body's card, as the body names it. The names are hostile until they have been checked."""

    folder: str
    name: str
    made_at: float | None = field(default=None, compare=False)
    """When the body says it was made: seconds on the body's own clock, of unknown zero. Only listings know it."""
    size: int | None = field(default=None, compare=False)
    """How many bytes the body says it has. Only listings know it."""

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
    contacts: tuple[Contact, ...] = ()
    """The true openings, where a sync contact is wired; empty where none is."""


@dataclass(frozen=True, slots=True)
class Portion:
    """How much of a file has been copied from a card."""

    reached: int
    """Bytes of it that the descriptor holds now, from its beginning."""
    size: int
    """Bytes that the body says it has."""

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return self.reached == self.size


@dataclass(frozen=True, slots=True)
class Fetched:
    """One file that arrived whole, as whoever keeps it has measured it."""

    size: int
    """Bytes."""
    sha256: str
    """Of those bytes, in lower-case hex."""


@dataclass(frozen=True, slots=True)
class Look:
    """How to look through live view."""

    percent: int = 0
    """Magnification, in per cent of the sensor's own pixels: at 100 each of them is one of the picture's; 0 shows all of it."""
    at: tuple[float, float] = (0.5, 0.5)
    """The middle of what is magnified, as shares of the frame's width and height. Some bodies always show the middle."""


@dataclass(frozen=True, slots=True)
class View:
    """One picture of live view, a JPEG."""

    size: int
    """Bytes written to the descriptor."""
    look: Look
    """What it shows, as far as the body says."""


LARGEST_VIEW = 8 << 20
"""Bytes. A D3s sends 50 kB, bodies of today a megabyte: one that sends more is not believed."""


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
    dial: str | None = None
    """Release-mode dial, in the body's words."""
    mains: bool | None = None
    """Whether it runs from an AC adapter."""
    noise_reduction: bool | None = None
    """Whether long-exposure noise reduction is on: it doubles every exposure."""
    delay: bool | None = None
    """Whether exposure delay mode is on: it moves every opening by a second or more."""
    meter_off: str | None = None
    """After how long it goes to sleep, in the body's words."""
    quality: str | None = None
    """Image quality, in the body's words."""
    shutter: str | None = None
    """Shutter speed, in the body's words."""
    stabiliser: bool | None = None
    """Whether vibration reduction is on: it wanders on a tripod."""
    free_bytes: int | None = None
    """Room on its cards."""
    lens: str | None = None
    """The lens that is on, in the body's words, or its focal length."""
    temperature_c: float | None = None
    """How warm the body is. libgphoto2 2.5.34 knows no still camera that tells; a driver of another make may."""


class Setting(StrEnum):
    """What may be set on a body beside an exposure, by the name that Nightside uses for every make."""

    QUALITY = "quality"
    TARGET = "target"
    WHITE_BALANCE = "white-balance"
    NOISE_REDUCTION = "noise-reduction"
    DELAY = "delay"
    FOCUS = "focus"
    METER_OFF = "meter-off"


ABSENT = "not on this body"
"""What a body says of a setting that it does not have."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of one wish: what the body says afterwards, and whether that is what was asked for."""

    setting: Setting
    asked: str
    now: str
    before: str

    @property
    def exact(self) -> bool:
        """Whether the body took the very thing."""
        return self.asked == self.now

    @property
    def absent(self) -> bool:
        """Whether the body has no such setting."""
        return self.now == ABSENT

    def __str__(self) -> str:
        nearest = "" if self.exact or self.absent else f", the nearest to {self.asked} that this body has"
        return f"{self.setting} is {self.now}{nearest}"


@dataclass(frozen=True, slots=True)
class ClockOffset:
    """How far the body's own clock is ahead of UTC."""

    seconds: float
    sigma_s: float
    """One standard deviation. A body that tells whole seconds, asked over and over until its second turns, gives milliseconds."""
    measured_at: datetime


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
        """Write the settings, read them back, and give what the body really took. Frames go to the card from here on.

        Raises:
            BodyRefused: the body does not have such an exposure, or not by this release.
        """
        ...

    def apply(self, wishes: dict[Setting, str]) -> tuple[Applied, ...]:
        """Set what can be set, take the nearest where there is no such choice, read all of it back, and say what came of it."""
        ...

    def restore(self) -> tuple[Applied, ...]:
        """Put back what `apply` found, latest first."""
        ...

    def clock_offset(self, within_s: float) -> ClockOffset:
        """Measure the body's own clock against UTC, taking `within_s` (machine time) at the most."""
        ...

    def set_clock(self) -> None:
        """Set the body's own clock to UTC at the turn of a second, which takes up to two (machine time). Not while a shot is near.

        Raises:
            BodyRefused: it cannot be set over USB.
        """
        ...

    def shoot(self, open_at: float, open_by: float, close_at: float) -> Taken:
        """Wait for machine time `open_at` (s), release once as prepared, return when the last exposure of it is over.

        Exposures that the body does not time itself last for `close_at` − `open_at`, also when they open late.

        Raises:
            SkipShot: it is later than `open_by` (machine time, s); the shutter was left closed.
        """
        ...

    def reported(self, within_s: float) -> tuple[CardFile, ...]:
        """Files that the body has announced since it was last asked, waiting up to `within_s` (machine time) for the first."""
        ...

    def files(self) -> tuple[CardFile, ...]:
        """Every file on every card, in the body's own order.

        Raises:
            BodyUnfit: there is no card in the body. An empty one is no error.
        """
        ...

    def fetch(self, file: CardFile, into: int, start: int = 0, until: float | None = None) -> Portion:
        """Copy a file from the card into an open descriptor, which holds its first `start` bytes already. The card keeps it.

        A driver that can read in ranges stops between two of them once machine time `until` (s) has passed; the caller goes on
        from there. One that cannot may begin anew, and takes the time that it takes. What is in the descriptor when an error is
        raised is the beginning of the file, as far as it came.
        """
        ...

    def delete(self, file: CardFile) -> None:
        """Remove a file from the card."""
        ...

    def view(self, look: Look, into: int) -> View:
        """Write the next picture of live view, at most `LARGEST_VIEW` bytes, to an open descriptor; live view starts if it is off.

        Raises:
            BodyRefused: the body has no live view, or not that magnification.
            LiveViewProhibited: something about the body forbids it now.
        """
        ...

    def end_view(self) -> None:
        """End live view, and leave the body as it was before it. Safe to call when it is off. `close` and `prepare` end it too."""
        ...
