"""When the body belongs to the night."""

from dataclasses import replace
from datetime import timedelta

import pytest

from nightside.clock import ScaledClock, VirtualClock
from nightside.focus.gate import MARGIN_S, always_free, gate, reserved
from nightside.ledger.records import WindowRecord
from nightside.ledger.states import WindowPhase
from nightside.plan.values import Plan
from tests.daemon.conftest import START

LEAD = timedelta(seconds=30)


@pytest.fixture
def window(plan: Plan) -> WindowRecord:
    return WindowRecord(1, "20180703-star-trail", "20180703T200634Z", "2012345", plan, WindowPhase.PLANNED, None)


@pytest.mark.parametrize(
    ("phase", "before_opening_s", "says", "until_the_end"),
    [
        (WindowPhase.PLANNED, 3600, None, False),
        (WindowPhase.PLANNED, 31, None, False),
        (WindowPhase.PLANNED, 30, "is armed", True),
        (WindowPhase.SHOOTING, 3600, "is armed", True),
        (WindowPhase.SHOOTING, -60, "is armed", True),
        (WindowPhase.SETTLING, -60, "is armed", True),
        (WindowPhase.SHOOTING, -7200, "frames are being fetched", False),
        (WindowPhase.DRAINING, -60, "frames are being fetched", False),
        (WindowPhase.CLOSED, -60, None, False),
    ],
)
def test_a_window_needs_its_body_from_its_lead_until_its_frames_are_fetched(
    window: WindowRecord, phase: WindowPhase, before_opening_s: float, says: str | None, until_the_end: bool
) -> None:
    now = window.plan.shots[0].open_at - timedelta(seconds=before_opening_s)
    found = reserved([replace(window, phase=phase)], now, LEAD)
    if says is None:
        assert found is None
        return
    assert found is not None
    assert says in found.why
    assert found.until == (window.plan.span.end if until_the_end else None)


@pytest.mark.parametrize("in_hand", [True, False, None])
@pytest.mark.parametrize(("phase", "before_opening_s"), [(WindowPhase.DRAINING, -60), (WindowPhase.SHOOTING, -7200)])
def test_a_window_that_is_over_needs_its_body_only_while_frames_are_moved(
    window: WindowRecord, phase: WindowPhase, before_opening_s: float, in_hand: bool | None
) -> None:
    now = window.plan.shots[0].open_at - timedelta(seconds=before_opening_s)
    found = reserved([replace(window, phase=phase)], now, LEAD, in_hand=in_hand)
    assert (found is None) is (in_hand is False)


def test_an_armed_window_needs_its_body_whoever_has_it_in_hand(window: WindowRecord) -> None:
    over = replace(window, id=2, phase=WindowPhase.DRAINING)
    now = window.plan.shots[0].open_at
    found = reserved([over, replace(window, phase=WindowPhase.SHOOTING)], now, LEAD, in_hand=False)
    assert found is not None
    assert found.until == window.plan.span.end


def test_a_daemon_that_clears_a_card_has_its_body_in_hand() -> None:
    found = reserved([], START, LEAD, in_hand=True)
    assert found is not None
    assert found.until is None
    assert reserved([], START, LEAD, in_hand=None) is None


async def test_the_gate_of_a_daemon_asks_its_ledger_and_leaves_a_margin(window: WindowRecord) -> None:
    opens = window.plan.shots[0].open_at

    async def unfinished() -> list[WindowRecord]:
        return [window]

    for before_s, free in ((20 + MARGIN_S + 1, True), (20 + MARGIN_S - 1, False)):
        clock = VirtualClock(opens - timedelta(seconds=before_s))
        assert (await gate(unfinished, clock, lead_s=20.0)() is None) is free


async def test_in_a_rehearsal_the_lead_is_as_much_longer_as_time_is_faster(window: WindowRecord) -> None:
    async def unfinished() -> list[WindowRecord]:
        return [window]

    clock = ScaledClock(window.plan.shots[0].open_at - timedelta(minutes=20), 60.0)
    assert await gate(unfinished, clock, lead_s=20.0)() is not None


async def test_where_there_is_no_daemon_the_body_is_free() -> None:
    assert await always_free() is None
