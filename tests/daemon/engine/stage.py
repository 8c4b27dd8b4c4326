"""A stage for one window: a twin at hand, a ledger, a clock that jumps, and things that happen at instants of the window."""

import asyncio
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from nightside.clock import VirtualClock
from nightside.engine.circumstances import Circumstances
from nightside.engine.commands import Command
from nightside.engine.controls import Controls
from nightside.engine.hold import Hold, Patience
from nightside.engine.report import Report, report
from nightside.engine.runner import NOT_RUNNING, Ending, Runner
from nightside.engine.snapshot import Board, Snapshot
from nightside.ledger.journal import Journal
from nightside.ledger.opening import open_ledger
from nightside.ledger.records import ShotRecord
from nightside.ledger.states import ShotState
from nightside.ledger.store import Ledger
from nightside.plan.values import Overrun, Plan, Prompt, Shot, Span
from nightside_drivers import bodies
from nightside_drivers.api import Exposure, ReleaseKind
from nightside_drivers.twin.at_hand import TwinBody
from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.codes import BULB, Property, ReleaseMode
from nightside_drivers.twin.facts import load
from nightside_drivers.twin.truth import Opening

P = ParamSpec("P")
T = TypeVar("T")

START = datetime(2018, 7, 3, 20, 6, 34, tzinfo=UTC)


def plan_of(
    exposures: Sequence[Exposure],
    *,
    pitch_s: float,
    overrun: Overrun = Overrun.PUSH,
    release: ReleaseKind = ReleaseKind.USB,
    together: int = 1,
    window_s: float = 600,
    prompts: tuple[Prompt, ...] = (),
) -> Plan:
    """Exposures at equal pitch from the window's start, so many `together` by one release."""
    opens = [START + index * timedelta(seconds=pitch_s) for index in range(len(exposures))]
    return Plan(
        program="trial",
        kind="trial",
        body="Nikon D3s",
        span=Span(start=START, end=START + timedelta(seconds=window_s), uncertainty_s=0),
        shots=tuple(
            Shot(
                index=index,
                open_at=at,
                close_at=at + timedelta(seconds=exposure.shutter_s),
                exposure=exposure,
                release=release,
                joined=index % together != 0,
            )
            for index, (at, exposure) in enumerate(zip(opens, exposures, strict=True))
        ),
        overrun=overrun,
        slack_s=0.2,
        frame_bytes=14_000_000,
        prompts=prompts,
    ).checked()


@dataclass
class Played:
    """What came of it."""

    ending: Ending
    report: Report
    shots: list[ShotRecord]
    truth: list[Opening]
    seen: list[Snapshot]

    @property
    def states(self) -> str:
        """A letter for each shot: e for exposed, m for missed."""
        return "".join(shot.state[0] for shot in self.shots)

    def reasons(self) -> set[str]:
        """Why shots are missed."""
        return {shot.reason or "" for shot in self.shots if shot.state is ShotState.MISSED}

    def opened(self) -> list[float]:
        """When the shutter really opened (s after the window's start)."""
        return [round((one.opened_utc - START).total_seconds(), 1) for one in self.truth]


