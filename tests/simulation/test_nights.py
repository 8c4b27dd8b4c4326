"""Nights with everything that goes wrong in them, in milliseconds, and what must hold after each."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from nightside.clock import VirtualClock
from nightside.ledger.opening import open_ledger
from nightside.ledger.states import ShotState, WindowPhase
from nightside.plan.values import Plan
from nightside_drivers.twin.codes import Event
from nightside_drivers.twin.faults.vocabulary import Fault, Kind
from tests.simulation.nights import MortalLedger, Night, assert_invariants, live_through
from tests.simulation.seeds import night_of

UNTIL_FIRST_SHOT_S = 300.0


def missed(night: Night) -> list[tuple[int, str | None]]:
    return [(shot.index, shot.reason) for shot in night.report.shots if shot.state is ShotState.MISSED]


def test_a_quiet_night_is_shot_as_it_was_planned(tmp_path: Path, plan: Plan, clock: VirtualClock) -> None:
    night = live_through(tmp_path, plan, clock)
    assert_invariants(night)
    assert night.report.whole
    assert night.window.phase is WindowPhase.CLOSED
    assert night.report.widest_gap_s is not None
    assert night.report.widest_gap_s < 0.3
    for shot, opening in zip(plan.shots, night.truth, strict=True):
        assert abs((opening.opened_utc - shot.open_at).total_seconds()) < 0.01


def test_before_a_window_the_bodys_clock_is_measured_once(tmp_path: Path, plan: Plan, clock: VirtualClock) -> None:
    night = live_through(tmp_path, plan, clock, [Fault(kind=Kind.CLOCK_WRONG, offset_s=3600)])
    ledger = open_ledger(tmp_path / "ledger.sqlite", clock)
    (told,) = ledger.body_clocks(night.window.serial)
    ledger.close()
    assert told.seconds == pytest.approx(3600)
    assert told.at < plan.shots[0].open_at


ONE_FAULT = {
    "a body that is silent for a while": (Fault(kind=Kind.SILENT, after_shots=3, seconds=40), 2),
    "a body that is silent for the rest of the window": (Fault(kind=Kind.SILENT, after_shots=3, seconds=3000), 12),
    "a cable that is pulled and plugged": (Fault(kind=Kind.CABLE_PULLED, after_shots=4, seconds=20), 2),
    "a body that is switched off and on": (Fault(kind=Kind.POWER_CYCLE, after_shots=4, seconds=20), 3),
    "a body that falls asleep": (Fault(kind=Kind.ASLEEP, after_shots=4, seconds=20), 2),
    "an event that never comes": (Fault(kind=Kind.EVENT_LOST, event=Event.OBJECT_ADDED, after_shots=5), 0),
    "an event that comes twice": (Fault(kind=Kind.EVENT_DOUBLED, event=Event.OBJECT_ADDED, after_shots=5), 0),
    "a card that fills up": (Fault(kind=Kind.CARD_FULL, slot=1, after_shots=6, seconds=4000), 7),
    "a body that is busy for a moment": (Fault(kind=Kind.IN_PROGRESS, after_shots=2, times=3), 1),
    "a battery that dies": (Fault(kind=Kind.BATTERY_DEAD, after_shots=6), 6),
    "a download that breaks": (Fault(kind=Kind.TRUNCATE, after_shots=2, times=1), 1),
    "a mirror that fails once": (Fault(kind=Kind.MIRROR_ERROR, after_shots=2, seconds=10), 2),
    "a wall clock that is an hour wrong in the body": (Fault(kind=Kind.CLOCK_WRONG, offset_s=3600), 0),
}


@pytest.mark.parametrize(("fault", "lost_at_most"), ONE_FAULT.values(), ids=ONE_FAULT)
def test_one_thing_goes_wrong(tmp_path: Path, plan: Plan, clock: VirtualClock, fault: Fault, lost_at_most: int) -> None:
    night = live_through(tmp_path, plan, clock, [fault])
    assert_invariants(night)
    assert len(missed(night)) <= lost_at_most, missed(night)


def test_a_stepped_wall_clock_moves_no_shot(tmp_path: Path, plan: Plan, clock: VirtualClock) -> None:
    class Stepping(VirtualClock):
        """Steps its wall clock by two hours in the middle of the window."""

        def _reach(self, instant: float) -> None:
            super()._reach(instant)
            if self.monotonic() > UNTIL_FIRST_SHOT_S + 60 and not self._wall_step:
                self.step_wall(-7200)

    stepping = Stepping(clock.utc())
    night = live_through(tmp_path, plan, stepping)
    assert night.report.whole
    opened = [opening.opened for opening in night.truth]
    planned = [UNTIL_FIRST_SHOT_S + (shot.open_at - plan.shots[0].open_at).total_seconds() for shot in plan.shots]
    assert [round(at - opened[0], 3) for at in opened] == pytest.approx([at - planned[0] for at in planned], abs=0.05)


@pytest.mark.parametrize("at_shot", range(12))
def test_a_daemon_killed_in_any_exposure_loses_at_most_that_one(
    tmp_path: Path, plan: Plan, clock: VirtualClock, at_shot: int
) -> None:
    kill = (plan.shots[at_shot].open_at - clock.utc()).total_seconds() + 11.0
    night = live_through(tmp_path, plan, clock, kills=[kill])
    assert_invariants(night)
    assert len(missed(night)) <= 2, missed(night)  # the one in flight was found on the card; opening again may cost the next
    assert night.report.extra == 0


@pytest.mark.parametrize("durable", [False, True], ids=["before it is durable", "after it is"])
@pytest.mark.parametrize("number", range(1, 57))
def test_power_that_fails_at_any_line_of_the_ledger_loses_nothing(
    tmp_path: Path, plan: Plan, clock: VirtualClock, number: int, durable: bool
) -> None:
    short = plan.model_copy(update={"shots": plan.shots[:4]})
    night = live_through(tmp_path, short, clock, mortal=partial(MortalLedger, dies_at=number, durable=durable))
    assert_invariants(night)
    assert night.window.phase is WindowPhase.CLOSED
    assert len(missed(night)) <= 1, missed(night)
    assert night.report.safe == len(night.truth)
    assert night.report.extra == 0


def test_a_suspended_computer_goes_on_where_the_night_is(tmp_path: Path, plan: Plan) -> None:
    class Sleepy(VirtualClock):
        """Is suspended for a minute in the middle of the window."""

        def _reach(self, instant: float) -> None:
            super()._reach(instant)
            if self.monotonic() > UNTIL_FIRST_SHOT_S + 100 and not self.asleep():
                self.suspend(60)

    night = live_through(tmp_path, plan, Sleepy(plan.span.start - timedelta(seconds=UNTIL_FIRST_SHOT_S)))
    assert_invariants(night)  # no exposure reaches out of its window, by UTC
    assert night.report.taken >= 9


def test_a_wall_clock_that_is_set_right_while_the_window_is_waited_for_is_believed(tmp_path: Path, plan: Plan) -> None:
    class Corrected(VirtualClock):
        """Is three minutes slow until NTP comes, two minutes before the window."""

        def _reach(self, instant: float) -> None:
            super()._reach(instant)
            if self.utc() > plan.span.start - timedelta(minutes=5) and not self._wall_step:
                self.step_wall(180)

    night = live_through(tmp_path, plan, Corrected(plan.span.start - timedelta(minutes=8)))
    assert_invariants(night)
    assert night.report.whole


@pytest.mark.parametrize("seed", range(60))
def test_any_night_keeps_the_invariants(tmp_path: Path, seed: int) -> None:
    assert_invariants(night_of(seed, tmp_path))
