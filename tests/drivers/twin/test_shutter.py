"""When the shutter opens and closes, by every way there is to release it. Clock time is virtual, so instants are exact."""

import pytest

from nightside_drivers.testing.initiator import Initiator
from nightside_drivers.twin.codes import BULB, Operation, Property, ReleaseMode, Response
from nightside_drivers.twin.options import Options
from nightside_drivers.twin.truth import Opening

TO_CARD = (Operation.INITIATE_CAPTURE_REC_IN_MEDIA, 0xFFFFFFFF, 0)
HELD_S = 47.3


def opened_and_closed(openings: list[Opening]) -> list[tuple[float, float | None]]:
    return [(round(opening.opened, 6), None if opening.closed is None else round(opening.closed, 6)) for opening in openings]


@pytest.mark.parametrize("capture", [Operation.INITIATE_CAPTURE, Operation.INITIATE_CAPTURE_REC_IN_SDRAM, TO_CARD])
def test_an_exposure_takes_as_long_as_it_takes(initiator: Initiator, capture: int | tuple[int, ...]) -> None:
    initiator.set(0x500D, 300_000)
    initiator.wait(10)
    assert initiator.ask(*(capture if isinstance(capture, tuple) else (capture,))).response == Response.OK
    initiator.wait(29.9)
    assert initiator.ask(Operation.DEVICE_READY).response == Response.DEVICE_BUSY
    initiator.wait(0.15)
    assert initiator.ask(Operation.DEVICE_READY).response == Response.DEVICE_BUSY  # still recovering
    initiator.wait(0.1)
    assert initiator.ask(Operation.DEVICE_READY).response == Response.OK
    assert opened_and_closed(list(initiator.body.truth)) == [(10.0, 40.0)]


def test_the_truth_is_told_in_utc_too(initiator: Initiator) -> None:
    initiator.shoot(2)
    (opening,) = initiator.body.truth
    assert opening.opened_utc.isoformat() == "2018-07-03T19:30:00+00:00"
    assert opening.closed_utc is not None
    assert (opening.closed_utc - opening.opened_utc).total_seconds() == 2


def test_an_exposure_ends_on_its_second_although_nobody_looks_for_an_hour(initiator: Initiator) -> None:
    initiator.set(0x500D, 300_000)
    initiator.ask(*TO_CARD)
    initiator.wait(3600)
    assert opened_and_closed(list(initiator.body.truth)) == [(0.0, 30.0)]


def test_a_second_release_is_refused_as_busy(initiator: Initiator) -> None:
    initiator.ask(*TO_CARD)
    initiator.wait(0.01)
    assert initiator.ask(*TO_CARD).response == Response.DEVICE_BUSY


def test_a_burst_follows_itself_without_being_asked(initiator: Initiator) -> None:
    initiator.set(0x500D, 300_000)
    initiator.set(0x5018, 3, size=2)
    initiator.body.dial(Property.STILL_CAPTURE_MODE, ReleaseMode.CONTINUOUS_HIGH)
    initiator.ask(*TO_CARD)
    initiator.wait(120)
    assert opened_and_closed(list(initiator.body.truth)) == [(0.0, 30.0), (30.1, 60.1), (60.2, 90.2)]


def test_a_short_burst_keeps_the_rate_of_the_dial(initiator: Initiator) -> None:
    initiator.set(0x500D, 100)
    initiator.set(0x5018, 3, size=2)
    initiator.body.dial(Property.STILL_CAPTURE_MODE, ReleaseMode.CONTINUOUS_LOW)
    initiator.body.dial(Property.SHOOTING_SPEED, 1)
    initiator.ask(*TO_CARD)
    initiator.wait(10)
    assert [opening.opened for opening in initiator.body.truth] == pytest.approx([0.0, 0.5, 1.0])


@pytest.mark.parametrize(
    ("code", "value", "delay"),
    [(Property.EXPOSURE_DELAY_MODE, 1, 1.0), (Property.STILL_CAPTURE_MODE, ReleaseMode.SELF_TIMER, 10.0)],
)
def test_delays_come_before_the_opening(initiator: Initiator, code: int, value: int, delay: float) -> None:
    initiator.body.dial(code, value)
    initiator.shoot(1)
    initiator.wait(20)
    assert opened_and_closed(list(initiator.body.truth)) == [(delay, delay + 1)]


