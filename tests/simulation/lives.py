"""The lives of a daemon in one night: started, killed, given up, started again, and what was left in the morning.

The service half is the real one, from the planner's plan to the last verified copy; the body is a twin in process, the clock is
virtual. Nothing here decides whether the night went well: `invariants` does.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

from nightside.engine.circumstances import Circumstances, Horizon
from nightside.engine.commands import Confirm
from nightside.engine.controls import Controls
from nightside.engine.hold import Hold, Patience
from nightside.engine.keeping import Keeping
from nightside.engine.notices import Notices
from nightside.engine.report import Report, report
from nightside.engine.snapshot import Board
from nightside.engine.watch import Watch
from nightside.errors import NightsideError, NoNight, PlanImpossible
from nightside.ledger.journal import Journal
from nightside.ledger.opening import open_ledger
from nightside.ledger.records import Event, FrameRecord, WindowRecord
from nightside.ledger.states import ArmingKind, FrameState
from nightside.ledger.store import Ledger
from nightside.plan.lay import lay, usable
from nightside.plan.programs import AnyProgram
from nightside.plan.values import Plan, Span
from nightside.pulse import Pulse, TellingClock
from nightside.storage.feeding import Feeding
from nightside_drivers import bodies
from nightside_drivers.api import Capabilities, CardFile, ReleaseKind
from nightside_drivers.proxy import Body
from nightside_drivers.twin.at_hand import TwinBody
from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.codes import BULB, Property, ReleaseMode
from nightside_drivers.twin.facts import load
from nightside_drivers.twin.faults.plan import FaultPlan
from nightside_drivers.twin.options import Options
from nightside_drivers.twin.truth import Opening
from tests.simulation.script import Choice, Part, Script, Umbra, Way
from tests.simulation.witness import Diary, Witness, card_of, nothing_is_named_before_it_is_synced
from tests.simulation.world import Disks, Fate, MoodySink, MoodySpool, MortalLedger, PowerCut, WorldClock

LEAD = timedelta(seconds=20)
GIVEN_UP_S = 10.0
"""How soon a supervisor starts a daemon again that gave up."""

MORNING_S = 7200.0
"""How long the last daemon may take, when all is well again, to bring everything to its end."""

ANSWER_S = 5.0
PICTURES = frozenset({".jpg", ".nef"})
D3S = load("d3s")
FED_S = 20.0
PERSON_S = 7.0
"""How often a person looks whether something is asked of them."""


@dataclass
class Life:
    """One daemon, from its start to its end."""

    began: float
    ended: float
    how: str


@dataclass(frozen=True)
class Account:
    """One window of one body, as the ledger has it in the end."""

    record: WindowRecord
    report: Report
    frames: Sequence[FrameRecord]


@dataclass(frozen=True)
class Story:
    """What one body lived through."""

    part: Part
    truth: Sequence[Opening]
    accounts: Sequence[Account]
    card: dict[str, str]
    """SHA-256 of what its cards hold in the morning."""
    diary: Diary
    events: Sequence[Event]
    """Every line of the ledger's event table, of all bodies."""


@dataclass(frozen=True)
class Night:
    """A simulated night, over."""

    script: Script
    clock: WorldClock
    stories: Sequence[Story]
    lives: Sequence[Life]
    folder: Path
    changed: Sequence[str]
    """Files that had a final name in one life and were something else in the next, or got it before they were durable."""
    met: Sequence[str]
    """What the disks were."""
    overdue: Sequence[str]
    """When a part of the daemon hung, as its pulse has it: the watchdog would have ended the night."""
    finished: bool
    """Whether the last daemon came to its end by itself."""


NIGHT_OVER = "There are no more windows."


