"""When the body belongs to the night: a preview at the wrong moment has ended many a run (VIEW #19, #24)."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from nightside.clock import Clock
from nightside.ledger.records import WindowRecord
from nightside.ledger.states import WindowPhase

MARGIN_S = 10.0
"""Machine time before a window is armed at which live view ends, so that the mirror is down and the body let go by then."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """Why there is no live view now."""

    why: str
    until: datetime | None
    """When the window is over; `None` where only its frames are being fetched, which takes as long as it takes."""


Gate = Callable[[], Awaitable[Reserved | None]]
"""Asked before live view starts and while it is on. Gives nothing when the body is free."""


async def always_free() -> Reserved | None:
    """The gate where there is no daemon."""
    return None


async def unknown() -> None:
    """Nobody can tell whether the daemon has the body in hand."""


def reserved(
    windows: Iterable[WindowRecord], now: datetime, lead: timedelta, *, in_hand: bool | None = None
) -> Reserved | None:
    """Whether the daemon needs the body now, or one of its ledger's unfinished windows will within `lead` (clock time).

    A window that is over and not closed needs it only while frames are moved: one whose card is out waits for hours. `in_hand` is
    whether the daemon has the body open; where nobody can tell (`None`), it is taken to be so as long as such a window is there.
    """
    over = ""
    for window in windows:
        span, first = window.plan.span, window.plan.shots[0]
        name = f"The window {window.name} of {window.session}"
        if window.phase is WindowPhase.CLOSED:
            continue
        if window.phase is WindowPhase.DRAINING or now >= span.end:
            over = over or f"{name} is over, and its frames are being fetched."
        elif window.phase is not WindowPhase.PLANNED or now >= first.open_at - lead:
            return Reserved(f"{name} is armed.", span.end)
    if in_hand or (over and in_hand is None):
        return Reserved(over or "The daemon is at work on its card.", None)
    return None


def gate(
    unfinished: Callable[[], Awaitable[Iterable[WindowRecord]]],
    clock: Clock,
    lead_s: float,
    in_hand: Callable[[], Awaitable[bool | None]] = unknown,
) -> Gate:
    """The gate of a daemon that gets its body ready `lead_s` (machine time) before a window; `unfinished` reads its ledger.

    `in_hand` as in `reserved`.
    """

    async def ask() -> Reserved | None:
        lead = timedelta(seconds=clock.instant(clock.machine(0.0) + lead_s + MARGIN_S))
        return reserved(await unfinished(), clock.utc(), lead, in_hand=await in_hand())

    return ask
