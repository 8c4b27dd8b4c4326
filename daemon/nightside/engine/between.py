"""`Between`: drains in the gaps between two releases, where the policy says so. Never while a shutter may be open.

Only frames whose shot is beyond doubt are taken: of every exposure up to theirs the card has announced exactly one stem. Others
wait for the end of the window, when the card is laid beside the exposures as a whole.
"""

from collections import Counter
from collections.abc import Sequence

import structlog

from nightside.clock import Clock
from nightside.engine.hold import Hold
from nightside.errors import LedgerRefused
from nightside.ledger.journal import Journal
from nightside.ledger.records import FrameRecord, ShotRecord, WindowRecord
from nightside.ledger.states import FrameState, ShotState
from nightside.ledger.store import Ledger
from nightside.storage.drain import Drain
from nightside.storage.pairs import stem
from nightside.storage.policy import DrainWhen
from nightside_drivers.errors import NightsideError, Reopen

log = structlog.stdlib.get_logger()

LEAST_GAP_S = 1.0
"""Machine time. A gap that is shorter holds no frame of any body, and not even a look into the ledger."""

MARGIN_S = 0.5
"""Machine time before the next release in which the bus is quiet."""


class Between:
    """Of one window on one body."""

    def __init__(self, window: WindowRecord, when: DrainWhen, drain: Drain, hold: Hold, journal: Journal, clock: Clock) -> None:
        """`drain` is for whoever made it to close."""
        self._window = window
        self._when = when
        self._drain = drain
        self._hold = hold
        self._journal = journal
        self._clock = clock
        self._given_up = False

    def too_late_from(self, opens_at: float) -> float | None:
        """Clock time from which on nothing is drained any more before this release; `None` where draining comes first."""
        if self._when is DrainWhen.AT_ONCE:
            return None
        return self._clock.instant(self._clock.machine(opens_at) - MARGIN_S - LEAST_GAP_S)

    async def use_gap(self, opens_at: float) -> bool:
        """Drain what may be drained before the next release opens (clock time, s); whether anything was moved.

        Nothing that fails here concerns the window: its frames are drained at its end.

        Raises:
            Reopen: the session broke.
            LedgerRefused: nothing can be written down any more.
        """
        until = self._clock.machine(opens_at) - MARGIN_S
        gap_s = until - self._clock.machine(self._clock.monotonic())
        if self._given_up or self._when is DrainWhen.BETWEEN_WINDOWS:
            return False
        if self._when is DrainWhen.BETWEEN_SHOTS and gap_s < LEAST_GAP_S:
            return False
        frames = await self._journal.do(Ledger.frames, self._window.id)
        waiting = [frame for frame in beyond_doubt(await self._shots(), frames) if frame.state is FrameState.ON_CARD]
        try:
            return await self._drain.run_until(
                self._hold.body, waiting, until if self._when is DrainWhen.BETWEEN_SHOTS else None
            )
        except (LedgerRefused, Reopen):
            raise
        except NightsideError as error:
            self._given_up = True
            log.warning(
                "not-drained-between-shots", code=error.code, why=str(error), next="It is tried when the window is over."
            )
            return False

    async def _shots(self) -> list[ShotRecord]:
        return await self._journal.do(Ledger.shots, self._window.id)


def beyond_doubt(shots: Sequence[ShotRecord], frames: Sequence[FrameRecord]) -> list[FrameRecord]:
    """The frames of the first exposures, as far as each of these has exactly one stem, and no stem is left over."""
    if any(frame.shot_index is None for frame in frames):
        return []
    stems = Counter(index for index, _ in {(frame.shot_index, stem(frame.file)) for frame in frames})
    sure: set[int] = set()
    for shot in sorted(shots, key=lambda shot: shot.index):
        if shot.state is ShotState.ARMED or (shot.state is ShotState.EXPOSED and stems[shot.index] != 1):
            break
        if shot.state is ShotState.EXPOSED:
            sure.add(shot.index)
    return [frame for frame in frames if frame.shot_index in sure]