@dataclass
class Stage:
    """What outlives a daemon: bodies, disks, the world."""

    script: Script
    folder: Path
    clock: WorldClock
    disks: Disks
    models: list[BodyModel]
    troubles: list[FaultPlan]
    diaries: list[Diary]
    lives: list[Life] = field(default_factory=list[Life])
    named: dict[Path, tuple[int, int]] = field(default_factory=dict[Path, "tuple[int, int]"])
    changed: list[str] = field(default_factory=list[str])
    overdue: list[str] = field(default_factory=list[str])
    said: set[tuple[str, Choice]] = field(default_factory=set["tuple[str, Choice]"])
    """Which choices a daemon has answered, of which body. One that died over it is told the next."""

    def look_at_files(self) -> None:
        """Whether any file that has a final name is another than it was."""
        for place in ("spool", *(name for name, _ in self.script.sinks)):
            for path in (self.folder / place).rglob("*"):
                if path.suffix in PICTURES:
                    stat = path.stat()
                    now = (stat.st_size, stat.st_mtime_ns)
                    if self.named.setdefault(path, now) != now:
                        self.changed.append(str(path))


def live_through(folder: Path, script: Script) -> Night:
    """Run the night of a script in an empty folder."""
    bodies.table()  # read once, before there is an event loop that must not wait for it
    clock = WorldClock(script)
    with nothing_is_named_before_it_is_synced() as unsynced:
        night = clock.run(_live_through(folder, script, clock))
    return replace(night, changed=[*night.changed, *unsynced])


async def _live_through(folder: Path, script: Script, clock: WorldClock) -> Night:
    models = [BodyModel(D3S, clock, Options(serial=part.serial)) for part in script.parts]
    for model, part in zip(models, script.parts, strict=True):
        model.dial(Property.COMPRESSION_SETTING, part.quality)
    troubles = [FaultPlan(model, part.faults, script.seed) for model, part in zip(models, script.parts, strict=True)]
    diaries = [Diary() for _ in models]
    stage = Stage(script, folder, clock, Disks(script.spells, clock), models, troubles, diaries)
    for death in script.deaths:
        if not await _life(stage, Fate(death), script.over):
            await clock.sleep_until(clock.monotonic() + death.down_s)
    while clock.monotonic() < script.over and not await _life(stage, Fate(), script.over):
        await clock.sleep_until(clock.monotonic() + GIVEN_UP_S)
    await clock.sleep_until(script.over)
    for model, trouble in zip(models, troubles, strict=True):  # a person has mended what was wrong
        model.settle()  # what was still to go wrong has gone wrong
        trouble.end()
        model.charge.exact = 80.0
        model.switch(on=True)
    stage.disks.mend()
    finished = await _life(stage, Fate(), script.over + MORNING_S)
    stories = [await asyncio.to_thread(_story, stage, number) for number in range(len(models))]
    return Night(script, clock, stories, stage.lives, folder, stage.changed, stage.disks.met, stage.overdue, finished)


async def _life(stage: Stage, fate: Fate, until: float) -> bool:
    """A daemon from its start to its end. Whether it had nothing more to do, or no more time."""
    clock, began = stage.clock, stage.clock.monotonic()
    if began >= until:
        return True
    journal = Journal(MortalLedger(await asyncio.to_thread(open_ledger, stage.folder / "ledger.sqlite", clock), fate))
    spool = await asyncio.to_thread(MoodySpool, stage.folder / "spool", stage.disks)
    sinks = [MoodySink(name, stage.folder / name, stage.disks, required=required) for name, required in stage.script.sinks]
    pulse = Pulse(clock)
    feeding = Feeding(sinks, spool, journal, clock, pulse=pulse)
    circumstances = Circumstances(Notices(clock), horizon=_horizon(stage))
    keeping = Keeping(spool, feeding, policy=stage.script.policy)
    crew = [_watch(stage, number, fate, journal, keeping, circumstances, pulse) for number in range(len(stage.models))]
    persons = [asyncio.create_task(_watchdog(stage, pulse))]
    persons += [
        asyncio.create_task(one)
        for part, (_, watch) in zip(stage.script.parts, crew, strict=True)
        for one in (_person(stage, part, watch.controls, began), _chooser(stage, part, watch.controls, journal))
    ]
    how = await _until_it_ends(asyncio.create_task(_run([watch for _, watch in crew], feeding)), fate, until, clock)
    for person in persons:
        person.cancel()
    await asyncio.gather(*persons, return_exceptions=True)
    for hold, _ in crew:
        await hold.let_go()
    await asyncio.to_thread(journal.close)
    await asyncio.to_thread(stage.look_at_files)
    stage.lives.append(Life(began, clock.monotonic(), how))
    return how in {"done", "morning"}