@dataclass
class Stage:
    """One body and one ledger; `play` runs a plan on them."""

    folder: Path
    contact: bool = False
    early_s: float = 60.0
    stalls: tuple[float, float] | None = None
    """From when to when (s after the window's start) the ledger's disk takes nothing."""
    clock: VirtualClock = field(init=False)
    model: BodyModel = field(init=False)
    controls: Controls = field(init=False)
    circumstances: Circumstances = field(init=False)
    prepared: list[Exposure] = field(default_factory=list[Exposure])

    def __post_init__(self) -> None:
        bodies.table()  # read from disk here, where that is allowed to block
        self.clock = VirtualClock(START - timedelta(seconds=self.early_s))
        self.model = BodyModel(load("d3s"), self.clock)
        self.controls = Controls(Board(self.clock))
        self.circumstances = Circumstances.none(self.clock)

    def continuous(self) -> None:
        """Turn the release dial to CH."""
        self.model.dial(Property.STILL_CAPTURE_MODE, ReleaseMode.CONTINUOUS_HIGH)

    def bulb(self) -> None:
        """Turn the shutter dial to Bulb."""
        self.model.dial(Property.EXPOSURE_TIME, BULB)

    def play(
        self,
        plan: Plan,
        *acts: tuple[float, Callable[[], object]],
        away: str = NOT_RUNNING,
        narrow: tuple[float, Span] | None = None,
        killed_at: float | None = None,
    ) -> Played:
        """Run a plan; each act happens so many seconds after the window's start.

        `narrow` is its span by newer elements. At `killed_at` the daemon and the body's process are no more.
        """
        self.controls = Controls(Board(self.clock))
        return self.clock.run(self._play(plan, acts, away, narrow, killed_at))

    def at(self, seconds: float, command: Command) -> tuple[float, Callable[[], object]]:
        """A command that is given so many seconds after the window's start."""
        return seconds, lambda: self.controls.give(command)

    async def _play(
        self,
        plan: Plan,
        acts: Sequence[tuple[float, Callable[[], object]]],
        away: str,
        narrow: tuple[float, Span] | None,
        killed_at: float | None,
    ) -> Played:
        ledger = await asyncio.to_thread(open_ledger, self.folder / "ledger.sqlite", self.clock)
        journal = _Stalling(ledger, self, math.inf if killed_at is None else killed_at)
        seen: list[Snapshot] = []
        window = await journal.do(Ledger.begin, "20180703-trial", self.model.options.serial, plan)
        hold = Hold(_Noting(self.model, self.prepared, contact=self.contact), self.clock, Patience(pause_s=0.5))
        runner = Runner(window, hold, journal, self.clock, self.controls, self.circumstances)
        if narrow is not None:
            acts = [*acts, (narrow[0], lambda: runner.narrow(narrow[1]))]
        tasks = [asyncio.create_task(self._act(*act)) for act in acts]
        tasks.append(asyncio.create_task(self._look(seen)))
        try:
            async with asyncio.timeout_at(None if killed_at is None else self.early_s + killed_at):
                ending = await runner.run(away)
        except (TimeoutError, _Killed):
            ending = Ending.HANDED_OVER
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await hold.let_go()
        journal.killed_at = math.inf
        shots = await journal.do(Ledger.shots, window.id)
        now, frames = await journal.do(Ledger.window, window.id), await journal.do(Ledger.frames, window.id)
        account = report(now, shots, frames, await journal.do(Ledger.readings, window.id))
        await asyncio.to_thread(journal.close)
        return Played(ending, account, shots, list(self.model.truth), seen)

    async def _act(self, seconds: float, act: Callable[[], object]) -> None:
        await self.clock.sleep_until(self.early_s + seconds)
        act()

    async def _look(self, seen: list[Snapshot]) -> None:
        seen.append(self.controls.board.now)
        while True:
            seen.append(await self.controls.board.after(seen[-1]))


class _Killed(Exception):
    """The process is no more."""


class _Stalling(Journal):
    """On a disk that takes nothing for a while: whoever comes then waits, in the order in which they came."""

    def __init__(self, ledger: Ledger, stage: Stage, killed_at: float) -> None:
        super().__init__(ledger)
        self._stage = stage
        self._turn = asyncio.Lock()
        self.killed_at = killed_at
        """When (s after the window's start) nothing is written any more."""

    async def do(self, act: Callable[Concatenate[Ledger, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        async with self._turn:
            begins, ends = self._stage.stalls or (0.0, 0.0)
            if begins <= self._stage.clock.monotonic() - self._stage.early_s < ends:
                await self._stage.clock.sleep_until(self._stage.early_s + ends)
            if self._stage.clock.monotonic() - self._stage.early_s >= self.killed_at:
                raise _Killed
            return await super().do(act, *args, **kwargs)


class _Noting(TwinBody):
    """Remembers what it was prepared for."""

    def __init__(self, model: BodyModel, prepared: list[Exposure], *, contact: bool) -> None:
        super().__init__(model, answer_within_s=5, contact=contact)
        self._noted = prepared

    async def prepare(self, exposure: Exposure) -> Exposure:
        self._noted.append(replace(exposure))
        return await super().prepare(exposure)
