"""`Status`: a running daemon on one page: its bodies, what comes next, its clock, its sinks, and what it finds wrong."""

from dataclasses import dataclass
from datetime import datetime

from nightside.engine.snapshot import Snapshot
from nightside.storage.standing import SinkState


@dataclass(frozen=True, slots=True)
class Status:
    """Now. Instants are UTC."""

    version: str
    at: datetime
    """What the daemon's clock reads; a rehearsal's is not the machine's."""
    bodies: tuple[Snapshot, ...]
    sinks: tuple[SinkState, ...]
    wrong: dict[str, str]
    """What the agenda found wrong, by the name of the look that found it."""
