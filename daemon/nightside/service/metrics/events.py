"""What the engine and the ledger tell by name, counted: shots, windows, frames, and when shutters really opened."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram

from nightside.engine.notices import Notice
from nightside.ledger.states import ShotState, WindowOutcome
from nightside.service.metrics import table

WINDOWS_KEPT = 24
"""Of so many windows the last closing is remembered, for gaps."""


class Told:
    """Hears notices on the event loop, and comes back at once."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Nothing has been told yet. What can be foreseen begins at 0, so that its first increase is seen."""
        self._openings = _histogram(table.OPENING_ERROR, registry)
        self._gaps = _histogram(table.GAP, registry)
        self._shots = _counter(table.SHOTS, registry)
        self._windows = _counter(table.WINDOWS, registry)
        self._drained = _counter(table.DRAINED, registry)
        self._stored = _counter(table.STORED, registry)
        self._calls = _counter(table.CALLS, registry)
        self._closed: dict[Any, tuple[int, datetime]] = {}
        for outcome in (ShotState.EXPOSED, ShotState.MISSED):
            self._shots.labels(outcome)
        for how in WindowOutcome:
            self._windows.labels(how)

    def hear(self, notice: Notice) -> None:
        """Count it, if it counts."""
        detail = notice.detail
        match notice.name:
            case "shot-exposed":
                self._shots.labels(ShotState.EXPOSED).inc()
                self._timed(detail)
            case "shot-missed":
                self._shots.labels(ShotState.MISSED).inc()
            case "window-closed":
                self._windows.labels(_outcome(detail.get("outcome"))).inc()
            case "frame-drained":
                self._drained.inc(float(detail.get("size") or 0))
            case "frame-stored":
                self._stored.labels(str(detail.get("sink", ""))).inc()
            case "call-a-person":
                self._calls.inc()
            case _:
                pass

    def _timed(self, detail: Mapping[str, Any]) -> None:
        """A shot that is only known to have been taken, from the card, has no times of its own."""
        late_s, opened, closed = detail.get("opened_late_s"), detail.get("opened_at"), detail.get("closed_at")
        if late_s is None or opened is None or closed is None:
            return
        by = "body" if detail.get("contact_at") is None else "contact"
        self._openings.labels(by).observe(abs(float(late_s)))
        window, index = detail.get("window_id"), int(detail.get("shot_index", -1))
        before, last = self._closed.pop(window, (-2, None))
        if last is not None and before + 1 == index:
            self._gaps.observe(max(0.0, (datetime.fromisoformat(opened) - last).total_seconds()))
        self._closed[window] = index, datetime.fromisoformat(closed)
        while len(self._closed) > WINDOWS_KEPT:
            del self._closed[next(iter(self._closed))]


def _outcome(told: object) -> str:
    return str(told) if told in set(WindowOutcome) else WindowOutcome.PARTIAL


def _counter(metric: table.Metric, registry: CollectorRegistry) -> Counter:
    return Counter(metric.name, metric.about, metric.labels, registry=registry)


def _histogram(metric: table.Metric, registry: CollectorRegistry) -> Histogram:
    return Histogram(metric.name, metric.about, metric.labels, registry=registry, buckets=metric.buckets)
