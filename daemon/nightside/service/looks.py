"""What the agenda looks at: things that go wrong slowly, while nobody watches."""

import shutil
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

from nightside.clock import Clock
from nightside.errors import NightsideError
from nightside.ledger.backup import keep_copy
from nightside.ledger.opening import require_whole
from nightside.service.agenda import Look, Trial
from nightside.service.dome import Sky
from nightside.service.questions import ElementsInUse, Refreshed
from nightside.sky.freshness import Freshness
from nightside.storage.retention import Retention
from nightside.storage.standing import SinkState

EVERY = timedelta(hours=1)
DAILY = timedelta(days=1)
TWICE_A_DAY = timedelta(hours=12)
EVERY_MINUTE = timedelta(minutes=1)
LEAST_ROOM = 2_000_000_000
"""Bytes: one orbital night of uncompressed frames, and some."""


def element_age(sky: Sky, clock: Clock) -> Look:
    """Whether the elements in use are still fresh enough to be shot by."""

    def look() -> str | None:
        try:
            elements = sky.ask(ElementsInUse(clock.utc()))
        except NightsideError as error:
            return str(error)
        if elements is None or elements.freshness is Freshness.FRESH:
            return None
        return (
            f"The elements of {elements.name} are {elements.age / timedelta(days=1):.1f} days old ({elements.freshness}): "
            f"windows are known to ±{elements.uncertainty_s:.0f} s. Fetch newer ones."
        )

    return look


def refreshed(sky: Sky) -> Look:
    """Whether newer elements could be had, where there is a source of them; it is asked no oftener than it may be."""

    def look() -> str | None:
        try:
            sky.ask(Refreshed())
        except NightsideError as error:
            return str(error)
        return None

    return look


def ledger_whole(path: Path) -> Look:
    """Whether SQLite itself finds the ledger whole. It is read beside the daemon, and takes a while."""

    def look() -> str | None:
        try:
            require_whole(path)
        except NightsideError as error:
            return str(error)
        return None

    return look


def ledger_copy(path: Path) -> Look:
    """Whether a copy of the ledger could be kept beside it, in place of yesterday's: what a damaged one is made anew from."""

    def look() -> str | None:
        try:
            keep_copy(path)
        except NightsideError as error:
            return str(error)
        return None

    return look


def tidied(retention: Retention, in_doubt: Callable[[], bool]) -> Trial:
    """Whether the spool could be rid of what need not be kept in it any longer, also in weeks without a window.

    Nothing goes while a required sink may be another one than the one that holds the copies.
    """

    async def trial() -> str | None:
        if in_doubt():
            return "Nothing is removed from the spool: whether a required sink holds its copies is not known yet."
        try:
            await retention.prune()
        except (NightsideError, OSError) as error:
            return f"The spool could not be tidied: {error}"
        return None

    return trial


def sink(name: str, states: Callable[[], Sequence[SinkState]]) -> Look:
    """Whether a sink is fed, and has room for a night. Nobody touches it: what its feeder found last is told."""

    def look() -> str | None:
        state = next(state for state in states() if state.name == name)
        if state.failing_since is not None:
            return f"The sink {name} has been failing since {state.failing_since:%Y-%m-%d %H:%M:%S} UTC: {state.why}"
        if state.free is not None and state.free < LEAST_ROOM:
            return f"The sink {name} has {state.free / 1e9:.1f} GB left, less than a night may need. Free some."
        return None

    return look


def tokens(refresh: Callable[[], None]) -> Look:
    """Whether the tokens of the API can be read; what was changed in them is heeded."""

    def look() -> str | None:
        try:
            refresh()
        except NightsideError as error:
            return str(error)
        return None

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
