"""What is so at the moment of being asked: bodies, sinks, spool, clock, elements, agenda, processes."""

import resource
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nightside.engine.snapshot import Snapshot
from nightside.engine.trust import ClockTrust
from nightside.ledger.records import Tally
from nightside.ledger.states import FrameState
from nightside.storage.standing import SinkState

PROC = Path("/proc")
OWNERS = {"nightside_drivers.host": "body", "nightside.storage.sinks.host": "sink", "nightside_drivers.wired.warden": "release"}
"""What the processes of the daemon own, by the module that they run."""
OTHER = "other"
PAGE = resource.getpagesize()
NO_CHILD: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Elementary:
    """How old the elements in use are (s), and what that may move windows by (s)."""

    age_s: float
    error_s: float


@dataclass(frozen=True, slots=True)
class Readings:
    """Everything that was read for one answer."""

    snapshots: Sequence[Snapshot] = ()
    sinks: Sequence[SinkState] = ()
    owed_bytes: Mapping[str, int] = field(default_factory=dict[str, int])
    frames: Mapping[FrameState, Tally] = field(default_factory=dict[FrameState, Tally])
    spool_free: int | None = None
    trust: ClockTrust | None = None
    elements: Elementary | None = None
    entries: Mapping[str, bool] = field(default_factory=dict[str, bool])
    """Of the agenda: whether each found something wrong."""
    rungs: Mapping[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])
    """By body, and by rung."""
    overdue: int = 0
    """How many parts of the daemon hang."""
    children: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    """By what they own: how many, and how many bytes."""


def children(pid: int, proc: Path = PROC) -> dict[str, tuple[int, int]]:
    """The processes that a process has started: how many, and their memory (bytes), by what they own. Reads /proc."""
    found: dict[str, tuple[int, int]] = dict.fromkeys((*OWNERS.values(), OTHER), NO_CHILD)
    for child in _children(pid, proc):
        try:
            words = (proc / child / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
            pages = int((proc / child / "statm").read_text().split()[1])
        except (OSError, ValueError, IndexError):
            continue  # it has ended
        owns = next((owns for module, owns in OWNERS.items() if module in words), OTHER)
        count, size = found[owns]
        found[owns] = count + 1, size + pages * PAGE
    return found


def _children(pid: int, proc: Path) -> Iterator[str]:
    for thread in sorted((proc / str(pid) / "task").glob("*")):
        try:
            yield from (thread / "children").read_text().split()
        except OSError:
            continue
