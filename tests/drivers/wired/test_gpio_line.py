"""A release on GPIO pins, as levels: on gpiozero's own mock of a Raspberry Pi's pins."""

import sys
from collections.abc import Iterator

import pytest
from gpiozero.pins.mock import MockFactory, MockPin

from nightside_drivers.clock import machine_now
from nightside_drivers.errors import ContactMissing, DriverMissing, ReleaseGone, ReleaseHeld, TooLate
from nightside_drivers.wired.contact import ContactWatch
from nightside_drivers.wired.gpio_line import GpioLine, GpioWiring
from nightside_drivers.wired.options import release_of, release_options
from nightside_drivers.wired.release import WiredRelease
from nightside_drivers.wired.serial_line import Line, SerialWiring


class Guards:
    """Counts who was called to guard, and who has been sent home."""

    def __init__(self) -> None:
        self.called = 0
        self.home = 0
        self.alive = True

    def __call__(self, _: GpioWiring) -> "Guards":
        self.called += 1
        return self

    def close(self) -> None:
        self.home += 1


@pytest.fixture
def guards() -> Guards:
    return Guards()


@pytest.fixture
def pins() -> Iterator[MockFactory]:
    factory = MockFactory()
    yield factory
    factory.reset()


def levels(pin: MockPin) -> list[bool]:
    return [bool(state.state) for state in pin.states]


def test_a_press_raises_the_pin_and_letting_go_lowers_it(pins: MockFactory, guards: Guards) -> None:
    with GpioLine(GpioWiring(17), guards, pins) as line:
        line.press()
        assert pins.pin(17).state
        line.let_go()
        assert not pins.pin(17).state
    assert levels(pins.pin(17)) == [False, True, False]


def test_an_active_low_release_is_pressed_while_its_pin_is_low(pins: MockFactory, guards: Guards) -> None:
    with GpioLine(GpioWiring(17, active_low=True), guards, pins) as line:
        assert pins.pin(17).state, "up before the first press"
        line.press()
        assert not pins.pin(17).state
        line.let_go()
        assert pins.pin(17).state


def test_the_half_press_comes_first_and_goes_with_the_press(pins: MockFactory, guards: Guards) -> None:
    with GpioLine(GpioWiring(17, prefocus=22), guards, pins) as line:
        line.half_press()
        assert (pins.pin(22).state, pins.pin(17).state) == (True, False)
        line.press()
        line.let_go()
        assert (pins.pin(22).state, pins.pin(17).state) == (False, False)


def test_the_contact_is_heard_when_it_pulls_its_pin_to_ground(pins: MockFactory, guards: Guards) -> None:
    with GpioLine(GpioWiring(17, contact=27), guards, pins) as line:
        assert not line.contact()
        pins.pin(27).drive_low()
        assert line.contact()
        pins.pin(27).drive_high()
        assert not line.contact()


def test_pins_are_never_held_without_a_guard_and_the_guard_goes_last(pins: MockFactory, guards: Guards) -> None:
    line = GpioLine(GpioWiring(17), guards, pins)
    assert guards.called == 0
    line.open()
    line.open()
    assert (guards.called, guards.home) == (1, 0)
    line.press()
    line.close()
    line.close()
    assert not pins.pin(17).state
    assert (guards.called, guards.home) == (1, 1)


def test_a_guard_that_died_is_replaced_before_the_pins_are_taken_again(pins: MockFactory, guards: Guards) -> None:
    line = GpioLine(GpioWiring(17), guards, pins)
    line.open()
    line.drop()
    guards.alive = False
    line.open()
    assert (guards.called, guards.home) == (2, 1)
    guards.alive = True
    line.close()


def test_a_contact_that_cannot_be_had_gives_the_release_back(pins: MockFactory, guards: Guards) -> None:
    line = GpioLine(GpioWiring(17, contact=511), guards, pins)
    for _ in range(2):
        with pytest.raises(ReleaseGone):
            line.open()
    line.close()
    with GpioLine(GpioWiring(17), guards, pins) as other:
        other.press()


def test_a_line_that_is_closed_can_be_opened_again(pins: MockFactory, guards: Guards) -> None:
    line = GpioLine(GpioWiring(17, prefocus=22, contact=27), guards, pins)
    for _ in range(2):
        line.open()
        line.press()
        line.close()
    assert levels(pins.pin(17)) == [False, True, False, True, False]


def test_a_shutter_that_does_not_open_has_its_button_let_go_and_the_guard_stays_for_the_next_press(
    pins: MockFactory, guards: Guards
) -> None:
    release = WiredRelease(GpioLine(GpioWiring(17, contact=27), guards, pins))
    release.open()
    at = machine_now()
    with pytest.raises(ContactMissing):
        release.press(at, at + 60, 0.05)
    assert not pins.pin(17).state
    release.open()
    assert (guards.called, guards.home) == (1, 0)
    release.close()
    assert (guards.called, guards.home) == (1, 1)