def test_noise_reduction_keeps_the_body_busy_for_as_long_again(initiator: Initiator) -> None:
    initiator.set(Property.LONG_EXPOSURE_NR, 1, size=1)
    initiator.set(0x500D, 300_000)
    initiator.ask(*TO_CARD)
    initiator.wait(59)
    assert initiator.ask(Operation.DEVICE_READY).response == Response.DEVICE_BUSY
    initiator.wait(2)
    assert initiator.ask(Operation.DEVICE_READY).response == Response.OK
    assert opened_and_closed(list(initiator.body.truth)) == [(0.0, 30.0)]


@pytest.mark.parametrize(
    ("prepare", "answer"),
    [
        pytest.param((Property.EXPOSURE_TIME, BULB), Response.SHUTTER_SPEED_BULB, id="the dial is on bulb"),
        pytest.param(
            (Property.STILL_CAPTURE_MODE, ReleaseMode.MIRROR_UP), Response.MIRROR_UP_SEQUENCE, id="the dial is on mirror-up"
        ),
        pytest.param((Property.BURST_NUMBER, 1), Response.OK, id="nothing is wrong"),
    ],
)
def test_a_release_by_command_is_refused_with_a_reason(initiator: Initiator, prepare: tuple[int, int], answer: int) -> None:
    initiator.body.dial(*prepare)
    assert initiator.ask(*TO_CARD).response == answer


def test_autofocus_finds_nothing_in_the_dark(initiator: Initiator) -> None:
    initiator.body.dial(Property.FOCUS_MODE, 0x8010)
    assert initiator.ask(Operation.INITIATE_CAPTURE_REC_IN_MEDIA, 0xFFFFFFFE, 0).response == Response.OUT_OF_FOCUS
    assert initiator.ask(*TO_CARD).response == Response.OK


def test_the_wire_opens_bulb_for_as_long_as_it_is_held(initiator: Initiator) -> None:
    initiator.body.dial(Property.EXPOSURE_TIME, BULB)
    initiator.body.button.press()
    initiator.wait(HELD_S)
    assert initiator.ask(Operation.DEVICE_READY).response == Response.BULB_RELEASE_BUSY
    assert initiator.body.sync
    initiator.body.button.let_go()
    initiator.wait(5)
    (opening,) = initiator.body.truth
    assert (opening.release, opening.ended_by) == ("wired", "release")
    assert opening.exposure_s == pytest.approx(HELD_S)
    assert not initiator.body.sync


def test_the_wire_takes_one_timed_frame_however_long_it_is_held(initiator: Initiator) -> None:
    initiator.set(0x500D, 20_000)
    initiator.body.button.press()
    initiator.wait(HELD_S)
    initiator.body.button.let_go()
    assert opened_and_closed(list(initiator.body.truth)) == [(0.0, 2.0)]


def test_a_held_wire_takes_frame_after_frame_and_ends_the_last_one_properly(initiator: Initiator) -> None:
    initiator.set(0x500D, 300_000)
    initiator.body.dial(Property.STILL_CAPTURE_MODE, ReleaseMode.CONTINUOUS_LOW)
    initiator.body.button.press()
    initiator.wait(70)
    initiator.body.button.let_go()
    initiator.wait(60)
    assert opened_and_closed(list(initiator.body.truth)) == [(0.0, 30.0), (30.1, 60.1), (60.2, 90.2)]


def test_mirror_up_needs_two_presses(initiator: Initiator) -> None:
    initiator.body.dial(Property.STILL_CAPTURE_MODE, ReleaseMode.MIRROR_UP)
    initiator.set(0x500D, 10_000)
    for _ in range(2):
        initiator.wait(3)
        initiator.body.button.press()
        initiator.body.button.let_go()
    initiator.wait(10)
    assert opened_and_closed(list(initiator.body.truth)) == [(6.0, 7.0)]


def test_mirror_up_takes_its_picture_by_itself_after_half_a_minute(initiator: Initiator) -> None:
    initiator.body.dial(Property.STILL_CAPTURE_MODE, ReleaseMode.MIRROR_UP)
    initiator.set(0x500D, 10_000)
    initiator.body.button.press()
    initiator.body.button.let_go()
    initiator.wait(60)
    assert opened_and_closed(list(initiator.body.truth)) == [(30.0, 31.0)]