async def _until_it_ends(daemon: "asyncio.Task[None]", fate: Fate, until: float, clock: WorldClock) -> str:
    """Wait until it is done, has failed, or it is time; then end it as a kill would: nothing is written any more."""
    at = until
    if fate.death is not None and fate.death.way is Way.INSTANT:
        at = min(until, max(fate.death.number, clock.monotonic()))
    timer = asyncio.create_task(clock.sleep_until(at))
    await asyncio.wait({timer, daemon}, return_when=asyncio.FIRST_COMPLETED)
    over = daemon.done()
    fate.dead = fate.dead or not over
    daemon.cancel()
    timer.cancel()
    end, _ = await asyncio.gather(daemon, timer, return_exceptions=True)
    if not over or isinstance(end, PowerCut):
        return "killed" if isinstance(end, PowerCut) or at < until else "morning"
    if isinstance(end, NightsideError):
        return f"gave up: {end.code}"
    if isinstance(end, BaseException):
        raise end
    return "done"


async def _run(watches: Sequence[Watch], feeding: Feeding) -> None:
    """All that one daemon does. What ends one of its parts ends all of them."""
    async with feeding.running():
        tasks = [asyncio.create_task(_shoot(watch, feeding)) for watch in watches]
        try:
            for task in asyncio.as_completed(tasks):
                await task
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _shoot(watch: Watch, feeding: Feeding) -> None:
    """Until a daemon would wait for a night that does not come, and all of this one is where it belongs."""

    async def shoot() -> None:
        with watch.part:
            async for _ in watch.run():
                pass

    async def over() -> None:
        while not any(NIGHT_OVER in why for why in watch.board.now.awaits):
            await watch.board.after(watch.board.now)
        await feeding.caught_up()

    tasks = [asyncio.create_task(shoot()), asyncio.create_task(over())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            await task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _watchdog(stage: Stage, pulse: Pulse) -> None:
    """Looks as often as the real one is fed."""
    while True:
        stage.overdue += [f"{stage.clock.monotonic():.0f} s: {late}" for late in pulse.overdue]
        await stage.clock.sleep_until(stage.clock.monotonic() + FED_S)


def _watch(
    stage: Stage,
    number: int,
    fate: Fate,
    journal: Journal,
    keeping: Keeping,
    circumstances: Circumstances,
    pulse: Pulse,
) -> tuple[Hold, Watch]:
    model, part, clock = stage.models[number], stage.script.parts[number], stage.clock
    heard = pulse.part(f"The watch of the body {part.serial}")
    telling = TellingClock(clock, heard)

    async def copies(file: CardFile) -> list[Path]:
        for window in await journal.do(Ledger.windows):
            for frame in await journal.do(Ledger.frames, window.id, FrameState.DELETABLE):
                if window.serial == part.serial and frame.file.path == file.path:
                    held = dict(frame.copies)
                    return [stage.folder / name / held[name] for name, required in stage.script.sinks if required]
        raise KeyError(file.path)

    def planner(after: datetime, body: Capabilities, program: AnyProgram | None = None) -> Plan:
        plan = _next_plan(stage, part if program is None else replace(part, program=program), after, body)
        _set_by_hand(model, plan)
        return plan

    body = Witness(
        TwinBody(model, answer_within_s=ANSWER_S, contact=part.contact),
        model,
        clock,
        fate,
        stage.diaries[number],
        copies,
        heard,
    )
    hold = Hold(cast("Body", body), telling, Patience(pause_s=0.5))
    board = Board(clock)
    return hold, Watch(hold, planner, keeping, journal.heard(heard), telling, Controls(board), circumstances, heard)


def _next_plan(stage: Stage, part: Part, after: datetime, body: Capabilities) -> Plan:
    """The plan of the first window after an instant, or of what is left of the present one."""
    now, start = stage.clock.monotonic(), after + LEAD
    for umbra in stage.script.umbras:
        window = umbra.believed(now)
        if start >= window.end:
            continue
        if start > window.start:
            window = replace(window, start=start, clipped_start=True)
        try:
            return lay(part.program, window, body)
        except PlanImpossible as error:
            if error.means:
                raise
    raise NoNight(NIGHT_OVER)


def _horizon(stage: Stage) -> Horizon:
    def horizon(plan: Plan) -> Span | None:
        found = _umbra_of(stage.script.umbras, plan)
        return None if found is None else usable(found.believed(stage.clock.monotonic()), plan.slack_s)

    return horizon


def _umbra_of(umbras: Sequence[Umbra], plan: Plan) -> Umbra | None:
    return next((umbra for umbra in umbras if umbra.true[0] < plan.span.end and plan.span.start < umbra.true[1]), None)


def _set_by_hand(model: BodyModel, plan: Plan) -> None:
    """Turn what only a hand can turn, as the plan asks for."""
    first = plan.shots[0]
    several = first.release in {ReleaseKind.BURST, ReleaseKind.HELD}
    model.dial(Property.STILL_CAPTURE_MODE, ReleaseMode.CONTINUOUS_HIGH if several else ReleaseMode.SINGLE)
    if first.release is ReleaseKind.WIRED and first.exposure.shutter_s > 30:
        model.dial(Property.EXPOSURE_TIME, BULB)


async def _person(stage: Stage, part: Part, controls: Controls, began: float) -> None:
    """Gives the orders of the script, and confirms what is asked for."""
    waiting = sorted((order for order in part.orders if order.at >= began), key=lambda order: order.at)
    while True:
        due = [order for order in waiting if order.at <= stage.clock.monotonic()]
        for order in due:
            controls.give(order.command)
            waiting.remove(order)
        if stage.script.attentive and controls.board.now.prompt is not None:
            controls.give(Confirm())
        wake = stage.clock.monotonic() + PERSON_S
        await stage.clock.sleep_until(min([wake, *(order.at for order in waiting)]))


async def _chooser(stage: Stage, part: Part, controls: Controls, journal: Journal) -> None:
    """Arms and disarms as the script says, and the configured program again when it is morning."""
    morning = Choice(stage.script.over, ArmingKind.CONFIGURED)
    choices = [*part.choices, morning] if part.choices else []
    for choice in sorted(choices, key=lambda choice: choice.at):
        if (part.serial, choice) not in stage.said:
            await stage.clock.sleep_until(choice.at)
            await journal.do(Ledger.choose, choice.kind, choice.program, choice.windows, part.serial)
            stage.said.add((part.serial, choice))
            controls.rouse()


def _story(stage: Stage, number: int) -> Story:
    model, part = stage.models[number], stage.script.parts[number]
    model.settle()
    ledger = open_ledger(stage.folder / "ledger.sqlite", stage.clock)
    accounts = [
        Account(window, report(window, ledger.shots(window.id), frames := ledger.frames(window.id)), frames)
        for window in ledger.windows()
        if window.serial == part.serial
    ]
    events = ledger.events()
    ledger.close()
    return Story(part, tuple(model.truth), accounts, card_of(model), stage.diaries[number], events)
