"""The focus of a twin's lens: how far it turns, and what it does to a star."""

import numpy as np
import pytest
from numpy.typing import NDArray

from nightside_drivers.testing.initiator import Initiator
from nightside_drivers.twin.codes import Operation, Property, Response
from nightside_drivers.twin.contents import Scene
from nightside_drivers.twin.focus import END, INFINITY, Focus
from nightside_drivers.twin.options import Options
from nightside_drivers.twin.picture.sky.focusing import _convolved, _disk


def test_a_star_is_sharp_at_one_place_and_grows_evenly_on_both_sides() -> None:
    near, far = Focus(), Focus()
    assert near.blur_mm(2.8) == 0
    assert near.move(-100)
    assert far.move(100)
    assert near.blur_mm(2.8) == far.blur_mm(2.8) == pytest.approx(2 * far.blur_mm(5.6))


def test_the_ring_has_two_ends() -> None:
    focus = Focus()
    assert not focus.move(10_000)
    assert focus.at == END
    assert focus.move(INFINITY - END)
    assert not focus.move(-10_000)
    assert focus.at == 0


def test_a_disk_keeps_the_light_of_its_star_and_its_place() -> None:
    plane: NDArray[np.float32] = np.zeros((40, 60), dtype=np.float32)
    plane[12, 33] = 100
    disk = _disk(9.0)
    spread = _convolved(plane, disk)
    assert spread.shape == plane.shape
    assert float(spread.sum()) == pytest.approx(100 * float(disk.sum()), rel=1e-4)
    rows, columns = np.indices(plane.shape)
    assert float((spread * rows).sum() / spread.sum()) == pytest.approx(12, abs=1e-3)
    assert float((spread * columns).sum() / spread.sum()) == pytest.approx(33, abs=1e-3)


def test_live_view_shows_what_it_is_aimed_at_and_no_further_than_the_frame_goes() -> None:
    initiator = Initiator(Options(scene=Scene.TRIPOD))
    live = initiator.body.live
    initiator.ask(Operation.START_LIVE_VIEW)
    initiator.wait(1)
    assert live.zoom == 1
    assert live.aim == (0.5, 0.5)
    assert initiator.set(Property.LIVE_VIEW_ZOOM, 5, 1) == Response.OK
    assert live.zoom == pytest.approx(6.65)
    initiator.ask(Operation.CHANGE_AF_AREA, 0, 0)
    assert live.aim == pytest.approx((0.5 / 6.65, 0.5 / 6.65))
    initiator.ask(Operation.CHANGE_AF_AREA, 1064, 708)
    assert live.aim == pytest.approx((0.25, 0.25))


def test_a_broken_connection_does_not_let_the_mirror_down() -> None:
    initiator = Initiator()
    initiator.ask(Operation.START_LIVE_VIEW)
    initiator.device.disconnect()
    assert initiator.body.live.on
    initiator.ask(Operation.OPEN_SESSION, 1)
    assert initiator.ask(Operation.END_LIVE_VIEW).response == Response.OK
    assert not initiator.body.live.on


def test_heat_lets_the_mirror_down() -> None:
    initiator = Initiator()
    initiator.ask(Operation.START_LIVE_VIEW)
    initiator.wait(1)
    initiator.body.warmth.ambient_c = 80.0
    initiator.wait(36_000)
    assert initiator.ask(Operation.GET_LIVE_VIEW_IMG).response == Response.NOT_LIVE_VIEW
    assert not initiator.body.live.on
