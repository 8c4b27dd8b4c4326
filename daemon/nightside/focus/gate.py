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
    """When the window is over; `None` where only its frames are still to be fetched, which takes as long as it takes."""


Gate = Callable[[], Awaitable[Reserved | None]]
"""Asked before live view starts and while it is on. Gives nothing when the body is free."""


async def always_free() -> Reserved | None:
    """The gate where there is no daemon."""
    return None


def reserved(windows: Iterable[WindowRecord], now: datetime, lead: timedelta) -> Reserved | None:
    """Whether one of a ledger's unfinished windows needs the body now, or will within `lead` (clock time)."""
    for window in windows:
        span, first = window.plan.span, window.plan.shots[0]
        name = f"The window {window.name} of {window.session}"
        if window.phase is WindowPhase.CLOSED:
            continue
        if window.phase is WindowPhase.DRAINING or now >= span.end:
            return Reserved(f"{name} is over, and its frames are being fetched.", None)
        if window.phase is not WindowPhase.PLANNED or now >= first.open_at - lead:
            return Reserved(f"{name} is armed.", span.end)
    return None


def gate(unfinished: Callable[[], Awaitable[Iterable[WindowRecord]]], clock: Clock, lead_s: float) -> Gate:
    """The gate of a daemon that gets its body ready `lead_s` (machine time) before a window; `unfinished` reads its ledger."""

    async def ask() -> Reserved | None:
        lead = timedelta(seconds=clock.instant(clock.machine(0.0) + lead_s + MARGIN_S))
        return reserved(await unfinished(), clock.utc(), lead)

    return ask
