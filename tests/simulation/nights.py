"""Nights in milliseconds: the engine, the ledger and the storage on a virtual clock, with a twin in process.

A night is made from a seed: its faults, and the instants at which the daemon is killed and started again. After each, the
invariants of the design are asserted against the twin's truth log.
"""

import asyncio
import hashlib
import re
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nightside.clock import VirtualClock
from nightside.engine.hold import Hold, Patience
from nightside.engine.report import Report, report
from nightside.engine.watch import Keeping, Watch
from nightside.ledger.journal import Journal
from nightside.ledger.opening import open_ledger
from nightside.ledger.records import WindowRecord
from nightside.ledger.states import COPIED, ShotState, WindowPhase
from nightside.ledger.store import Ledger
from nightside.ledger.transactions import Entry
from nightside.plan.values import Overrun, Plan
from nightside.storage.feeding import Feeding
from nightside.storage.policy import Policy
from nightside.storage.sinks.folder import FolderSink
from nightside.storage.spool import Spool
from nightside_drivers.api import Capabilities
from nightside_drivers.errors import NightsideError
from nightside_drivers.twin.at_hand import TwinBody
from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.facts import load
from nightside_drivers.twin.faults.plan import FaultPlan
from nightside_drivers.twin.faults.vocabulary import Fault
from nightside_drivers.twin.truth import Opening

RESTART_S = 10.0
"""How soon a supervisor starts a daemon again that gave up."""


@dataclass(frozen=True)
class Night:
    """One simulated night, over."""

    report: Report
    window: WindowRecord
    truth: Sequence[Opening]
    folder: Path
    card: frozenset[str]
    """Paths on the card at the end."""


class PowerCut(BaseException):
    """The daemon is no more. Nothing catches it, as nothing catches a kill −9."""


class MortalLedger(Ledger):
    """A ledger in which the daemon dies just before or just after its n-th transaction becomes durable."""

    def __init__(self, ledger: Ledger, dies_at: int, *, durable: bool) -> None:
        super().__init__(ledger._engine, ledger._clock)
        self._left = dies_at
        self._durable = durable

    @contextmanager
    def _transaction(self) -> Generator[Entry]:
        self._left -= 1
        if self._left < 0 or (self._left == 0 and not self._durable):
            raise PowerCut
        with super()._transaction() as entry:
            yield entry
        if self._left == 0:
            raise PowerCut


def live_through(
    folder: Path,
    plan: Plan,
    clock: VirtualClock,
    faults: Sequence[Fault] = (),
    kills: Sequence[float] = (),
    seed: int = 0,
    mortal: Callable[[Ledger], Ledger] = lambda ledger: ledger,
    policy: Policy | None = None,
) -> Night:
    """Run a plan on a twin with these faults, killing the daemon at each of `kills` (clock time, s) and starting it again.

    `mortal` may put a `MortalLedger` in the place of the first daemon's.
    """
    return clock.run(_live_through(folder, plan, clock, faults, kills, seed, mortal, policy or Policy()))


async def _live_through(
    folder: Path,
    plan: Plan,
    clock: VirtualClock,
    faults: Sequence[Fault],
    kills: Sequence[float],
    seed: int,
    mortal: Callable[[Ledger], Ledger],
    policy: Policy,
) -> Night:
    model = BodyModel(load("d3s"), clock)
    trouble = FaultPlan(model, faults, seed)
    over = clock.monotonic() + (plan.span.end - clock.utc()).total_seconds() + 600
    try:
        await _one_life(folder, plan, clock, model, min([*kills, over]), policy, mortal)
    except PowerCut:
        await clock.sleep_until(clock.monotonic() + RESTART_S)
    for kill in [*sorted(kills), over]:
        await _one_life(folder, plan, clock, model, kill, policy)
    trouble.end()  # it is morning: a person has mended what was wrong, and the daemon is started again
    model.charge.exact = 80.0
    await clock.sleep_until(over)
    await _one_life(folder, plan, clock, model, over + 3600, policy)
    window, account = await asyncio.to_thread(_account, folder, clock)
    model.settle()
    card = frozenset(f"{card.path(item)}" for card in model.bay.inserted for item in card.objects.values())
    return Night(account, window, tuple(model.truth), folder, card)


def _account(folder: Path, clock: VirtualClock) -> tuple[WindowRecord, Report]:
    ledger = open_ledger(folder / "ledger.sqlite", clock)
    (window,) = ledger.windows()
    account = report(window, ledger.shots(window.id), ledger.frames(window.id))
    ledger.close()
    return window, account


