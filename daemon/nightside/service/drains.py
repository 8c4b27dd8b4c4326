"""`Drains`: what the agenda is told of the engine's drain, which nobody but the engine begins: from the ledger's own events."""

from collections.abc import Callable
from datetime import datetime

from nightside.clock import Clock
from nightside.engine.notices import Notice
from nightside.engine.snapshot import Snapshot
from nightside.ledger.states import WindowPhase
from nightside.service.agenda import Agenda

NAME = "drain"
PENDING = "It goes on; or frames are left on the card, and are fetched before the next window."


class Drains:
    """Of one daemon, all bodies together."""

    def __init__(self, agenda: Agenda, snapshots: Callable[[], tuple[Snapshot, ...]], clock: Clock) -> None:
        """From now on the entry is on the agenda."""
        self._agenda = agenda
        self._snapshots = snapshots
        self._clock = clock
        self._began: dict[object, tuple[datetime, float]] = {}
        agenda.by_engine(NAME, self._next)

    def hear(self, notice: Notice) -> None:
        """Take a notice of the ledger's."""
        window = notice.detail.get("window_id")
        if notice.name == f"window-{WindowPhase.DRAINING}":
            began = self._began.setdefault(window, (notice.at, self._clock.monotonic()))
            self._agenda.did(NAME, began[0], self._clock.monotonic() - began[1], PENDING)
        elif notice.name == f"window-{WindowPhase.CLOSED}" and window in self._began:
            at, since = self._began.pop(window)
            others = PENDING if self._began else None
            self._agenda.did(NAME, at, self._clock.monotonic() - since, others)

    def _next(self) -> datetime | None:
        """When the window that is waited for or shot is over, which is when its frames are fetched; `None` where none is known."""
        waited = {WindowPhase.PLANNED, WindowPhase.SHOOTING, WindowPhase.SETTLING}
        return min((one.ends_at for one in self._snapshots() if one.phase in waited and one.ends_at is not None), default=None)
