"""Places: whether the spool, the ledger and the sinks can be used. Nothing is made that was not there."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from nightside.clock import Clock
from nightside.errors import LedgerMissing, NightsideError
from nightside.ledger.opening import read_ledger, require_whole
from nightside.ledger.place import Place
from nightside.service.findings.checking import Check
from nightside.service.findings.values import Finding, bad, doubt, good
from nightside.storage.sinks.hosted import HostedSink
from nightside.storage.standing import SinkState
from nightside.storage.writing import check_folder

SINK_S = 60.0
"""How long (machine time) a sink that is met may take: its own deadlines are shorter, and say more."""
LEAST_ROOM = 2_000_000_000
"""Bytes left in a sink: one orbital night of uncompressed frames, and some."""


def spool(folder: Path) -> Finding:
    """Whether frames can be written to the spool.

    Raises:
        FolderUnwritable: they cannot.
    """
    check_folder(folder)
    return good("spool", f"{folder} can be written.")


def ledger(place: Place, clock: Clock) -> Finding:
    """Whether the ledger is whole; none is made.

    Raises:
        LedgerRefused: it is not, or cannot be opened.
    """
    try:
        opened = read_ledger(place, clock)
    except LedgerMissing:
        if isinstance(place, Path):
            check_folder(place.parent)
        return good("ledger", f"{place} will be made by the first run.")
    try:
        if isinstance(place, Path):
            require_whole(place)
        windows, rebuilt = len(opened.windows()), opened.rebuilt_at()
    finally:
        opened.close()
    again = "" if rebuilt is None else f" It was made anew at {rebuilt:%Y-%m-%d %H:%M} UTC, since the one before was damaged."
    return good("ledger", f"{place} is sound, and knows {windows} windows.{again}")


def sink(one: HostedSink) -> Check:
    """Meet a sink, in a process of its own, and leave nothing behind in it."""

    async def met() -> Sequence[Finding]:
        try:
            await one.check()
            try:
                free = await one.room()
            except NightsideError:
                free = None  # it can be used: a folder that is still to be made has no room yet that could be told
        finally:
            await one.close()
        return (_room(one.name, free),)

    return Check(f"sink-{one.name}", met, SINK_S)


def fed(states: Callable[[], Sequence[SinkState]]) -> Check:
    """How a running daemon's sinks are. Nobody touches them: what their feeders found last is told."""

    async def told() -> Sequence[Finding]:
        return [_state(one) for one in states()]

    return Check("sinks", told)


def _state(state: SinkState) -> Finding:
    if state.failing_since is None:
        return _room(state.name, state.free, f", and lacks {state.backlog} files" if state.backlog else "")
    says = f"The sink {state.name} has been failing since {_stamp(state.failing_since)} UTC: {state.why}"
    means = (
        "Frames wait in the spool, and nothing is removed from the card." if state.required else "The others have the frames."
    )
    how = bad if state.required else doubt
    return how(f"sink-{state.name}", says, means, "It is tried until it works.")


def _room(name: str, free: int | None, more: str = "") -> Finding:
    says = f"The sink {name} can be used{more}" + ("." if free is None else f"; it has {free / 1e9:.1f} GB left.")
    if free is not None and free < LEAST_ROOM:
        return doubt(f"sink-{name}", says, "That is less than a night may need.", "Free some room there.")
    return good(f"sink-{name}", says)


def _stamp(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M:%S}"
