"""Several bodies on one window: started together, accounted for apart, and none waits for another that fails."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from nightside.clock import VirtualClock
from nightside.engine.circumstances import Circumstances, Horizon
from nightside.engine.commands import Command, Emergency, Pause, Skip, StopAfterShot
from nightside.engine.controls import Controls
from nightside.engine.desk import Desk
from nightside.engine.hold import Hold, Patience
from nightside.engine.keeping import Keeping
from nightside.engine.notices import Notice, Notices
from nightside.engine.party import Party
from nightside.engine.report import Report
from nightside.engine.snapshot import Board, Snapshot
from nightside.engine.watch import Watch
from nightside.errors import ElementsDamaged, ElementsStale, NoNight
from nightside.ledger.journal import Journal
from nightside.ledger.opening import open_ledger
from nightside.ledger.states import SessionPhase, WindowOutcome
from nightside.plan.programs import AnyProgram
from nightside.plan.values import Overrun, Plan, Span
from nightside.storage.feeding import Feeding
from nightside.storage.policy import Policy, RoomPolicy
from nightside.storage.room import free_bytes
from nightside.storage.sinks.folder import FolderSink
from nightside.storage.sinks.sink import Copy
from nightside.storage.spool import Spool
from nightside_drivers import bodies
from nightside_drivers.api import Capabilities, Exposure, ReleaseKind
from nightside_drivers.errors import Refused
from nightside_drivers.protocol import Opened
from nightside_drivers.twin.at_hand import TwinBody
from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.facts import load
from nightside_drivers.twin.faults.plan import FaultPlan
from nightside_drivers.twin.faults.vocabulary import Fault, Kind
from nightside_drivers.twin.options import Options
from tests.daemon.engine.stage import START, plan_of

FRAME = Exposure(10.0, 800)
TOGETHER_S = 0.005


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


@pytest.mark.parametrize("release", [ReleaseKind.USB, ReleaseKind.WIRED])
def test_bodies_on_one_window_open_within_5_ms_of_each_other(tmp_path: Path, release: ReleaseKind) -> None:
    night = Night(tmp_path, plan_of([FRAME] * 4, pitch_s=20, release=release))
    night.live()
    assert sorted(report.serial for report in night.reports) == ["1001", "1002", "1003"]
    assert all(report.whole for report in night.reports)
    for together in zip(*(model.truth for model in night.models), strict=True):
        opened = [one.opened for one in together]
        assert max(opened) - min(opened) <= TOGETHER_S


def test_a_wall_clock_that_is_stepped_while_they_start_does_not_part_them(tmp_path: Path) -> None:
    night = Night(tmp_path, plan_of([FRAME] * 4, pitch_s=20))
    night.live((-19.0, lambda night: night.clock.step_wall(0.4)), (-10.0, lambda night: night.clock.step_wall(-0.7)))
    for together in zip(*(model.truth for model in night.models), strict=True):
        opened = [one.opened for one in together]
        assert max(opened) - min(opened) <= TOGETHER_S


def test_one_body_that_fails_leaves_the_others_at_work(tmp_path: Path) -> None:
    night = Night(tmp_path, plan_of([FRAME] * 4, pitch_s=20))
    FaultPlan(night.models[1], [Fault(kind=Kind.CABLE_PULLED, after_shots=1, seconds=100)], 0)
    night.live()
    safe = {report.serial: report.safe for report in night.reports}
    assert safe["1001"] == safe["1003"] == 4
    assert 1 <= safe["1002"] <= 4
    assert sum(bool(model.truth) for model in night.models) == 3


def test_every_bodys_frames_have_names_and_sums_of_their_own(tmp_path: Path) -> None:
    night = Night(tmp_path, plan_of([FRAME] * 3, pitch_s=20))
    night.live()
    files = list((tmp_path / "frames").rglob("*.jpg"))
    assert len(files) == 9
    listed = [
        line.split("  ")[1] for sums in (tmp_path / "frames").rglob("SHA256SUMS") for line in sums.read_text().splitlines()
    ]
    assert sorted(listed) == sorted(path.name for path in files)


def test_a_command_for_one_body_leaves_the_others_alone(tmp_path: Path) -> None:
    night = Night(tmp_path, plan_of([FRAME] * 4, pitch_s=20, overrun=Overrun.SKIP))
    night.live((25.0, lambda night: night.desk and night.desk.give(Pause(body="1002"))))
    outcomes = {report.serial: report.outcome for report in night.reports}
    assert outcomes == {"1001": WindowOutcome.WHOLE, "1002": WindowOutcome.PARTIAL, "1003": WindowOutcome.WHOLE}


def test_an_emergency_is_shot_at_once_and_the_plan_goes_on_afterwards(tmp_path: Path) -> None:
    plan = plan_of([FRAME] * 30, pitch_s=20, overrun=Overrun.SKIP, window_s=700)
    night = Night(tmp_path, plan, serials=("1001",))
    night.live((105.0, lambda night: night.desk and night.desk.give(Emergency())))
    own, emergency = night.reports
    assert emergency.program == "emergency"
    assert emergency.whole
    first = next(one for one in night.models[0].truth if one.requested_s == pytest.approx(4.0))
    assert 105 <= first.opened - 300 <= 120
    assert own.outcome is WindowOutcome.PARTIAL
    assert own.shots[5].reason is None
    assert own.shots[-1].reason is None  # it went on
    assert own.safe + own.missed == 30
    assert (own.extra, emergency.extra) == (0, 0)  # no frame is taken for another window's
    assert own.safe + emergency.safe == len(night.models[0].truth)


def test_an_emergency_while_the_window_is_waited_for_costs_it_nothing_if_it_is_over_by_then(tmp_path: Path) -> None:
    plan = plan_of([FRAME] * 4, pitch_s=20)
    night = Night(tmp_path, plan, serials=("1001",), clock=VirtualClock(START - timedelta(minutes=5)))
    night.live((-290.0, lambda night: night.desk and night.desk.give(Emergency())))
    own, emergency = night.reports
    assert emergency.safe > 30
    assert own.missed <= 1


def test_an_emergency_does_not_wait_for_slow_sinks(tmp_path: Path) -> None:
    plan = plan_of([FRAME] * 4, pitch_s=20)
    night = Night(tmp_path, plan, serials=("1001",), following=later(plan, timedelta(hours=9)), storing_s=3600)
    night.live((200.0, lambda night: night.desk and night.desk.give(Emergency())))
    first = next(one for one in night.models[0].truth if one.requested_s == pytest.approx(4.0))
    assert 200 <= first.opened - 300 <= 240
    assert [report.taken for report in night.reports if report.program == "trial"] == [4, 4]


def test_a_program_that_somebody_calls_emergency_is_none(tmp_path: Path) -> None:
    plan = plan_of([FRAME] * 30, pitch_s=20, window_s=700).model_copy(update={"program": "emergency"})
    night = Night(tmp_path, plan, serials=("1001",))
    night.live((105.0, lambda night: night.desk and night.desk.give(Emergency())))
    assert 4.0 in {one.requested_s for one in night.models[0].truth}
    assert len(night.reports) == 2


def test_an_emergency_that_cannot_be_planned_costs_nothing(tmp_path: Path) -> None:
    night = Night(tmp_path, plan_of([FRAME] * 4, pitch_s=20), serials=("1001",))
    night.gap_s = 1000.0
    night.live((25.0, lambda night: night.desk and night.desk.give(Emergency())))
    assert [report.whole for report in night.reports] == [True]
    assert "call-a-person" in {notice.name for notice in night.told}


def test_a_session_goes_through_its_phases_in_order(tmp_path: Path) -> None:
    night = Night(tmp_path, plan_of([FRAME] * 2, pitch_s=20), serials=("1001",))
    night.live()
    order = [phase for number, phase in enumerate(night.phases) if number == 0 or phase is not night.phases[number - 1]]
    assert order == [SessionPhase.FINDING, SessionPhase.PLANNING, SessionPhase.WAITING, SessionPhase.WORKING, SessionPhase.OVER]
    assert [notice.name for notice in night.told] == ["body-found", "window-armed", "window-done"]


def later(plan: Plan, shift: timedelta) -> Plan:
    shots = tuple(
        shot.model_copy(update={"open_at": shot.open_at + shift, "close_at": shot.close_at + shift}) for shot in plan.shots
    )
    span = plan.span.model_copy(update={"start": plan.span.start + shift, "end": plan.span.end + shift})
    return plan.model_copy(update={"shots": shots, "span": span})


@pytest.mark.parametrize(("command", "taken"), [(Pause(), [2, 0]), (Skip(), [2, 1]), (StopAfterShot(), [2, 2])])
def test_a_pause_between_two_windows_holds_for_the_next_and_an_end_for_neither(
    tmp_path: Path, command: Command, taken: list[int]
) -> None:
    plan = plan_of([FRAME] * 2, pitch_s=20, overrun=Overrun.SKIP)

    night = Night(tmp_path, plan, serials=("1001",), following=later(plan, timedelta(minutes=30)))

    def hear(notice: Notice) -> None:
        if notice.name == "window-done" and not night.reports and night.desk is not None:
            night.desk.give(command)

    night.hearing = hear
    night.live()
    assert [report.taken for report in night.reports] == taken
    assert night.desk is not None
    assert not night.desk.snapshots[0].paused


def test_newer_elements_move_a_window_that_has_not_begun(tmp_path: Path) -> None:
    plan = plan_of([FRAME] * 3, pitch_s=20)
    night = Night(tmp_path, plan, serials=("1001",), clock=VirtualClock(START - timedelta(minutes=40)))

    moved = later(plan, timedelta(seconds=90))
    night.live((1.0, lambda night: setattr(night, "plan", moved)))
    (own,) = night.reports
    assert own.window == moved.id
    assert own.whole
    assert [shot.open_at for shot in own.shots] == [shot.open_at for shot in moved.shots]
    assert [notice.name for notice in night.told].count("window-replanned") == 1


def test_elements_that_are_stale_or_being_replaced_between_two_windows_are_waited_for(tmp_path: Path) -> None:
    plan = plan_of([FRAME] * 2, pitch_s=20)
    night = Night(tmp_path, plan, serials=("1001",), following=later(plan, timedelta(hours=2)))

    def hear(notice: Notice) -> None:
        if notice.name == "window-done" and not night.reports:
            night.refusing = [*[ElementsStale("They are too old.")] * 2, *[ElementsDamaged("A line is cut off.")] * 2]

    night.hearing = hear
    night.live()
    assert [report.taken for report in night.reports] == [2, 2]
    assert [one.detail["code"] for one in night.told if one.name == "call-a-person"] == ["elements-damaged", "elements-stale"]


@pytest.mark.parametrize(
    ("why", "every_s"),
    [
        (NoNight("There is none for a year."), 3600.0),
        (ElementsStale("There is none while the elements are good.", ahead=True), 300.0),
    ],
    ids=["a polar summer", "a high beta angle"],
)
def test_a_night_that_does_not_come_is_waited_for_in_words_from_the_start(tmp_path: Path, why: Refused, every_s: float) -> None:
    night = Night(tmp_path, plan_of([FRAME] * 2, pitch_s=20), serials=("1001",), clock=VirtualClock(START - timedelta(hours=4)))
    night.summer = [why] * 3
    waits: list[tuple[str, ...]] = []
    night.live(
        (0.0, lambda night: waits.append(night.snapshot.awaits)), (14_000.0, lambda night: waits.append(night.snapshot.awaits))
    )
    assert [report.safe for report in night.reports] == [2]
    assert waits == [(str(why),), ()]
    assert [late - early for early, late in pairwise(night.asked[:4])] == pytest.approx([every_s] * 3, abs=1)
    assert "call-a-person" not in {notice.name for notice in night.told}


def test_somebody_who_arms_in_a_polar_summer_is_heard_at_once(tmp_path: Path) -> None:
    night = Night(tmp_path, plan_of([FRAME] * 2, pitch_s=20), serials=("1001",), clock=VirtualClock(START - timedelta(hours=4)))
    night.summer = [NoNight("There is none for a year.")]
    night.live((600.0, lambda night: night.watch.controls.rouse()))
    assert [report.safe for report in night.reports] == [2]
    assert night.asked[1] == pytest.approx(900, abs=60)


def test_a_window_that_is_planned_anew_is_shortened_to_the_room_there_is_once_more(tmp_path: Path) -> None:
    free = free_bytes(tmp_path)
    plan = plan_of([FRAME] * 3, pitch_s=20).model_copy(update={"frame_bytes": free * 2 // 5})
    night = Night(tmp_path, plan, serials=("1001",), clock=VirtualClock(START - timedelta(minutes=40)))
    night.policy = Policy(room=RoomPolicy.SHORTEN)
    night.live()
    assert night.reports[0].planned == 2
    assert "window-replanned" not in {notice.name for notice in night.told}


def narrowed_to(seconds: float) -> Span:
    return Span(start=START, end=START + timedelta(seconds=seconds), uncertainty_s=0)


def test_elements_that_came_just_before_a_window_count_from_its_first_shot_on(tmp_path: Path) -> None:
    night = Night(tmp_path, plan_of([FRAME] * 4, pitch_s=20), serials=("1001",), horizon=lambda _: narrowed_to(35))
    night.live()
    assert [one.closed_utc < START + timedelta(seconds=35) for one in night.models[0].truth if one.closed_utc] == [True, True]
    assert night.reports[0].missed == 2


def test_elements_that_cannot_be_read_once_are_asked_again(tmp_path: Path) -> None:
    answers: list[Span | None] = []

    def horizon(_: Plan) -> Span:
        answers.append(None)
        if len(answers) == 1:
            raise ElementsStale("They are being replaced.")
        return narrowed_to(500)

    night = Night(tmp_path, plan_of([FRAME] * 9, pitch_s=100, window_s=900), serials=("1001",), horizon=horizon)
    night.live()
    assert night.reports[0].missed == 4
    assert len(night.models[0].truth) == 5


def test_every_body_has_its_report_as_a_file_below_the_spool(tmp_path: Path) -> None:
    night = Night(tmp_path, plan_of([FRAME] * 2, pitch_s=20), serials=("1001", "1002"))
    night.live()
    kept = [json.loads(path.read_text()) for path in sorted((tmp_path / "spool" / "reports").rglob("*.json"))]
    assert [(one["serial"], one["outcome"], one["safe"]) for one in kept] == [("1001", "whole", 2), ("1002", "whole", 2)]
    assert kept[0]["shots"][0]["open_at"] == "2018-07-03T20:06:34.000000Z"
    assert kept[0]["battery_percent"][0] > 0


@pytest.mark.parametrize("killed_at", [-5.0, 3.0, 12.0, 25.0, 60.0, 69.9])
def test_a_kill_costs_each_body_at_most_the_shot_in_flight_and_the_one_that_was_due_meanwhile(
    tmp_path: Path, killed_at: float
) -> None:
    night = Night(tmp_path, plan_of([FRAME] * 4, pitch_s=20, overrun=Overrun.SKIP))
    night.live(killed_at=killed_at)
    night.reports.clear()
    night.clock.advance(2.0)
    night.live()
    assert sorted(report.serial for report in night.reports) == ["1001", "1002", "1003"]
    for report, model in zip(sorted(night.reports, key=lambda report: report.serial), night.models, strict=True):
        assert report.safe == len(model.truth)  # whatever the body exposed is kept, and nothing was shot twice
        assert report.missed <= 1
        assert report.safe + report.missed == 4
        assert report.extra == 0
        assert all(one.closed is not None for one in model.truth)
