"""What the ledger gives back: frozen rows, typed."""

from dataclasses import dataclass
from datetime import datetime

from nightside.ledger.states import FrameState, ShotState, WindowPhase
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


@dataclass(frozen=True, slots=True)
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
