"""A body's own clock: measured and set where there is time, written down, and left alone close to a shot."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from nightside.clock import VirtualClock
from nightside.engine.bodyclock import NEEDED_S, ClockCare, look_after_clock
from nightside.ledger.journal import Journal
from nightside.ledger.opening import open_ledger
from nightside.ledger.records import BodyClock
from nightside_drivers import bodies
from nightside_drivers.api import ClockOffset
from nightside_drivers.errors import BodyGone, BodyRefused
from nightside_drivers.twin.at_hand import TwinBody
from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.facts import load

SERIAL = "2012345"


class Clockless(TwinBody):
    """A twin that does not tell its time."""

    async def clock_offset(self, within_s: float) -> ClockOffset:
        raise BodyRefused("This body does not tell its time over USB.")


class Gone(TwinBody):
    """A twin whose cable is out."""

    async def clock_offset(self, within_s: float) -> ClockOffset:
        raise BodyGone("the cable is out")


@pytest.fixture
def model(clock: VirtualClock) -> BodyModel:
    bodies.table()  # read from disk here, where that is allowed to block
    model = BodyModel(load("d3s"), clock)
    model.set_body_clock(clock.utc().replace(hour=1))
    return model


def written_down(tmp_path: Path, clock: VirtualClock, body: TwinBody, care: ClockCare, left_s: float = 60) -> list[BodyClock]:
    """What the ledger holds after the clock was looked after."""
    ledger = open_ledger(tmp_path / "ledger.sqlite", clock)
    journal = Journal(ledger)

    async def look() -> None:
        await body.open()
        await look_after_clock(body, SERIAL, journal, care, left_s)

    try:
        clock.run(look())
        return ledger.body_clocks(SERIAL)
    finally:
        journal.close()


def test_how_far_it_is_off_is_written_down_and_it_is_left_as_it_is(
    tmp_path: Path, clock: VirtualClock, model: BodyModel
) -> None:
    (told,) = written_down(tmp_path, clock, TwinBody(model), ClockCare.MEASURE)
    assert told.seconds == pytest.approx(model.ahead_s)
    assert told.at == clock.utc()
    assert abs(model.ahead_s) > 3600


def test_one_that_is_off_is_set_if_that_is_wished_and_what_is_left_is_written_down(
    tmp_path: Path, clock: VirtualClock, model: BodyModel
) -> None:
    with capture_logs() as logs:
        (told,) = written_down(tmp_path, clock, TwinBody(model), ClockCare.SET)
    assert abs(model.ahead_s) <= 1
    assert told.seconds == pytest.approx(model.ahead_s)
    (said,) = [line for line in logs if line["event"] == "body-clock"]
    assert abs(said["was_s"]) > 3600


def test_close_to_a_shot_it_is_left_alone(tmp_path: Path, clock: VirtualClock, model: BodyModel) -> None:
    assert written_down(tmp_path, clock, TwinBody(model), ClockCare.SET, NEEDED_S - 0.1) == []
    assert abs(model.ahead_s) > 3600


def test_it_can_be_left_to_its_owner(tmp_path: Path, clock: VirtualClock, model: BodyModel) -> None:
    assert written_down(tmp_path, clock, TwinBody(model), ClockCare.LEAVE) == []


def test_a_body_that_does_not_tell_its_time_is_no_trouble(tmp_path: Path, clock: VirtualClock, model: BodyModel) -> None:
    assert written_down(tmp_path, clock, Clockless(model), ClockCare.SET) == []


def test_a_session_that_breaks_meanwhile_is_the_engines_business(tmp_path: Path, clock: VirtualClock, model: BodyModel) -> None:
    with pytest.raises(BodyGone):
        written_down(tmp_path, clock, Gone(model), ClockCare.MEASURE)
