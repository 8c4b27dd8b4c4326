"""What was planned against what was taken: the account of one window. Pure, from the ledger's rows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from statistics import median
from types import MappingProxyType

from nightside.engine.controls import ABORTED, STOPPED
from nightside.engine.trust import Trust
from nightside.ledger.records import FrameRecord, Reading, ShotRecord, WindowRecord
from nightside.ledger.states import COPIED, FileKind, FrameState, ReadingKind, ShotState, WindowOutcome
from nightside.storage.names import harmless
from nightside.storage.pairs import expected_kinds, lacking

PROGRESS = tuple(FrameState)
"""In the order in which a file comes along."""


@dataclass(frozen=True, slots=True)
class ShotAccount:
    """One line of the report. Times are UTC; `late_s` is how late the shutter opened, on a clock that cannot be stepped."""

    index: int
    open_at: datetime
    state: ShotState
    reason: str | None
    late_s: float | None
    gap_s: float | None
    """From the end of the exposure before it, where both were taken."""
    file: str | None
    """Below the sink's or spool's root."""
    sha256: str | None
    frame: FrameState | None
    """Of its files, the one that has come least far."""
    lacks: tuple[FileKind, ...] = ()
    """Kinds of files that the body was set to write, and that are not there: then the shot is incomplete."""
    safe: bool = False
    """Whether all of its files are there, and every required sink holds each of them."""


@dataclass(frozen=True, slots=True)
class Report:
    """The account of one window."""

    session: str
    window: str
    serial: str
    program: str
    planned: int
    taken: int
    safe: int
    missed: int
    incomplete: int
    """Shots that lack a file which the body was set to write, and are not safe for that."""
    extra: int
    """Files found on the card that no shot explains."""
    bytes: int
    median_late_s: float | None
    worst_late_s: float | None
    widest_gap_s: float | None
    shots: tuple[ShotAccount, ...]
    outcome: WindowOutcome
    """As it stands now; it is final once the window is closed."""
    starts_at: datetime
    ends_at: datetime
    uncertainty_s: float
    """How far (s, one side) the window's edges may be off, by which the plan kept clear of them."""
    clock: Trust | None
    """What kept the clock when the window began; `None` where it did not begin, or nobody wrote it down."""
    clock_sigma_s: float | None
    element_age_days: float | None
    battery_percent: tuple[float, float] | None
    """At its first and its last reading."""
    temperature_c: tuple[float, float] | None
    """Lowest and highest, where a body tells."""
    not_restored: tuple[str, ...] = ()
    """Settings of the body that could not be put back after the window, each with what it was before."""

    @property
    def whole(self) -> bool:
        """Whether every planned shot has a safe frame."""
        return self.safe == self.planned

    @property
    def counts(self) -> dict[str, int]:
        """Its shots in numbers, as logs and notices tell them."""
        return {name: getattr(self, name) for name in ("planned", "taken", "safe", "missed", "incomplete")}


