"""What persons chose to have shot at the next windows."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from nightside.clock import VirtualClock
from nightside.errors import NothingArmed, ProgramRefused
from nightside.ledger import schema
from nightside.ledger.states import ArmingKind, WindowPhase
from nightside.ledger.store import Ledger
from nightside.plan.programs import Interval, StarTrail
from nightside.plan.values import Plan
from tests.daemon.ledger.replay import replayed, stored

SERIAL = "2012345"
TRAIL = StarTrail(exposure_s=15, shots=3, name="short")
OTHER = Interval(exposure_s=1, every_s=5, shots=3)


def shoot(ledger: Ledger, plan: Plan, number: int, serial: str = SERIAL) -> None:
    """A window by whatever is armed, from its plan to its end."""
    shift = timedelta(hours=2 * number)
    span = plan.span.model_copy(update={"start": plan.span.start + shift, "end": plan.span.end + shift})
    window = ledger.begin(f"night-{number}", serial, plan.model_copy(update={"span": span}), ledger.chosen(serial).id)
    for phase in (WindowPhase.SHOOTING, WindowPhase.SETTLING, WindowPhase.DRAINING, WindowPhase.CLOSED):
        ledger.enter(window.id, phase)


def test_where_nobody_has_chosen_the_configuration_holds(ledger: Ledger) -> None:
    chosen = ledger.chosen(SERIAL)
    assert (chosen.id, chosen.kind, chosen.program) == (0, ArmingKind.CONFIGURED, None)


def test_a_choice_holds_until_the_next_one(ledger: Ledger) -> None:
    ledger.choose(ArmingKind.PROGRAM, TRAIL)
    assert (ledger.chosen(SERIAL).program, ledger.chosen(SERIAL).left) == (TRAIL, None)
    ledger.choose(ArmingKind.NOTHING)
    with pytest.raises(NothingArmed):
        ledger.chosen(SERIAL).require_something()
    ledger.choose(ArmingKind.CONFIGURED)
    assert ledger.chosen(SERIAL).id == 0


def test_a_choice_for_two_windows_is_over_when_two_were_begun_and_what_stood_before_goes_on(ledger: Ledger, plan: Plan) -> None:
    ledger.choose(ArmingKind.NOTHING)
    ledger.choose(ArmingKind.PROGRAM, OTHER, 5)  # another choice for a number of windows is no standing one
    ledger.choose(ArmingKind.PROGRAM, TRAIL, 2)
    left: list[int | None] = []
    for number in range(2):
        left.append(ledger.chosen(SERIAL).left)
        shoot(ledger, plan, number)
    assert left == [2, 1]
    assert ledger.chosen(SERIAL).kind is ArmingKind.NOTHING


def test_a_window_that_is_only_planned_has_used_nothing_up(ledger: Ledger, plan: Plan) -> None:
    ledger.choose(ArmingKind.PROGRAM, TRAIL, 1)
    window = ledger.begin("night", SERIAL, plan, ledger.chosen(SERIAL).id)
    assert ledger.chosen(SERIAL).stands(window)
    ledger.enter(window.id, WindowPhase.SHOOTING)
    assert ledger.chosen(SERIAL).kind is ArmingKind.CONFIGURED


def test_bodies_count_their_own_windows_and_a_later_choice_for_all_is_for_each(ledger: Ledger, plan: Plan) -> None:
    ledger.choose(ArmingKind.PROGRAM, TRAIL, 1)
    shoot(ledger, plan, 0)
    assert (ledger.chosen(SERIAL).kind, ledger.chosen("other").left) == (ArmingKind.CONFIGURED, 1)
    ledger.choose(ArmingKind.NOTHING, serial="other")
    assert (ledger.chosen(SERIAL).kind, ledger.chosen("other").kind) == (ArmingKind.CONFIGURED, ArmingKind.NOTHING)
    ledger.choose(ArmingKind.PROGRAM, OTHER)
    assert ledger.chosen(SERIAL).program == ledger.chosen("other").program == OTHER


def test_a_window_that_is_withdrawn_was_never_planned_but_in_the_events(ledger: Ledger, plan: Plan) -> None:
    window = ledger.begin("night", SERIAL, plan)
    ledger.measured(window.id, {})
    assert ledger.withdraw(window.id, "Something else was armed.")
    assert ledger.windows() == []
    assert [event.kind for event in ledger.events(window.id)] == ["window-planned", "window-withdrawn"]
    again = ledger.begin("night", SERIAL, plan)
    assert len(ledger.shots(again.id)) == len(plan.shots)
    assert stored(ledger) == replayed(ledger.events())


def test_a_window_that_a_body_was_only_made_ready_for_is_withdrawn(ledger: Ledger, plan: Plan) -> None:
    window = ledger.begin("night", SERIAL, plan)
    ledger.enter(window.id, WindowPhase.SHOOTING)
    ledger.remember_card(window.id, ["/store_00010001/DCIM/100NCD3S/DSC_0001.JPG"])
    ledger.set_to(window.id, "NEF+Fine")
    assert ledger.withdraw(window.id, "Something else is to be shot.")
    assert ledger.windows() == []
    assert stored(ledger) == replayed(ledger.events())


@pytest.mark.parametrize("how", ["a release was handed over", "nothing was taken, and it is over"])
def test_a_window_that_has_begun_is_not_withdrawn(ledger: Ledger, plan: Plan, how: str) -> None:
    window = ledger.begin("night", SERIAL, plan)
    ledger.enter(window.id, WindowPhase.SHOOTING)
    if how == "a release was handed over":
        ledger.arm(window.id, [0])
    else:
        ledger.enter(window.id, WindowPhase.SETTLING)
    assert not ledger.withdraw(window.id, "too late")
    assert stored(ledger) == replayed(ledger.events())


def test_whoever_armed_for_one_window_has_not_disarmed_when_that_has_begun(ledger: Ledger, plan: Plan) -> None:
    ledger.choose(ArmingKind.NOTHING)
    assert ledger.disarmed(SERIAL)
    ledger.choose(ArmingKind.PROGRAM, OTHER, 1, SERIAL)
    shoot(ledger, plan, 0)
    assert (ledger.chosen(SERIAL).kind, ledger.disarmed(SERIAL), ledger.disarmed("other")) == (ArmingKind.NOTHING, False, True)


def test_a_program_of_another_nightside_is_refused_and_says_how_to_go_on(ledger: Ledger) -> None:
    ledger.choose(ArmingKind.PROGRAM, TRAIL)
    with ledger._transaction() as entry:
        entry.db.execute(update(schema.armings).values(program={"kind": "hologram"}))
    with pytest.raises(ProgramRefused, match="none that this Nightside knows"):
        ledger.chosen(SERIAL)


def test_what_was_chosen_is_told(ledger: Ledger, clock: VirtualClock) -> None:
    ledger.choose(ArmingKind.PROGRAM, TRAIL, 3, "2012345")
    clock.advance(1)
    ledger.choose(ArmingKind.NOTHING)
    assert [(event.kind, event.detail["program"], event.detail["body"]) for event in ledger.events()] == [
        ("armed", "short", "2012345"),
        ("disarmed", None, None),
    ]