async def _one_life(
    folder: Path,
    plan: Plan,
    clock: VirtualClock,
    model: BodyModel,
    kill: float,
    policy: Policy,
    mortal: Callable[[Ledger], Ledger] = lambda ledger: ledger,
) -> None:
    """A daemon from its start to its end, or to its being killed."""

    def planner(after: datetime, _: Capabilities) -> Plan:
        if after > plan.span.start:
            raise NightOver("there is one window only")
        return plan

    while clock.monotonic() < kill:
        hold = Hold(TwinBody(model, answer_within_s=5), clock, Patience(pause_s=0.5))
        journal = Journal(mortal(await asyncio.to_thread(open_ledger, folder / "ledger.sqlite", clock)))
        spool = await asyncio.to_thread(Spool, folder / "spool")
        feeding = Feeding([FolderSink("frames", folder / "frames")], spool, journal, clock)
        watch = Watch(hold, planner, Keeping(spool, feeding, policy=policy), journal, clock)
        try:
            async with asyncio.timeout_at(kill), feeding.running():
                async for _ in watch.run(1):
                    pass
        except (NightOver, TimeoutError):
            return
        except NightsideError:
            pass  # the daemon gave up, and its supervisor starts it again
        else:
            return
        finally:
            await hold.let_go()
            await asyncio.to_thread(journal.close)
        await clock.sleep_until(clock.monotonic() + RESTART_S)


class NightOver(NightsideError):
    """Nothing more to plan."""


def assert_invariants(night: Night) -> None:
    """What must hold after every night, whatever the faults."""
    _no_shutter_is_open(night)
    _no_exposure_left_its_window(night)
    _every_shot_is_accounted_for(night)
    _files_are_whole_and_unique(night)
    _nothing_is_left_on_the_card(night)
    _nothing_was_deleted_that_is_not_safe(night)


def _nothing_is_left_on_the_card(night: Night) -> None:
    """Every file that the card holds in the morning has a copy, once the window is closed."""
    if night.window.phase is WindowPhase.CLOSED:
        copied = {stem for path in (night.folder / "frames").rglob("*.jpg") for stem in re.findall(r"DSC_\d{4}", path.stem)}
        on_card = {Path(path).stem for path in night.card if path.endswith(".JPG")}
        assert on_card <= copied, f"never drained: {sorted(on_card - copied)}"


def _nothing_was_deleted_that_is_not_safe(night: Night) -> None:
    """Every file that the body ever wrote is on the card, or a sink has it."""
    copied = {stem for path in (night.folder / "frames").rglob("*.jpg") for stem in re.findall(r"DSC_\d{4}", path.stem)}
    written = {Path(path).stem for opening in night.truth for path in opening.files}
    on_card = {Path(path).stem for path in night.card}
    assert written <= copied | on_card, f"lost: {sorted(written - copied - on_card)}"


def _no_shutter_is_open(night: Night) -> None:
    assert all(opening.closed is not None for opening in night.truth)


def _no_exposure_left_its_window(night: Night) -> None:
    span = night.window.plan.span
    for opening in night.truth:
        assert opening.opened_utc >= span.start
        assert opening.closed_utc is not None
        assert opening.closed_utc <= span.end


def _every_shot_is_accounted_for(night: Night) -> None:
    assert len(night.report.shots) == len(night.window.plan.shots)
    if night.window.phase is WindowPhase.CLOSED:
        for shot in night.report.shots:
            assert (shot.state is ShotState.MISSED and shot.reason) or shot.frame in COPIED, shot
    _no_shot_was_taken_twice(night)


def _no_shot_was_taken_twice(night: Night) -> None:
    """Lay what the body really did beside what the ledger says it did: shot by shot, and file by file."""
    assert len(night.truth) <= len(night.window.plan.shots)
    openings = {Path(path).name: opening for opening in night.truth for path in opening.files}
    pairs = [
        (openings[shot.file.rpartition("-")[2].upper()], shot)
        for shot in night.report.shots
        if shot.file and shot.frame != "gone"
    ]
    order = [opening.index for opening, _ in pairs]
    assert order == sorted(set(order)), "a shot has the frame of another"
    if night.window.plan.overrun is Overrun.SKIP:  # never late, so that every frame is known by its instant
        for opening, shot in pairs:
            late_s = (opening.opened_utc - shot.open_at).total_seconds()
            assert abs(late_s) < 5, f"shot {shot.index} has the frame of another, {late_s:.0f} s away"


def _files_are_whole_and_unique(night: Night) -> None:
    for root in ("spool", "frames"):
        files = list((night.folder / root).rglob("*.jpg"))
        assert not list((night.folder / root).rglob("*.part"))
        for path in files:
            assert path.stat().st_mode & 0o222 == 0
    sums = {shot.sha256 for shot in night.report.shots if shot.sha256}
    for shot in night.report.shots:
        if shot.frame in COPIED:
            assert shot.file is not None
            copy = night.folder / "frames" / shot.file
            assert hashlib.sha256(copy.read_bytes()).hexdigest() == shot.sha256
    assert len(sums) == sum(1 for shot in night.report.shots if shot.sha256)
