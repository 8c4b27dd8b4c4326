"""A night of one daemon with several bodies, each on a twin at hand, through a window or two."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from nightside.clock import VirtualClock
from nightside.engine.circumstances import Circumstances, Horizon
from nightside.engine.controls import Controls
from nightside.engine.desk import Desk
from nightside.engine.hold import Hold, Patience
from nightside.engine.keeping import Keeping
from nightside.engine.notices import Notice, Notices
from nightside.engine.party import Party
from nightside.engine.report import Report
from nightside.engine.snapshot import Board, Snapshot
from nightside.engine.watch import Watch
from nightside.errors import NoNight
from nightside.ledger.journal import Journal
from nightside.ledger.opening import open_ledger
from nightside.ledger.states import SessionPhase
from nightside.plan.programs import AnyProgram
from nightside.plan.values import Plan
from nightside.storage.feeding import Feeding
from nightside.storage.policy import Policy
from nightside.storage.sinks.folder import FolderSink
from nightside.storage.sinks.sink import Copy
from nightside.storage.spool import Spool
from nightside_drivers import bodies
from nightside_drivers.api import Capabilities, Exposure
from nightside_drivers.errors import Refused
from nightside_drivers.protocol import Opened
from nightside_drivers.twin.at_hand import TwinBody
from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.facts import load
from nightside_drivers.twin.options import Options
from tests.daemon.engine.stage import START

FRAME = Exposure(10.0, 800)


class _Ponderous(TwinBody):
    """A body that needs long between two exposures."""

    gap_s: float | None = None

    async def open(self) -> Opened:
        opened = await super().open()
        return (
            opened
            if self.gap_s is None
            else msgspec.structs.replace(opened, capabilities=replace(opened.capabilities, usb_gap_s=self.gap_s))
        )


class _Slow(FolderSink):
    """A folder far away."""

    def __init__(self, clock: VirtualClock, storing_s: float, root: Path) -> None:
        super().__init__("frames", root)
        self._clock, self._storing_s = clock, storing_s

    async def store(self, copy: Copy, source: Path) -> None:
        await self._clock.sleep_until(self._clock.monotonic() + self._storing_s)
        await super().store(copy, source)


@dataclass
class Night:
    """Bodies, one daemon with all of them, and what came of it."""

    folder: Path
    plan: Plan
    serials: Sequence[str] = ("1001", "1002", "1003")
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(START - timedelta(minutes=5)))
    horizon: Horizon | None = None
    following: Plan | None = None
    """Of the window after the first, where there is one."""
    gap_s: float | None = None
    storing_s: float = 0.0
    """How long the sink takes for a frame."""
    policy: Policy = field(default_factory=Policy)
    refusing: list[Refused] = field(default_factory=list[Refused])
    """What the planner says instead of the plan after the first."""
    summer: list[Refused] = field(default_factory=list[Refused])
    """What the planner says before it gives a plan at all."""
    asked: list[float] = field(default_factory=list[float])
    """When it was asked (clock time)."""
    hearing: Callable[[Notice], None] = lambda _: None
    models: list[BodyModel] = field(init=False)
    reports: list[Report] = field(default_factory=list[Report])
    told: list[Notice] = field(default_factory=list[Notice])
    desk: Desk | None = None
    watch: Watch = field(init=False)
    """The first body's."""
    phases: list[SessionPhase] = field(default_factory=list[SessionPhase])

    def __post_init__(self) -> None:
        bodies.table()  # read from disk here, where that is allowed to block
        self.models = [BodyModel(load("d3s"), self.clock, Options(serial=serial)) for serial in self.serials]

    @property
    def snapshot(self) -> Snapshot:
        """What the first body is doing."""
        return self.watch.board.now

    def live(self, *acts: tuple[float, Callable[["Night"], object]], killed_at: float | None = None) -> None:
        """Through one window of every body; acts happen so many seconds after it began. `killed_at` ends the daemon there."""
        self.clock.run(self._live(acts, killed_at))

    async def _live(self, acts: Sequence[tuple[float, Callable[["Night"], object]]], killed_at: float | None) -> None:
        circumstances = Circumstances(Notices(self.clock), horizon=self.horizon)
        circumstances.notices.listen(self.told.append)
        circumstances.notices.listen(self.hearing)
        ledger = await asyncio.to_thread(open_ledger, self.folder / "ledger.sqlite", self.clock)
        journal = Journal(ledger)
        spool = await asyncio.to_thread(Spool, self.folder / "spool")
        sink = _Slow(self.clock, self.storing_s, self.folder / "frames")
        feeding = Feeding([sink], spool, journal, self.clock)
        twins = [_Ponderous(model, answer_within_s=5) for model in self.models]
        for twin in twins:
            twin.gap_s = self.gap_s
        holds = [Hold(twin, self.clock, Patience(pause_s=0.5)) for twin in twins]
        watches = [
            Watch(
                hold,
                self._plan,
                Keeping(spool, feeding, policy=self.policy),
                journal,
                self.clock,
                Controls(Board(self.clock)),
                circumstances,
            )
            for hold in holds
        ]
        self.watch = watches[0]
        self.desk = Desk([watch.controls for watch in watches], circumstances.notices)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(asyncio.to_thread, journal.close)
            for hold in holds:
                stack.push_async_callback(hold.let_go)
            await stack.enter_async_context(feeding.running())
            tasks = [asyncio.create_task(self._act(*act)) for act in acts]
            tasks.append(asyncio.create_task(self._look(watches[0].board)))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(None if killed_at is None else 300 + killed_at):
                    async for report in Party(watches).run(1 if self.following is None else 2):
                        self.reports.append(report)
            self.phases.append(watches[0].board.now.session_phase)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _act(self, seconds: float, act: Callable[["Night"], object]) -> None:
        await self.clock.sleep_until(300 + seconds)
        act(self)

    async def _look(self, board: Board) -> None:
        while True:
            self.phases.append(board.now.session_phase)
            await board.after(board.now)

    def _plan(self, after: datetime, _: Capabilities, program: AnyProgram | None = None) -> Plan:
        self.asked.append(self.clock.monotonic())
        if self.summer:
            raise self.summer.pop()
        if self.refusing and after > self.plan.span.start:
            raise self.refusing.pop()
        plans = (self.plan,) if self.following is None else (self.plan, self.following)
        for plan in plans:
            if after <= plan.span.start:
                return plan
        raise NoNight("there is no other window")


def later(plan: Plan, shift: timedelta) -> Plan:
    """The same plan, so much later."""
    shots = tuple(
        shot.model_copy(update={"open_at": shot.open_at + shift, "close_at": shot.close_at + shift}) for shot in plan.shots
    )
    span = plan.span.model_copy(update={"start": plan.span.start + shift, "end": plan.span.end + shift})
    return plan.model_copy(update={"shots": shots, "span": span})
