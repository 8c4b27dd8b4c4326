"""What every driver must do, as tests: subclass `DriverContract` in a test file of your own and give it a `camera` fixture.

    class TestMyCamera(DriverContract):
        @pytest.fixture
        def camera(self) -> Camera:
            return Camera(MyDriver(), exposure=Exposure(0.5))

The driver is not open yet. Its body must have a card with room, its lens cap may be on. Four frames are taken, fetched and
deleted again, and live view is looked through. It needs pytest, which Nightside itself does not.
"""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from nightside_drivers.api import LARGEST_VIEW, CardFile, Driver, Exposure, Look, Setting, Taken
from nightside_drivers.clock import machine_now
from nightside_drivers.errors import BodyRefused, FileGone, NightsideError, TooLate

ANNOUNCED_WITHIN_S = 10.0
"""Machine time that a body has to announce a frame."""

OPENS_WITHIN_S = 0.5
"""How much later than asked a shutter may be told to open before it counts as late. No figure of merit."""

HALF_A_SECOND = Exposure(0.5)
BETWEEN_STOPS = Exposure(0.111)
CLOCK_WITHIN_S = 2.5


@dataclass(frozen=True)
class Camera:
    """A driver on trial."""

    driver: Driver
    exposure: Exposure = HALF_A_SECOND
    """An exposure that its body can do."""
    impossible: Exposure = BETWEEN_STOPS
    """An exposure that its body cannot do."""
    speed: float = 1.0
    """How much faster than the machine's the body's time passes, where it is a simulated one."""


