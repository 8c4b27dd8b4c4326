"""What the agenda looks at: things that go wrong slowly, while nobody watches."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from nightside.clock import Clock
from nightside.errors import NightsideError
from nightside.service.agenda import Look
from nightside.sky.elements import Elements, Freshness

EVERY = timedelta(hours=1)
LEAST_ROOM = 2_000_000_000
"""Bytes: one orbital night of uncompressed frames, and some."""


def element_age(current: Callable[[], Elements | None], clock: Clock) -> Look:
    """Whether the elements in use are still fresh enough to be shot by."""

    def look() -> str | None:
        try:
            elements = current()
        except NightsideError as error:
            return str(error)
        now = clock.utc()
        if elements is None or (freshness := elements.freshness(now)) is Freshness.FRESH:
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
        try:
            free = shutil.disk_usage(folder).free
        except OSError as error:
            return f"{folder} cannot be looked at: {error.strerror}."
        return None if free >= LEAST_ROOM else f"{folder} has {free / 1e9:.1f} GB left, less than a night may need. Free some."

    return look
