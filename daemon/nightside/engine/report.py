"""What was planned against what was taken: the account of one window. Pure, from the ledger's rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from nightside.ledger.records import FrameRecord, ShotRecord, WindowRecord
from nightside.ledger.states import FrameState, ShotState


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
    extra: int
    """Files found on the card that no shot explains."""
    bytes: int
    median_late_s: float | None
    worst_late_s: float | None
    widest_gap_s: float | None
    shots: tuple[ShotAccount, ...]

    @property
    def whole(self) -> bool:
        """Whether every planned shot has a safe frame."""
        return self.safe == self.planned


def report(window: WindowRecord, shots: Sequence[ShotRecord], frames: Sequence[FrameRecord]) -> Report:
    """Lay a window's shots and frames side by side."""
    by_shot = {frame.shot_index: frame for frame in frames if frame.shot_index is not None}
    accounts = tuple(
        _account(shot, before, by_shot.get(shot.index)) for before, shot in zip([None, *shots], shots, strict=False)
    )
    late = [account.late_s for account in accounts if account.late_s is not None]
    gaps = [account.gap_s for account in accounts if account.gap_s is not None]
    return Report(
        session=window.session,
        window=window.name,
        serial=window.serial,
        program=window.plan.program,
        planned=len(shots),
        taken=sum(shot.state is ShotState.EXPOSED for shot in shots),
        safe=sum(account.frame is FrameState.SAFE for account in accounts),
        missed=sum(shot.state is ShotState.MISSED for shot in shots),
        extra=sum(frame.shot_index is None for frame in frames),
        bytes=sum(frame.size or 0 for frame in frames),
        median_late_s=median(late) if late else None,
        worst_late_s=max(late, default=None),
        widest_gap_s=max(gaps, default=None),
        shots=accounts,
    )


def _account(shot: ShotRecord, before: ShotRecord | None, frame: FrameRecord | None) -> ShotAccount:
    gap_s = None
    if before is not None and before.closed_at is not None and shot.opened_at is not None:
        gap_s = (shot.opened_at - before.closed_at).total_seconds()
    return ShotAccount(
        index=shot.index,
        open_at=shot.open_at,
        state=shot.state,
        reason=shot.reason,
        late_s=shot.opened_late_s,
        gap_s=gap_s,
        file=frame.spool_path if frame else None,
        sha256=frame.sha256 if frame else None,
        frame=frame.state if frame else None,
    )
