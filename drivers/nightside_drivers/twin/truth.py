"""The truth log: when each shutter really opened and closed, which no real body would tell. Records only."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

KEPT = 100_000
"""Openings that are remembered; older ones are dropped, so that a twin can run for months."""


@dataclass(slots=True)
class Opening:
    """One time the shutter was open. Instants are clock time (s); the body's own wrong clock does not enter here."""

    index: int
    opened: float
    opened_utc: datetime
    requested_s: float | None
    """The exposure that was set; None for bulb."""
    release: str
    """What opened it: "usb", "burst" or "wired"."""
    closed: float | None = None
    closed_utc: datetime | None = None
    ended_by: str = ""
    """What closed it: "timer", "release", or what cut it short."""
    files: tuple[str, ...] = ()
    """Paths on the cards, as they are written; empty while the frame is in the buffer, or when it was lost."""

    @property
    def exposure_s(self) -> float | None:
        """How long it was open; None while it still is."""
        return None if self.closed is None else self.closed - self.opened

    def as_json(self) -> dict[str, object]:
        """Plain values, for the control face."""
        return {
            "index": self.index,
            "opened": self.opened,
            "opened_utc": self.opened_utc.isoformat(),
            "closed": self.closed,
            "closed_utc": None if self.closed_utc is None else self.closed_utc.isoformat(),
            "requested_s": self.requested_s,
            "release": self.release,
            "ended_by": self.ended_by,
            "files": list(self.files),
        }


class TruthLog:
    """Every opening of one body's shutter, oldest first."""

    def __init__(self) -> None:
        self._openings: deque[Opening] = deque(maxlen=KEPT)
        self.count = 0

    def __len__(self) -> int:
        return len(self._openings)

    def __iter__(self) -> Iterator[Opening]:
        return iter(tuple(self._openings))

    def __getitem__(self, index: int) -> Opening:
        return self._openings[index]

    def open(self, at: float, utc: datetime, requested_s: float | None, release: str) -> Opening:
        """Write down that the shutter has opened."""
        opening = Opening(self.count, at, utc, requested_s, release)
        self.count += 1
        self._openings.append(opening)
        return opening