class DriverContract:
    """The tests. Each gets a `camera` whose driver is closed again afterwards."""

    @pytest.fixture
    def opened(self, camera: Camera) -> Iterator[Camera]:
        """The camera, open."""
        camera.driver.open()
        yield camera
        camera.driver.close()

    def test_a_body_says_who_it_is(self, camera: Camera) -> None:
        """A serial number is what a body is known by."""
        identity = camera.driver.open()
        camera.driver.close()
        assert identity.model
        assert identity.serial

    def test_it_is_the_same_body_when_it_is_opened_again(self, camera: Camera) -> None:
        """Sessions come and go."""
        first = camera.driver.open()
        camera.driver.close()
        second = camera.driver.open()
        camera.driver.close()
        assert first == second

    def test_closing_is_always_safe(self, camera: Camera) -> None:
        """Before, after, and twice."""
        camera.driver.close()
        camera.driver.open()
        camera.driver.close()
        camera.driver.close()

    def test_a_closed_driver_raises_an_error_of_the_tree(self, camera: Camera) -> None:
        """And nothing else."""
        with pytest.raises(NightsideError):
            camera.driver.files()

    def test_its_clock_is_told_and_set_or_it_says_that_it_cannot(self, opened: Camera) -> None:
        """Frames are dated by it."""
        try:
            opened.driver.set_clock()
            offset = opened.driver.clock_offset(CLOCK_WITHIN_S)
        except BodyRefused:
            return
        assert offset.sigma_s >= 0
        if opened.speed == 1.0:
            assert abs(offset.seconds) <= 1 + 5 * offset.sigma_s

    def test_capabilities_are_complete_and_in_order(self, opened: Camera) -> None:
        """Preflight stands on them."""
        found = opened.driver.capabilities()
        assert list(found.shutter_speeds_s) == sorted(set(found.shutter_speeds_s))
        assert found.shutter_speeds_s
        assert list(found.isos) == sorted(set(found.isos))
        assert found.releases
        assert found.usb_gap_s > 0
        assert found.frame_bytes > 0
        assert found.source

    def test_a_body_tells_its_state(self, opened: Camera) -> None:
        """What it does not know is `None`."""
        battery = opened.driver.state().battery_percent
        assert battery is None or 0 <= battery <= 100

    def test_preparing_gives_what_the_body_really_took(self, opened: Camera) -> None:
        """Read back, never echoed."""
        taken = opened.driver.prepare(opened.exposure)
        assert taken.shutter_s == pytest.approx(opened.exposure.shutter_s, rel=0.05)
        assert taken.release is opened.exposure.release

    def test_what_the_body_cannot_do_is_refused_and_not_rounded(self, opened: Camera) -> None:
        """The nearest is for the error to name, not for the driver to take."""
        with pytest.raises(BodyRefused):
            opened.driver.prepare(opened.impossible)

    def test_a_shutter_opens_at_its_instant_and_never_before(self, opened: Camera) -> None:
        """And `shoot` returns when the exposure is over."""
        at = machine_now() + 0.3
        taken = shoot(opened, at)
        length_s = opened.exposure.shutter_s / opened.speed
        assert taken.opened_at >= at
        assert taken.closed_at >= taken.opened_at + length_s * 0.9

    def test_a_shot_that_would_be_late_is_not_taken(self, opened: Camera) -> None:
        """The card says so."""
        before = opened.driver.files()
        opened.driver.prepare(opened.exposure)
        with pytest.raises(TooLate):
            opened.driver.shoot(machine_now() - 2, machine_now() - 1, machine_now())
        assert opened.driver.files() == before

    def test_a_frame_is_announced_listed_fetched_whole_and_deleted(self, opened: Camera) -> None:
        """The whole way of a frame."""
        driver = opened.driver
        before = set(driver.files())
        files = announced(opened, shoot(opened, machine_now() + 0.1))
        assert set(files) == set(driver.files()) - before
        for file in files:
            content = fetched(driver, file)
            assert content
            driver.delete(file)
        assert set(driver.files()) == before

    def test_fetching_leaves_the_frame_on_the_card(self, opened: Camera) -> None:
        """Twice the same bytes."""
        file, *others = announced(opened, shoot(opened, machine_now() + 0.1))
        assert fetched(opened.driver, file) == fetched(opened.driver, file)
        for one in (file, *others):
            opened.driver.delete(one)

    def test_a_fetch_goes_on_where_an_earlier_one_stopped(self, opened: Camera) -> None:
        """In another session too: the descriptor says how far it came."""
        file, *others = announced(opened, shoot(opened, machine_now() + 0.1))
        whole = fetched(opened.driver, file)
        opened.driver.close()
        opened.driver.open()
        with tempfile.TemporaryFile() as into:
            os.write(into.fileno(), whole[: len(whole) // 3])
            portion = opened.driver.fetch(file, into.fileno(), len(whole) // 3)
            assert portion.whole
            assert os.pread(into.fileno(), len(whole) + 1, 0) == whole
        for one in (file, *others):
            opened.driver.delete(one)

    def test_a_fetch_that_has_no_time_left_keeps_what_it_has(self, opened: Camera) -> None:
        """Whatever it then gives, the beginning is in the descriptor."""
        file, *others = announced(opened, shoot(opened, machine_now() + 0.1))
        whole = fetched(opened.driver, file)
        with tempfile.TemporaryFile() as into:
            portion = opened.driver.fetch(file, into.fileno(), 0, machine_now() - 1)
            assert os.pread(into.fileno(), len(whole) + 1, 0) == whole[: portion.reached]
            assert opened.driver.fetch(file, into.fileno(), portion.reached).whole
            assert os.pread(into.fileno(), len(whole) + 1, 0) == whole
        for one in (file, *others):
            opened.driver.delete(one)

    def test_a_file_that_is_not_there_is_gone(self, opened: Camera) -> None:
        """And the body still answers."""
        with tempfile.TemporaryFile() as into, pytest.raises(FileGone):
            opened.driver.fetch(CardFile("/store_00010001/DCIM", "NOSUCH.JPG"), into.fileno())
        opened.driver.files()

    def test_a_wish_is_never_silent(self, opened: Camera) -> None:
        """Given, or not: each is answered, and restored if it was given."""
        applied = opened.driver.apply({Setting.NOISE_REDUCTION: "off", Setting.WHITE_BALANCE: "no such thing"})
        assert [one.setting for one in applied] == [Setting.NOISE_REDUCTION, Setting.WHITE_BALANCE]
        assert all(one.now for one in applied)
        assert not applied[1].exact
        opened.driver.restore()

    def test_live_view_is_there_or_refused(self, opened: Camera) -> None:
        """Pictures at every magnification that the body lists, and at no other."""
        magnifications = opened.driver.capabilities().live_view
        assert list(magnifications) == sorted(set(magnifications))
        for percent in magnifications:
            content = seen(opened.driver, Look(percent))
            assert content.startswith(b"\xff\xd8")
            assert len(content) <= LARGEST_VIEW
        with pytest.raises(BodyRefused):
            seen(opened.driver, Look(percent=9999))
        opened.driver.end_view()
        opened.driver.end_view()

    def test_an_exposure_after_live_view_is_an_ordinary_one(self, opened: Camera) -> None:
        """Live view is over, and the frame is on the card."""
        if opened.driver.capabilities().live_view:
            seen(opened.driver, Look())
        for file in announced(opened, shoot(opened, machine_now() + 0.1)):
            assert file in opened.driver.files()
            opened.driver.delete(file)

    def test_a_closed_driver_shows_nothing(self, camera: Camera) -> None:
        """And has nothing to end."""
        camera.driver.end_view()
        with pytest.raises(NightsideError):
            seen(camera.driver, Look())


def shoot(camera: Camera, at: float) -> Taken:
    """One exposure at machine time `at`."""
    camera.driver.prepare(camera.exposure)
    return camera.driver.shoot(at, at + OPENS_WITHIN_S, at + camera.exposure.shutter_s / camera.speed)


def announced(camera: Camera, taken: Taken) -> tuple[CardFile, ...]:
    """The files of an exposure, as the body tells them."""
    files = taken.files or camera.driver.reported(ANNOUNCED_WITHIN_S)
    assert files
    return files


def fetched(driver: Driver, file: CardFile) -> bytes:
    """A file's bytes; they are as many as the driver says."""
    with tempfile.TemporaryFile() as into:
        portion = driver.fetch(file, into.fileno())
        content = os.pread(into.fileno(), portion.size + 1, 0)
    assert portion.whole
    assert len(content) == portion.size
    return content


def seen(driver: Driver, look: Look) -> bytes:
    """A picture of live view; its size is as the driver says."""
    with tempfile.TemporaryFile() as into:
        view = driver.view(look, into.fileno())
        content = os.pread(into.fileno(), view.size + 1, 0)
    assert len(content) == view.size
    return content
