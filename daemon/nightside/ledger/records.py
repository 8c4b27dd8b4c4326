"""What the ledger gives back: frozen rows, typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nightside.errors import NothingArmed
from nightside.ledger.states import ArmingKind, FileKind, Flag, FrameState, ReadingKind, ShotState, WindowPhase
from nightside.plan.programs import AnyProgram
from nightside.plan.values import Plan
from nightside_drivers.api import CardFile


@dataclass(frozen=True, slots=True)
class WindowRecord:
    """One window on one body, with the plan that was decided for it."""

    id: int
    session: str
    name: str
    serial: str
    plan: Plan
    phase: WindowPhase
    card_before: frozenset[str] | None
    """Paths on the card when the window was armed; `None` while it has not been."""
    outcome: str | None = None
    """How it went, for a person; `None` until it is closed."""
    station: str = ""
    """Who shot it, where several stations share a ledger."""
    arming: int = 0
    """By which choice of a person it was planned; 0: none, the configuration's programs."""
    quality: str | None = None
    """The image quality that the body was set to, in its own words: which files a shot must have follows from it."""


@dataclass(frozen=True, slots=True)
class Arming:
    """What is to be shot at a body's next windows."""

    id: int = 0
    """0 wherever the configuration's programs are what is shot: no window depends on when that was said."""
    kind: ArmingKind = ArmingKind.CONFIGURED
    program: AnyProgram | None = None
    left: int | None = None
    """For how many windows more; `None`: until something else is armed."""
    at: datetime | None = None
    """When a person said so; `None` where nobody ever has."""

    def require_something(self) -> None:
        """Refuse to go on where nothing is armed.

        Raises:
            NothingArmed: nothing is.
        """
        if self.kind is ArmingKind.NOTHING:
            raise NothingArmed(
                "Nothing is armed.",
                means="No window is begun until something is.",
                remedy="`nightside arm` arms a program, `nightside arm --configured` the configuration's.",
            )

    def stands(self, window: WindowRecord) -> bool:
        """Whether a window that has not begun was planned by this."""
        return self.kind is not ArmingKind.NOTHING and window.arming == self.id


@dataclass(frozen=True, slots=True)
class Waking:
    """When the agenda woke up for something the last time, and what came of it. Instants are UTC."""

    name: str
    due_at: datetime
    """When it was due. Long before `last_at`: nobody was there, or the computer slept."""
    last_at: datetime
    took_s: float
    finding: str | None
    """What was wrong; `None` when all was well."""
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class WindowEntry:
    """One window in a list: where it stands, without its plan. Instants are UTC."""

    id: int
    session: str
    name: str
    body: str
    station: str
    program: str
    starts_at: datetime
    ends_at: datetime
    shots: int
    phase: WindowPhase
    outcome: str | None


@dataclass(frozen=True, slots=True)
class ShotRecord:
    """One shot, and what became of it."""

    index: int
    open_at: datetime
    close_at: datetime
    state: ShotState
    reason: str | None
    opened_at: datetime | None
    opened_late_s: float | None
    closed_at: datetime | None
    commanded_at: datetime | None = None
    """When the body, or the wire, was told to open."""
    contact_at: datetime | None = None
    """When the sync contact said that it opened; `None` where none is wired."""
    contact_closed_at: datetime | None = None
    settings: Mapping[str, Any] | None = None
    """What the body really took."""


@dataclass(frozen=True, slots=True)
class ExposedShot:
    """What is known of one exposure once it is over. Instants are UTC."""

    index: int
    opened_at: datetime
    opened_late_s: float
    """On the clock that cannot be stepped, so not always `opened_at` less the plan's instant."""
    closed_at: datetime
    commanded_at: datetime | None = None
    contact_at: datetime | None = None
    contact_closed_at: datetime | None = None
    settings: Mapping[str, Any] | None = None
    """What the body really took: plain values only, since it is kept as JSON."""


# Nobody changes one. A frozen one takes seven times as long to make, and a night's thousand are listed at once.
@dataclass(slots=True, unsafe_hash=True)
class FrameRecord:
    """One file of one frame, and how far it has come."""

    id: int
    window_id: int
    session: str
    window: str
    shot_index: int | None
    file: CardFile
    state: FrameState
    size: int | None
    sha256: str | None
    spool_path: str | None
    copies: tuple[tuple[str, str], ...] = ()
    """(sink, path) of every verified copy."""
    kind: FileKind = FileKind.OTHER
    adopted: bool = False
    """Found by looking at the card, not announced by the body."""
    flag: Flag | None = None
    """Why it is kept and not counted as its shot."""
    error: str | None = None
    """Why it could not be moved on, the last time that was tried."""
    pruned_at: datetime | None = None
    """When the spool's copy was removed; `spool_path` still says where it lay."""
    rebuilt: bool = False
    """Known from what was left of a damaged ledger: it is never deleted from a card."""
    rating: int | None = None
    """A person's: 0 to 5 stars, or -1 for a reject; `None` while nobody has judged it."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many frames are in a state, and how many bytes they are: those that are still on the card alone count none."""

    frames: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Reading:
    """One measurement; its kind says the unit."""

    at: datetime
    kind: ReadingKind
    value: float
    window_id: int | None
    """`None`: read between windows."""


@dataclass(frozen=True, slots=True)
class BodyClock:
    """How a body's clock stood beside ours."""

    serial: str
    at: datetime
    seconds: float
    """The body's clock minus UTC."""
    sigma_s: float


@dataclass(frozen=True, slots=True)
class SinkTrouble:
    """What a sink that fails said last."""

    sink: str
    code: str
    """Of the error, as in docs/reference/exit-codes.md."""
    says: str
    since: datetime
    last: datetime
    times: int


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the append-only table."""

    id: int
    at: datetime
    kind: str
    window_id: int | None
    shot_index: int | None
    frame_id: int | None
    detail: Mapping[str, Any]
