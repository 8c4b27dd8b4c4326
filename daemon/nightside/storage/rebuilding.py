"""A new ledger for a damaged one, from what can be known: the damaged file itself, copies of it, the spool, the lists in sinks.

What is not certain is taken for less than it may have been: no frame is safe before its sinks have been read again, none is ever
deleted from a card, and a shot of which nothing is known is in doubt, so that the card decides. Names come out as they were, so
a sink that holds a frame already is found to hold it, and gets no second copy.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Formatter

import structlog

from nightside.clock import Clock
from nightside.ledger.opening import open_ledger
from nightside.ledger.records import FrameRecord, ShotRecord
from nightside.ledger.salvage import Salvaged, salvage
from nightside.ledger.setting_aside import aside_name, new_one, take_its_place
from nightside.ledger.states import FETCHED, FrameState, ShotState, WindowPhase, kind_of
from nightside.plan.values import Overrun, Plan, Shot, Span
from nightside.storage.names import stem_and_suffix
from nightside.storage.writing import measured
from nightside_drivers.api import CardFile, Exposure

log = structlog.stdlib.get_logger()

UNKNOWN = "The ledger was damaged, and what became of this shot is not known."
LOST_PLAN = "The plan was lost with a damaged ledger: instants and settings of its shots are not known."
REBUILT = "Known from files alone: its ledger was damaged."
ONLY_LISTED = "Known from the list of a sink alone; `nightside verify` proves it."

UNPLANNED = "unknown"
"""The kind of a plan that was lost."""

SPOOLED = "{session}/{window}/{body}-{shot:05}-{stem}{ext}"
"""How the spool names frames."""

Lists = Mapping[str, Mapping[str, str]]
"""What each sink's manifests promise: SHA-256 by path, by sink."""