def test_a_contact_that_was_closed_before_tells_of_no_opening(pins: MockFactory, guards: Guards) -> None:
    """A short in its cable, or its wires the wrong way round: every shutter would count as open before it was released."""
    line = GpioLine(GpioWiring(17, contact=27), guards, pins)
    release = WiredRelease(line)
    release.open()
    pins.pin(27).drive_low()
    at = machine_now() + 0.01
    with pytest.raises(ContactMissing, match="closed before the release was pressed"):
        release.press(at, at + 60, 0.05)
    assert not pins.pin(17).state
    release.close()


def test_a_contact_that_lets_go_late_tells_of_the_next_opening_only(pins: MockFactory, guards: Guards) -> None:
    with GpioLine(GpioWiring(17, contact=27), guards, pins) as line:
        pins.pin(27).drive_low()
        with ContactWatch(line) as watch:
            pins.pin(27).drive_high()
            assert not watch.wait_open(0.05)
            pins.pin(27).drive_low()
            assert watch.wait_open(60)
            assert [contact.closed_at for contact in watch.openings] == [None]


def test_a_pin_that_somebody_holds_is_said_to_be_held(pins: MockFactory, guards: Guards) -> None:
    with GpioLine(GpioWiring(17), guards, pins), pytest.raises(ReleaseHeld, match="holds GPIO 17"):
        GpioLine(GpioWiring(17), guards, pins).open()


def test_a_pin_that_is_not_there_is_named(pins: MockFactory, guards: Guards) -> None:
    line = GpioLine(GpioWiring(511), guards, pins)
    with pytest.raises(ReleaseGone, match="GPIO 511"):
        line.open()
    line.close()


def test_a_second_pin_that_cannot_be_had_gives_the_first_one_back(pins: MockFactory, guards: Guards) -> None:
    with pytest.raises(ReleaseGone):
        GpioLine(GpioWiring(17, prefocus=511), guards, pins).open()
    with GpioLine(GpioWiring(17), guards, pins) as line:
        line.press()


def test_a_line_that_is_not_open_is_not_pressed(pins: MockFactory, guards: Guards) -> None:
    with pytest.raises(ReleaseGone, match="not open"):
        GpioLine(GpioWiring(17), guards, pins).press()


@pytest.mark.parametrize("library", ["gpiozero", "lgpio"])
def test_without_the_extra_it_is_refused_in_words(library: str, guards: Guards, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY", raising=False)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(DriverMissing, match=r"nightside\[gpio\]"):
        GpioLine(GpioWiring(17), guards).open()
    assert guards.called == 0


def test_a_press_that_would_be_late_touches_nothing_and_the_next_one_is_made(pins: MockFactory, guards: Guards) -> None:
    release = WiredRelease(GpioLine(GpioWiring(17), guards, pins))
    release.open()
    now = machine_now()
    with pytest.raises(TooLate):
        release.press(now - 2, now - 1, 0.1)
    pressed = release.press(now, now + 60, 0.05)
    release.close()
    assert pressed.let_go_at - pressed.pressed_at >= 0.05
    assert levels(pins.pin(17)) == [False, True, False]


def test_a_release_that_takes_its_time_is_pressed_that_much_earlier(pins: MockFactory, guards: Guards) -> None:
    release = WiredRelease(GpioLine(GpioWiring(17), guards, pins), latency_s=0.8)
    open_at = machine_now() + 1.0
    pressed = release.press(open_at, open_at + 60, 0.05)
    release.close()
    assert open_at - 0.8 <= pressed.pressed_at < open_at


@pytest.mark.parametrize(
    "wiring",
    [
        SerialWiring("/dev/ttyUSB0"),
        SerialWiring("rfc2217://a:1", Line.DTR, Line.RTS, inverted=True, contact=True),
        GpioWiring(0),
        GpioWiring(17, 22, active_low=True, contact=27),
    ],
    ids=["serial", "all of serial", "gpio", "all of gpio"],
)
def test_a_wiring_travels_to_another_process_and_arrives_as_it_left(wiring: SerialWiring | GpioWiring) -> None:
    release = release_of(release_options(wiring, 0.0421))
    assert release is not None
    assert release.latency_s == 0.0421
    assert release.line.has_prefocus == (wiring.prefocus is not None)
    assert release.line.has_contact == bool(wiring.contact)
    assert getattr(release.line, "wiring", None) == wiring
