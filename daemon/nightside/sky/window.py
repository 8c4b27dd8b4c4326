"""`Window`: what all of this is for. A value that whoever only reads it has without numpy."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Window:
    """An interval in which a condition holds. Times are aware and UTC."""

    start: datetime
    end: datetime
    clipped_start: bool = False
    """The condition held before `start`, where the range begins."""
    clipped_end: bool = False
    uncertainty_s: float = 0.0
    """How early or late (± s) each edge may come: from the age of the elements, or from the Earth's rotation under a site."""

    @property
    def duration(self) -> timedelta:
        """From edge to edge."""
        return self.end - self.start