def report(
    window: WindowRecord,
    shots: Sequence[ShotRecord],
    frames: Sequence[FrameRecord],
    readings: Sequence[Reading] = (),
    left_changed: Mapping[str, str] = MappingProxyType({}),
) -> Report:
    """Lay a window's shots and frames side by side, with what was measured meanwhile, and what was left changed on the body."""
    by_shot: dict[int, list[FrameRecord]] = {}
    for frame in frames:
        if frame.shot_index is not None:
            by_shot.setdefault(frame.shot_index, []).append(frame)
    lacks = lacking(frames, expected_kinds(window.quality))
    accounts = tuple(
        _account(shot, before, by_shot.get(shot.index, []), tuple(sorted(lacks.get(shot.index, ()))))
        for before, shot in zip([None, *shots], shots, strict=False)
    )
    late = [account.late_s for account in accounts if account.late_s is not None]
    gaps = [account.gap_s for account in accounts if account.gap_s is not None]
    measured = {kind: [one.value for one in readings if one.kind is kind] for kind in ReadingKind}
    battery, warmth = measured[ReadingKind.BATTERY], measured[ReadingKind.TEMPERATURE]
    levels = measured[ReadingKind.CLOCK_TRUST]
    return Report(
        session=window.session,
        window=window.name,
        serial=window.serial,
        program=window.plan.program,
        planned=len(shots),
        taken=sum(shot.state is ShotState.EXPOSED for shot in shots),
        safe=sum(account.safe for account in accounts),
        missed=sum(shot.state is ShotState.MISSED for shot in shots),
        incomplete=sum(bool(account.lacks) for account in accounts),
        extra=sum(frame.shot_index is None for frame in frames),
        bytes=sum(frame.size or 0 for frame in frames),
        median_late_s=median(late) if late else None,
        worst_late_s=max(late, default=None),
        widest_gap_s=max(gaps, default=None),
        shots=accounts,
        outcome=outcome_of(window, shots, frames),
        starts_at=window.plan.span.start,
        ends_at=window.plan.span.end,
        uncertainty_s=window.plan.span.uncertainty_s,
        clock=Trust.of_rank(round(levels[-1])) if levels else None,
        clock_sigma_s=next(iter(measured[ReadingKind.CLOCK_SIGMA][-1:]), None),
        element_age_days=next(iter(measured[ReadingKind.ELEMENT_AGE][-1:]), None),
        battery_percent=(battery[0], battery[-1]) if battery else None,
        temperature_c=(min(warmth), max(warmth)) if warmth else None,
        not_restored=tuple(f"{setting} was {before}" for setting, before in left_changed.items()),
    )


def as_json(report: Report) -> str:
    """A report for programs: instants in ISO 8601 (UTC), durations in seconds."""
    return json.dumps(asdict(report), default=_plain, ensure_ascii=False, indent=2) + "\n"


def path_of(report: Report) -> str:
    """Where a report is kept, below the spool: one file to a window of a body."""
    return f"reports/{report.session}/{report.window}-{harmless(report.serial, 'body')}.json"


def outcome_of(window: WindowRecord, shots: Sequence[ShotRecord], frames: Sequence[FrameRecord]) -> WindowOutcome:
    """How a window went, from what became of its shots, and whether all of their files are there."""
    reasons = {shot.reason or "" for shot in shots if shot.state is ShotState.MISSED}
    if any(reason.startswith(ABORTED) for reason in reasons):
        return WindowOutcome.ABORTED
    if STOPPED in reasons:
        return WindowOutcome.STOPPED
    kept = sum(shot.state is ShotState.EXPOSED for shot in shots)
    if kept == len(shots) and not lacking(frames, expected_kinds(window.quality)):
        return WindowOutcome.WHOLE
    return WindowOutcome.PARTIAL if kept else WindowOutcome.MISSED


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds").replace("+00:00", "Z")
    raise TypeError(f"{type(value).__name__} has no JSON form here")


def _account(
    shot: ShotRecord, before: ShotRecord | None, files: Sequence[FrameRecord], lacks: tuple[FileKind, ...]
) -> ShotAccount:
    there = [file for file in files if file.state is not FrameState.GONE] or files
    frame = min(there, key=lambda file: PROGRESS.index(file.state), default=None)
    gap_s, taken = None, shot.state is ShotState.EXPOSED
    if before is not None and taken and before.closed_at is not None and shot.opened_at is not None:
        gap_s = (shot.opened_at - before.closed_at).total_seconds()
    return ShotAccount(
        index=shot.index,
        open_at=shot.open_at,
        state=shot.state,
        reason=shot.reason,
        late_s=shot.opened_late_s if taken else None,
        gap_s=gap_s,
        file=frame.spool_path if frame else None,
        sha256=frame.sha256 if frame else None,
        frame=frame.state if frame else None,
        lacks=lacks,
        safe=frame is not None and frame.state in COPIED and not lacks,
    )
