"""When the shots of one window are due on clock time, and what is left of a release that comes late. It waits for nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from nightside.clock import Anchor, Clock
from nightside.plan.values import Overrun, Plan, Shot, Span
from nightside_drivers.api import ReleaseKind

log = structlog.stdlib.get_logger()

LONG_SLEEP_S = 0.5
"""A suspend of the machine that is shorter moves no exposure by more than this."""

NO_NEWS = timedelta(milliseconds=50)
"""Less than this is how windows are computed, not where they are."""

WORTH = 0.5
"""What must be left of an exposure that is shortened, as a share of it: less is another picture."""


@dataclass(frozen=True, slots=True)
class Go:
    """One release that can still be made. Clock time (s)."""

    shots: tuple[Shot, ...]
    open_at: float
    open_by: float
    close_at: float


class Timing:
    """The instants of one window's plan, pinned to clock time (docs/decisions/0004)."""

    def __init__(self, plan: Plan, clock: Clock) -> None:
        """Pinned now; `pin` again when the window begins."""
        self.plan = plan
        self.clock = clock
        self.start = plan.span.start
        self.end = plan.span.end
        """The window as it is known now: never wider than it was planned."""
        self.anchor = Anchor.of(clock)
        self._asleep_s = clock.asleep()

    def pin(self, anchor: Anchor | None = None) -> None:
        """Believe the wall clock, or an anchor that other bodies share, from here on."""
        self.anchor = anchor or Anchor.of(self.clock)
        self._asleep_s = self.clock.asleep()

    def notice_sleep(self) -> float:
        """How long (s) the machine was suspended since it was last asked; what is planned moves back to its UTC.

        A suspended machine's clock stands still while the night goes on.
        """
        slept_s = self.clock.asleep() - self._asleep_s
        if slept_s <= LONG_SLEEP_S:
            return 0.0
        log.warning("machine-slept", seconds=round(slept_s, 1))
        self.anchor = Anchor(self.anchor.utc, self.anchor.monotonic - slept_s)
        self._asleep_s += slept_s
        return slept_s

    def narrow(self, span: Span | None) -> bool:
        """Keep to a window as newer elements have it, where that is narrower than planned; `None` is no window at all.

        Says whether it is news. No exposure is ever moved by it, nor the window made wider.
        """
        start, end = self.plan.span.start, self.plan.span.end
        if span is not None:
            start, end = max(start, span.start), min(end, span.end)
        else:
            end = start
        if abs(start - self.start) < NO_NEWS and abs(end - self.end) < NO_NEWS:
            return False
        self.start, self.end = start, end
        log.warning("window-moved", start=f"{start:%H:%M:%S}", end=f"{end:%H:%M:%S}")
        return True

    def cut(self, go: Go, *, shortens: bool) -> Go:
        """What is left to be done of a release that is under way, now that the window may end earlier; `go` itself if all of it.

        Frames that the body times itself can only be let end, once they have begun: as few of those as may be reach outside.
        `shortens` as in `go`.
        """
        now, end = self.clock.monotonic(), self.anchor.instant(self.end)
        if shortens:
            return replace(go, close_at=max(now, end)) if end < go.close_at else go
        if go.shots[0].release is not ReleaseKind.HELD:
            return go
        late_s = go.open_at - self.due(go.shots[0])
        kept = [
            shot
            for shot in go.shots
            if self.due(shot) + late_s <= now or self.due(shot) + late_s + length_s((shot,)) + shot.drift_s <= end
        ] or list(go.shots[:1])
        if len(kept) == len(go.shots):
            return go
        return replace(go, shots=tuple(kept), close_at=go.open_at + length_s(kept))

    def due(self, shot: Shot) -> float:
        """Clock time at which a shot opens as planned."""
        return self.anchor.instant(shot.open_at)

    def when(self, instant: float) -> datetime:
        """UTC of a clock time."""
        return self.anchor.when(instant)

    def inside(self, shot: Shot) -> bool:
        """Whether a shot lies in the window as it is known now, however much the body drifts."""
        return self.start <= shot.open_at and shot.close_at + timedelta(seconds=shot.drift_s) <= self.end

    def last_opening(self, shots: Sequence[Shot]) -> float:
        """Clock time after which this release would reach out of its window."""
        return self.anchor.instant(self.end) - length_s(shots)

    def useless_after(self, volley: Sequence[Shot]) -> float:
        """Clock time after which nothing of a release can be taken any more."""
        last = volley[-1]
        if self.plan.overrun_of(last) is Overrun.PUSH:
            return self.last_opening(volley[-1:])
        if self.plan.overrun_of(last) is Overrun.SHORTEN:
            return self.due(last) + length_s((last,)) * (1 - WORTH)
        return min(self.last_opening(volley[-1:]), self.due(last) + self.plan.slack_s)

    def go(self, volley: Sequence[Shot], *, shortens: bool) -> tuple[Go | None, list[Shot]]:
        """What can be released now or later of a volley, by its overrun policy, and which of its shots cannot.

        A late volley loses frames, not all of them: the last ones where it is pushed, since it still has to end inside the
        window, and the first ones where its grid stays.

        Args:
            volley: the shots of one release.
            shortens: whether whoever releases also closes the shutter, so that an exposure can be shortened.
        """
        now, policy = self.clock.monotonic(), self.plan.overrun_of(volley[0])
        if now <= self.due(volley[0]) + self.plan.slack_s:
            return self._at(volley, max(self.due(volley[0]), now)), []
        if policy is Overrun.PUSH:
            fitting = [
                shot
                for count, shot in enumerate(volley, 1)
                if now + drift_s(volley[:count]) <= self.last_opening(volley[:count])
            ]
            return self._at(fitting, now), list(volley[len(fitting) :])
        if policy is Overrun.SHORTEN and shortens and len(volley) == 1:
            shortened = self._shortened(volley[0], now)
            return shortened, [] if shortened else list(volley)
        passed = [shot for shot in volley if now > self.due(shot) + self.plan.slack_s]
        rest = volley[len(passed) :]
        return (self._at(rest, max(self.due(rest[0]), now)) if rest else None), passed

    def _at(self, shots: Sequence[Shot], open_at: float) -> Go | None:
        if not shots:
            return None
        open_by = min(open_at + self.plan.slack_s, self.last_opening(shots))
        return Go(tuple(shots), open_at, open_by, open_at + length_s(shots))

    def _shortened(self, shot: Shot, now: float) -> Go | None:
        close_at = self.due(shot) + length_s((shot,))
        open_by = close_at - WORTH * length_s((shot,))
        return Go((shot,), now, open_by, close_at) if now <= open_by else None


def length_s(shots: Sequence[Shot]) -> float:
    """How long (s) a release takes, first opening to last closing."""
    return (shots[-1].close_at - shots[0].open_at).total_seconds()


def drift_s(shots: Sequence[Shot]) -> float:
    """How much longer (s) than that it may take, where the body starts frame after frame by itself."""
    return max(0.0, shots[-1].drift_s - shots[0].drift_s)
