"""What a body last told: on the board with its instant, and never asked for while its shutter may be open."""

from pathlib import Path

import pytest

from nightside.clock import VirtualClock
from nightside.engine.gauges import hear, hear_at_leisure
from nightside.engine.snapshot import Board, Shutter
from nightside.ledger.journal import Journal
from nightside.ledger.opening import open_ledger
from nightside.ledger.states import WindowPhase
from nightside.plan.values import Overrun, Plan
from nightside_drivers import bodies
from nightside_drivers.api import BodyState, Exposure
from nightside_drivers.errors import BodyRefused
from nightside_drivers.twin.at_hand import TwinBody
from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.facts import load
from tests.daemon.engine.stage import Stage, plan_of


class Silent(TwinBody):
    """A twin that says nothing of itself."""

    async def state(self) -> BodyState:
        raise BodyRefused("This body says nothing of itself.")


@pytest.fixture
def model(clock: VirtualClock) -> BodyModel:
    bodies.table()  # read from disk here, where that is allowed to block
    return BodyModel(load("d3s"), clock)


def test_what_it_tells_is_shown_with_the_instant_at_which_it_was_asked(clock: VirtualClock, model: BodyModel) -> None:
    board, body = Board(clock), TwinBody(model)

    async def ask() -> None:
        await body.open()
        await hear(body, board, clock)

    clock.run(ask())
    told = board.now.told
    assert told is not None
    assert told.at == clock.utc()
    assert told.battery_percent == int(model.options.battery_percent)
    assert told.temperature_c is None  # no D3s tells


def test_one_that_says_nothing_leaves_what_was_told_before(clock: VirtualClock, model: BodyModel) -> None:
    board, body = Board(clock), Silent(model)

    async def ask() -> None:
        await body.open()
        assert await hear(body, board, clock) is None

    clock.run(ask())
    assert board.now.told is None


@pytest.mark.parametrize(("phase", "asked"), [(None, True), (WindowPhase.SETTLING, True), (WindowPhase.SHOOTING, False)])
def test_a_body_that_may_be_exposing_still_is_not_asked_when_it_is_found(
    tmp_path: Path, clock: VirtualClock, model: BodyModel, plan: Plan, phase: WindowPhase | None, *, asked: bool
) -> None:
    ledger = open_ledger(tmp_path / "ledger.sqlite", clock)
    if phase is not None:
        ledger.enter(ledger.begin("20180703-trial", model.options.serial, plan).id, phase)
    journal, board, body = Journal(ledger), Board(clock), TwinBody(model)

    async def find() -> None:
        await body.open()
        await hear_at_leisure(body, model.options.serial, journal, board, clock)

    try:
        clock.run(find())
    finally:
        journal.close()
    assert (board.now.told is not None) is asked


def test_a_gapless_window_is_told_of_at_its_edges_only(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    played = stage.play(plan_of([Exposure(30.0)] * 4, pitch_s=30.2, overrun=Overrun.PUSH))
    assert played.states == "eeee"
    told = {seen.told for seen in played.seen if seen.told is not None}
    assert len(told) == 2
    opened, closed = stage.model.truth[0].opened_utc, stage.model.truth[-1].closed_utc
    assert closed is not None
    assert not [one for one in told if opened <= one.at <= closed]
    assert not [seen for seen in played.seen if seen.shutter is not Shutter.CLOSED and seen.told and seen.told.at == seen.at]