_FIELDS = {
    "session": r"[^/]+",
    "window": r"\d{8}T\d{6}Z",
    "body": r"[A-Za-z0-9_-]+?",
    "shot": r"\d+|extra",
    "stem": r"[A-Za-z0-9_-]+",
    "ext": r"(?:\.[a-z0-9]{1,8})?",
}


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What came of it."""

    aside: Path
    """Where the damaged ledger is kept."""
    windows: int
    frames: int
    hashed: int
    """Files of the spool whose SHA-256 had to be taken anew."""
    nameless: int
    """Files whose names say of no frame what they are: they lie where they lay."""


def rebuild(path: Path, spool: Path, lists: Lists, template: str, clock: Clock, station: str) -> Rebuilt:
    """Make a new ledger, and set the damaged one aside. For the only writer.

    Args:
        path: the damaged ledger.
        spool: the spool's root.
        lists: what the manifests of the sinks promise, as far as they could be read.
        template: how sinks name frames.
        clock: what time it is.
        station: who writes.

    Raises:
        FolderUnwritable: the new ledger cannot be made. The damaged one still has its place then.
    """
    aside = aside_name(path, clock)
    night = _Nights(clock.utc())
    for source in (path, *_copies(path)):
        night.remember(salvage(source))
    hashed = night.look_into(spool)
    night.read(lists, template)
    windows = night.settled()
    new = new_one(path)
    ledger = open_ledger(new, clock, station)
    try:
        ledger.restore(windows, str(aside))
    finally:
        ledger.close()
    take_its_place(path, new, aside)
    done = Rebuilt(aside, len(windows), sum(len(window.frames) for window in windows), hashed, night.nameless)
    log.error(
        "ledger-rebuilt",
        ledger=str(path),
        aside=str(aside),
        windows=done.windows,
        frames=done.frames,
        next="Look at that disk. No frame was touched; sinks are read again, and nothing is deleted from cards.",
    )
    return done


def _copies(path: Path) -> list[Path]:
    """Copies of the ledger beside it, newest first: those made before it was changed, and the nightly one."""
    found = [one for kind in ("version-*", "backup*") for one in path.parent.glob(f"{path.name}.{kind}")]
    return sorted(found, key=lambda one: one.stat().st_mtime, reverse=True)


class _Nights:
    """Windows as they become known. Who speaks first is believed: the damaged ledger itself, then its copies."""

    def __init__(self, now: datetime) -> None:
        self.nameless = 0
        self._now = now
        self._windows: dict[tuple[str, str, str], Salvaged] = {}
        self._there: set[str] = set()
        """Paths below the spool of files that lie there."""

    def remember(self, windows: Iterable[Salvaged]) -> None:
        for window in windows:
            known = self._windows.setdefault(window.key, window)
            if known is window:
                continue
            for index, shot in window.shots.items():
                known.shots.setdefault(index, shot)
            paths = {frame.file.path for frame in known.frames}
            known.frames.extend(frame for frame in window.frames if frame.file.path not in paths)

    def look_into(self, spool: Path) -> int:
        """Find the frames in the spool, and hash those of which nothing else tells the SHA-256. Gives how many."""
        hashed = 0
        pattern = reading(SPOOLED)
        by_path = {frame.spool_path: frame for window in self._windows.values() for frame in window.frames}
        for file in sorted(spool.glob("[!.]*/[!.]*/[!.]*")):
            place = file.relative_to(spool).as_posix()
            known = by_path.get(place)
            if not file.is_file() or file.is_symlink():
                continue
            if known is not None and known.sha256 is not None and known.size == file.stat().st_size:
                self._there.add(place)
                continue
            named = pattern.fullmatch(place)
            if named is None or _start(named["window"]) is None:
                self.nameless += 1
                continue
            found = measured(file)
            hashed += 1
            self._put(named, size=found.size, sha256=found.sha256, spool_path=place)
            self._there.add(place)
        return hashed

    def read(self, lists: Lists, template: str) -> None:
        """Take up what sinks list and the spool does not hold any more."""
        pattern = reading(template)
        for sink, promised in lists.items():
            by_sha256 = {frame.sha256: frame for window in self._windows.values() for frame in window.frames}
            for path, sha256 in promised.items():
                known = by_sha256.get(sha256)
                named = pattern.fullmatch(path)
                if known is not None and known.spool_path in self._there:
                    continue  # the sink is asked for it again, and proves it
                if known is not None:
                    self._replace(known, replace(known, copies=tuple(sorted({**dict(known.copies), sink: path}.items()))))
                elif named is None or _start(named["window"]) is None:
                    self.nameless += 1
                else:
                    self._put(named, sha256=sha256, copies=((sink, path),), pruned_at=self._now, error=ONLY_LISTED)

    def settled(self) -> list[Salvaged]:
        """Every window, with a state for every shot and frame that claims no more than is known."""
        return [self._settle(window) for window in self._windows.values()]

    def _put(self, named: re.Match[str], **facts: object) -> None:
        """A frame that its name speaks of: one that was only on the card as far as was known, or a new one."""
        session, window_name, serial = named["session"], named["window"], named["body"]
        index = None if named["shot"] == "extra" else int(named["shot"])
        file = CardFile(f"rebuilt/{named['shot']}", f"{named['stem']}{named['ext']}")  # no body has a path like this
        window = self._windows.get((session, window_name, serial))
        if window is None:
            window = _unplanned(session, window_name, serial)
            self._windows[window.key] = window
        for frame in window.frames:
            same = frame.shot_index == index and "".join(stem_and_suffix(frame)) == file.name
            if same and frame.spool_path not in self._there:
                self._replace(frame, replace(frame, state=FrameState.DRAINED, **facts))  # type: ignore[arg-type]
                return
        fresh = FrameRecord(0, 0, session, window_name, index, file, FrameState.DRAINED, None, None, None)
        window.frames.append(replace(fresh, kind=kind_of(file.name), rebuilt=True, **facts))  # type: ignore[arg-type]

    def _replace(self, old: FrameRecord, new: FrameRecord) -> None:
        for window in self._windows.values():
            for position, frame in enumerate(window.frames):
                if frame is old:
                    window.frames[position] = new
                    return

    def _settle(self, window: Salvaged) -> Salvaged:
        frames = [self._frame(frame) for frame in window.frames]
        taken = {frame.shot_index for frame in frames if frame.state is not FrameState.GONE and frame.flag is None}
        shots: dict[int, ShotRecord] = {}
        plan = _with_places(window.plan, sorted(index for index in taken if index is not None))
        for shot in plan.shots if taken or plan.kind != UNPLANNED else ():
            known = window.shots.get(shot.index) or ShotRecord(
                shot.index, shot.open_at, shot.close_at, ShotState.PLANNED, None, None, None, None
            )
            shots[shot.index] = self._shot(known, window.phase, taken=shot.index in taken)
        outcome = window.outcome or (REBUILT if window.phase is WindowPhase.CLOSED else None)
        return replace(window, plan=plan, outcome=outcome, shots=shots, frames=frames)

    def _frame(self, frame: FrameRecord) -> FrameRecord:
        if frame.state not in FETCHED:
            return frame
        if frame.spool_path in self._there:
            return replace(frame, state=FrameState.DRAINED, copies=(), pruned_at=None)
        if frame.copies:  # its copy in the spool was pruned; a sink's list, or the old ledger, says where it is
            return replace(frame, state=FrameState.DRAINED, pruned_at=frame.pruned_at or self._now, error=ONLY_LISTED)
        return replace(frame, state=FrameState.ON_CARD, spool_path=None, pruned_at=None)

    def _shot(self, shot: ShotRecord, phase: WindowPhase, *, taken: bool) -> ShotRecord:
        if taken:
            return shot if shot.state is ShotState.EXPOSED else replace(shot, state=ShotState.EXPOSED, reason=None)
        open_ = phase in {WindowPhase.PLANNED, WindowPhase.SHOOTING, WindowPhase.SETTLING}
        if shot.state is ShotState.PLANNED and open_ and shot.open_at <= self._now:
            return replace(shot, state=ShotState.ARMED)  # in doubt: the card decides
        if shot.state in {ShotState.PLANNED, ShotState.ARMED} and not open_:
            return replace(shot, state=ShotState.MISSED, reason=UNKNOWN)
        return shot


def reading(template: str) -> re.Pattern[str]:
    """A pattern that reads the names which a template writes."""
    parts: list[str] = []
    seen: set[str] = set()
    for literal, name, _, _ in Formatter().parse(template):
        parts.append(re.escape(literal))
        if name is not None:
            form = _FIELDS.get(name, r"[^/]+?")
            parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>{form})")
            seen.add(name)
    return re.compile("".join(parts))


def _unplanned(session: str, name: str, serial: str) -> Salvaged:
    """A window of which nothing but files is left."""
    start = _start(name) or datetime.min.replace(tzinfo=UTC)
    program = session.partition("-")[2] or session
    second = timedelta(seconds=1)
    plan = Plan(
        program=program,
        kind=UNPLANNED,
        body="unknown",
        span=Span(start=start, end=start + second, uncertainty_s=0),
        shots=(Shot(index=0, open_at=start, close_at=start + second, exposure=Exposure(1.0, None)),),
        overrun=Overrun.SKIP,
        slack_s=1.0,
        frame_bytes=1,
        warnings=(LOST_PLAN,),
    )
    return Salvaged(session, name, serial, plan, WindowPhase.CLOSED)


def _with_places(plan: Plan, indices: list[int]) -> Plan:
    """A plan as it was; one that is lost gets a place for each shot that has a frame, one second after the other."""
    if plan.kind != UNPLANNED or not indices:
        return plan
    start, second = plan.span.start, timedelta(seconds=1)
    opens = {index: start + index * second for index in indices}
    shots = tuple(
        plan.shots[0].model_copy(update={"index": index, "open_at": at, "close_at": at + second}) for index, at in opens.items()
    )
    return plan.model_copy(update={"shots": shots, "span": Span(start=start, end=shots[-1].close_at, uncertainty_s=0)})


def _start(name: str) -> datetime | None:
    """The instant that a window is called after; `None` where it is none."""
    try:
        return datetime.strptime(name, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