def test_a_press_that_comes_too_early_takes_its_picture_once_the_body_is_ready(initiator: Initiator) -> None:
    initiator.set(0x500D, 20_000)
    initiator.ask(*TO_CARD)
    initiator.wait(1)
    initiator.body.button.press()
    initiator.wait(5)
    assert opened_and_closed(list(initiator.body.truth)) == [(0.0, 2.0), (2.1, 4.1)]


@pytest.mark.parametrize(("ends", "seconds"), [(True, 10.0), (False, 20.0)])
def test_reading_the_card_ends_a_bulb_exposure_unless_told_otherwise(ends: bool, seconds: float) -> None:
    initiator = Initiator(Options(reading_ends_bulb=ends))
    initiator.shoot(1)
    (handle,) = initiator.handles()
    initiator.body.dial(Property.EXPOSURE_TIME, BULB)
    initiator.body.button.press()
    initiator.wait(10)
    initiator.ask(Operation.GET_PARTIAL_OBJECT, handle, 0, 10)
    initiator.wait(10)
    initiator.body.button.let_go()
    assert initiator.body.truth[1].exposure_s == pytest.approx(seconds)


def test_a_body_that_can_ends_bulb_over_the_bus() -> None:
    initiator = Initiator(body="d800e")
    assert initiator.set(0x500D, BULB) == Response.OK
    assert initiator.ask(Operation.INITIATE_CAPTURE_REC_IN_MEDIA, 0, 0).response == Response.OK
    initiator.wait(123.4)
    assert initiator.ask(Operation.DEVICE_READY).response == Response.BULB_RELEASE_BUSY
    assert initiator.ask(Operation.TERMINATE_CAPTURE, 0, 0).response == Response.OK
    initiator.wait(5)
    assert initiator.body.truth[0].exposure_s == pytest.approx(123.4)
    assert initiator.ask(Operation.TERMINATE_CAPTURE, 0, 0).response == Response.CAPTURE_ALREADY_TERMINATED


def test_bulb_over_the_bus_ends_with_whoever_began_it() -> None:
    initiator = Initiator(body="d800e")
    initiator.set(0x500D, BULB)
    initiator.body.dial(Property.EXPOSURE_DELAY_MODE, 3)
    initiator.ask(Operation.INITIATE_CAPTURE_REC_IN_MEDIA, 0, 0)
    initiator.wait(42)
    initiator.device.disconnect()
    (opening,) = initiator.body.truth
    assert (opening.exposure_s, opening.ended_by) == (42.0, "disconnected")


def test_bulb_by_wire_goes_on_without_the_bus(initiator: Initiator) -> None:
    initiator.body.dial(Property.EXPOSURE_TIME, BULB)
    initiator.body.button.press()
    initiator.wait(10)
    initiator.device.disconnect()
    initiator.wait(10)
    initiator.body.button.let_go()
    assert initiator.body.truth[0].exposure_s == pytest.approx(20)


def test_a_d3s_cannot_end_bulb_over_the_bus(initiator: Initiator) -> None:
    assert initiator.ask(Operation.TERMINATE_CAPTURE, 0, 0).response == Response.OPERATION_NOT_SUPPORTED


def test_switching_off_closes_the_shutter_and_loses_the_frame(initiator: Initiator) -> None:
    initiator.set(0x500D, 300_000)
    initiator.ask(*TO_CARD)
    initiator.wait(12)
    initiator.body.switch(on=False)
    initiator.wait(60)
    (opening,) = initiator.body.truth
    assert (opening.exposure_s, opening.ended_by, opening.files) == (12.0, "power", ())
    initiator.body.switch(on=True)
    initiator.shoot(1)
    assert initiator.names() == ["DSC_0001.JPG"]


def test_the_battery_drains_with_exposing_and_ends_it() -> None:
    initiator = Initiator(Options(battery_percent=0.02))
    initiator.shoot(1)
    initiator.wait(1)
    assert not initiator.body.on
    assert initiator.body.truth[0].closed is not None
