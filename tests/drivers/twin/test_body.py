"""What a body is besides its shutter: a lens, a temperature, a battery, and its sleep."""

import pytest

from nightside_drivers.testing.initiator import Initiator
from nightside_drivers.twin.codes import Operation, Property, Response
from nightside_drivers.twin.datasets import Reader
from nightside_drivers.twin.facts import Lens
from nightside_drivers.twin.options import Options
from nightside_drivers.twin.warmth import AMBIENT_C, RISE_C, Warmth, dark_current


def test_another_lens_has_other_apertures(initiator: Initiator) -> None:
    initiator.body.mount(Lens("50.0 mm f/1.4", 50.0, 1.4))
    assert initiator.get(Property.FOCAL_LENGTH) == 5000
    assert (initiator.body.properties.choices(Property.F_NUMBER) or ())[:2] == (140, 280)
    initiator.body.mount(Lens("500.0 mm f/4.0", 500.0, 4.0))
    assert initiator.get(Property.F_NUMBER) == 400
    assert not initiator.body.properties.fits(Property.F_NUMBER, 280)
    initiator.shoot()
    (item,) = (item for item in initiator.body.bay.cards[0].objects.values() if item.facts)
    assert item.facts is not None
    assert (item.facts.lens, item.facts.focal_length_mm, item.facts.f_number) == ("500.0 mm f/4.0", 500.0, 4.0)


def test_the_sensor_warms_while_it_works_and_cools_while_it_rests() -> None:
    warmth = Warmth(0.0)
    assert warmth.at(1000.0) == AMBIENT_C
    warmth.work(1000.0, working=True)
    assert AMBIENT_C < warmth.at(1300.0) < warmth.at(2000.0) < AMBIENT_C + RISE_C
    assert warmth.at(100_000.0) == pytest.approx(AMBIENT_C + RISE_C)
    warmth.work(100_000.0, working=False)
    assert warmth.at(200_000.0) == pytest.approx(AMBIENT_C)
    assert dark_current(AMBIENT_C + 12) == pytest.approx(4.0)


def test_a_night_of_exposures_warms_the_frames(initiator: Initiator) -> None:
    for _ in range(60):
        initiator.set(0x500D, 300_000)
        initiator.ask(Operation.INITIATE_CAPTURE)
        initiator.wait(30.2)
    initiator.wait(5)
    warm = [item.facts.sensor_c for item in initiator.body.bay.cards[0].objects.values() if item.facts]
    assert warm[0] < warm[20] < warm[-1]


def test_live_view_does_not_start_in_the_heat(initiator: Initiator) -> None:
    initiator.body.warmth.ambient_c = 61.0
    assert initiator.get(Property.LIVE_VIEW_PROHIBIT) == 1 << 17
    assert initiator.ask(Operation.START_LIVE_VIEW).response == Response.INVALID_STATUS


def test_mains_keep_the_battery_full() -> None:
    battery, mains = Initiator(), Initiator(Options(mains=True))
    for initiator in (battery, mains):
        for _ in range(100):
            initiator.shoot()
    assert battery.body.charge.exact < mains.body.charge.exact == 76.0
    assert mains.get(Property.AC_POWER) == 1


def test_a_body_that_sleeps_leaves_the_bus_when_nobody_talks() -> None:
    initiator = Initiator(Options(sleeps=True))
    initiator.set(Property.AUTO_METER_OFF_TIME, 3, size=1)
    initiator.wait(15)
    assert initiator.ask(Operation.DEVICE_READY).response == Response.OK
    initiator.wait(17)
    assert not initiator.body.reachable
    initiator.body.button.press()
    assert initiator.body.reachable


def test_a_body_does_not_fall_asleep_while_its_shutter_is_open() -> None:
    initiator = Initiator(Options(sleeps=True))
    initiator.set(0x500D, 300_000)
    initiator.ask(Operation.INITIATE_CAPTURE)
    initiator.wait(29)
    assert initiator.body.reachable


def test_a_stepped_wall_clock_shows_in_the_truth_but_moves_no_exposure(initiator: Initiator) -> None:
    initiator.set(0x500D, 300_000)
    initiator.ask(Operation.INITIATE_CAPTURE)
    initiator.wait(10)
    initiator.clock.step_wall(3600)
    initiator.wait(60)
    (opening,) = initiator.body.truth
    assert opening.exposure_s == pytest.approx(30)
    assert opening.closed_utc is not None
    assert (opening.closed_utc - opening.opened_utc).total_seconds() == pytest.approx(3630)


def test_the_bodys_own_clock_does_not_follow_a_step_of_the_machines(initiator: Initiator) -> None:
    initiator.clock.step_wall(3600)
    initiator.wait(10)
    said = Reader(initiator.ask(Operation.GET_DEVICE_PROP_VALUE, Property.DATE_TIME).read()).string()
    assert said == "20180703T193010"


@pytest.mark.parametrize(("before", "then", "seconds"), [(8, 0, 4.0), (0, 3, 16.0), (9, 0, 4.0)])
def test_the_meter_off_time_counts_from_the_last_word_as_it_is_set_then(before: int, then: int, seconds: float) -> None:
    initiator = Initiator(Options(sleeps=True))
    for setting in (before, then):
        initiator.wait(1)
        initiator.set(Property.AUTO_METER_OFF_TIME, setting, 1)
    initiator.wait(seconds - 0.1)
    assert initiator.body.reachable
    initiator.ask(Operation.DEVICE_READY)
    initiator.wait(seconds - 0.1)
    assert initiator.body.reachable
    initiator.wait(0.2)
    assert not initiator.body.reachable
