"""How old elements may be, and what their age is called. Values that whoever only reads them has without numpy."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Freshness(StrEnum):
    """What an element set's age means."""

    FRESH = "fresh"
    AGEING = "ageing"
    """Usable, with wider edges; time to fetch another."""
    STALE = "stale"
    """Not to be used without being told so."""

    @property
    def rank(self) -> int:
        """The higher, the worse."""
        return list(Freshness).index(self)


@dataclass(frozen=True, slots=True)
class AgePolicy:
    """How old elements may be, counted from their epoch in either direction."""

    fresh: timedelta = timedelta(days=3)
    stale: timedelta = timedelta(days=14)

    def __post_init__(self) -> None:
        if not timedelta(0) <= self.fresh <= self.stale:
            raise ValueError(f"elements go from fresh to stale, so 0 ≤ {self.fresh} ≤ {self.stale} must hold")
