"""What the engine and the ledger tell by name, counted: shots, windows, frames, and when shutters really opened."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from nightside.engine.notices import Notice
from nightside.ledger.states import ShotState, WindowOutcome
from nightside.service.metrics import table
from nightside.service.metrics.counts import Counts, Spread

WINDOWS_KEPT = 24
"""Of so many windows the last closing is remembered, for gaps."""


class Told:
    """Hears notices on the event loop, and comes back at once."""

    def __init__(self) -> None:
        """Nothing has been told yet. What can be foreseen begins at 0, so that its first increase is seen."""
        self._openings, self._gaps = Spread(table.OPENING_ERROR), Spread(table.GAP)
        self._shots, self._windows = Counts(table.SHOTS), Counts(table.WINDOWS)
        self._drained, self._stored, self._calls = Counts(table.DRAINED), Counts(table.STORED), Counts(table.CALLS)
        self._closed: dict[Any, tuple[int, datetime]] = {}
        for outcome in (ShotState.EXPOSED, ShotState.MISSED):
            self._shots.begin(outcome)
        for how in WindowOutcome:
            self._windows.begin(how)
        self._gaps.begin()
        self._drained.begin()
        self._calls.begin()

    @property
    def grown(self) -> tuple[Counts | Spread, ...]:
        """All of it."""
        return self._openings, self._gaps, self._shots, self._windows, self._drained, self._stored, self._calls

    def hear(self, notice: Notice) -> None:
        """Count it, if it counts."""
        detail = notice.detail
        match notice.name:
            case "shot-exposed":
                self._shots.add(ShotState.EXPOSED)
                self._timed(detail)
            case "shot-missed":
                self._shots.add(ShotState.MISSED)
            case "window-closed":
                self._windows.add(_outcome(detail.get("outcome")))
            case "frame-drained":
                self._drained.add(by=float(detail.get("size") or 0))
            case "frame-stored":
                self._stored.add(str(detail.get("sink", "")))
            case "call-a-person":
                self._calls.add()
            case _:
                pass

    def _timed(self, detail: Mapping[str, Any]) -> None:
        """A shot that is only known to have been taken, from the card, has no times of its own."""
        late_s, opened, closed = detail.get("opened_late_s"), detail.get("opened_at"), detail.get("closed_at")
        if late_s is None or opened is None or closed is None:
            return
        by = "body" if detail.get("contact_at") is None else "contact"
        self._openings.add(abs(float(late_s)), by)
        window, index = detail.get("window_id"), int(detail.get("shot_index", -1))
        before, last = self._closed.pop(window, (-2, None))
        if last is not None and before + 1 == index:
            self._gaps.add(max(0.0, (datetime.fromisoformat(opened) - last).total_seconds()))
        self._closed[window] = index, datetime.fromisoformat(closed)
        while len(self._closed) > WINDOWS_KEPT:
            del self._closed[next(iter(self._closed))]


def _outcome(told: object) -> str:
    return str(told) if told in set(WindowOutcome) else WindowOutcome.PARTIAL
