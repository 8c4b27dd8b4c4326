"""What the agenda looks at: things that go wrong slowly, while nobody watches."""

import shutil
from datetime import timedelta
from pathlib import Path

from nightside.clock import Clock
from nightside.service.agenda import Look
from nightside.sky.elements import Elements, Freshness

EVERY = timedelta(hours=1)
LEAST_ROOM = 2_000_000_000
"""Bytes: one orbital night of uncompressed frames, and some."""


def element_age(elements: Elements, clock: Clock) -> Look:
    """Whether the elements are still fresh enough to be shot by."""

    def look() -> str | None:
        now = clock.utc()
        freshness = elements.freshness(now)
        if freshness is Freshness.FRESH:
            return None
        days = elements.age(now) / timedelta(days=1)
        return (
            f"The elements of {elements.name} are {days:.1f} days old ({freshness}): windows are known to "
            f"±{elements.along_track_uncertainty_s(now):.0f} s. Fetch newer ones."
        )

    return look


def room(folder: Path) -> Look:
    """Whether a folder still has room for a night."""

    def look() -> str | None:
        free = shutil.disk_usage(folder).free
        return None if free >= LEAST_ROOM else f"{folder} has {free / 1e9:.1f} GB left, less than a night may need. Free some."

    return look
