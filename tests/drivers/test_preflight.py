"""What a person is told to turn before the night."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from nightside_drivers import bodies
from nightside_drivers.api import BodyState, ClockOffset, Exposure, ReleaseKind
from nightside_drivers.preflight import Asked, busy_s, lines

READY = BodyState(
    battery_percent=76,
    images_left=400,
    mode="M",
    aperture=2.8,
    focus="Manual",
    dial="Single Shot",
    mains=False,
    noise_reduction=False,
    delay=False,
    meter_off="30 minutes",
    quality="NEF (Raw)",
    stabiliser=False,
)
STACK = Asked(Exposure(30.0, 800), 70)


def bad(state: BodyState, asked: Asked = STACK, offset: ClockOffset | None = None) -> dict[str, str]:
    body = bodies.find("", "Nikon D3s")
    assert body is not None
    return {line.subject: line.remedy for line in lines(state, body, asked, offset) if not line.good}


def test_a_body_that_is_ready_needs_no_hand() -> None:
    assert bad(READY) == {}


@pytest.mark.parametrize(
    ("change", "subject", "remedy"),
    [
        ({"mode": "A"}, "mode", "to M"),
        ({"dial": "Mirror Up"}, "dial", "to S"),
        ({"dial": "Timer"}, "dial", "to S"),
        ({"focus": "AF-S"}, "focus", "manual"),
        ({"noise_reduction": True}, "noise", "doubles"),
        ({"delay": True}, "delay", "late"),
        ({"stabiliser": True}, "stabiliser", "tripod"),
        ({"battery_percent": 20}, "power", "battery"),
        ({"images_left": 69}, "card", "needs 70"),
    ],
)
def test_each_thing_that_is_wrong_is_said_with_what_to_turn(change: dict[str, object], subject: str, remedy: str) -> None:
    found = bad(replace(READY, **change))  # type: ignore[arg-type]
    assert list(found) == [subject]
    assert remedy in found[subject]


def test_a_low_battery_does_not_matter_on_mains() -> None:
    assert bad(replace(READY, battery_percent=20, mains=True)) == {}


@pytest.mark.parametrize(
    ("has", "takes", "lasts"), [(76, 60.0, True), (76, 67.0, False), (100, 89.0, True), (100, 130.0, False), (29, 5.0, False)]
)
def test_a_battery_must_last_the_plan_and_leave_a_reserve(has: int, takes: float, lasts: bool) -> None:
    found = bad(replace(READY, battery_percent=has), replace(STACK, battery_percent=takes))
    assert (list(found) == []) is lasts
    assert lasts or "battery" in found["power"]
    assert bad(replace(READY, battery_percent=has, mains=True), replace(STACK, battery_percent=takes)) == {}


@pytest.mark.parametrize("release", [ReleaseKind.BURST, ReleaseKind.HELD])
def test_a_release_that_takes_several_frames_needs_the_dial_on_continuous(release: ReleaseKind) -> None:
    asked = Asked(Exposure(30.0, release=release, frames=60), 60)
    assert "CL or CH" in bad(READY, asked)["dial"]
    for dial in ("Continuous Low Speed", "Super high speed continuous shooting", "Continuous silent"):
        assert bad(replace(READY, dial=dial), asked) == {}


def test_an_exposure_held_by_wire_needs_the_shutter_speed_at_bulb_which_a_d3s_takes_from_a_hand_only() -> None:
    asked = Asked(Exposure(600.0, release=ReleaseKind.WIRED), 3)
    assert "Bulb by hand" in bad(replace(READY, shutter="30.0000s"), asked)["shutter"]
    assert bad(replace(READY, shutter="Bulb"), asked) == {}
    assert bad(replace(READY, shutter="30.0000s"), Asked(Exposure(30.0, release=ReleaseKind.WIRED), 3)) == {}


def test_the_lens_ring_is_compared_with_what_is_asked() -> None:
    assert "f/4" in bad(READY, Asked(Exposure(30.0, aperture=4.0), 1))["lens"]
    assert bad(READY, Asked(Exposure(30.0, aperture=2.8), 1)) == {}


@pytest.mark.parametrize(("seconds", "subjects"), [(0.4, []), (-7.0, ["clock"]), (3600.0, ["clock"])])
def test_a_clock_that_is_off_dates_frames_wrongly(seconds: float, subjects: list[str]) -> None:
    assert list(bad(READY, offset=ClockOffset(seconds, 0.01, datetime(2018, 7, 3, tzinfo=UTC)))) == subjects


def test_a_body_that_does_not_tell_of_its_stabiliser_is_no_reason_to_forget_it() -> None:
    body = bodies.find("", "Nikon D3s")
    assert body is not None
    (line,) = [line for line in lines(replace(READY, stabiliser=None), body, STACK) if line.subject == "stabiliser"]
    assert line.good
    assert "must have it off" in line.says


def test_what_a_body_does_not_tell_is_not_said() -> None:
    body = bodies.find("", "Nikon D3s")
    assert body is not None
    assert lines(BodyState(None, None, None, None, None), body) == ()


@pytest.mark.parametrize(
    ("prepared", "busy"),
    [
        (Exposure(30.0), 30.0),  # a hand may switch noise reduction on at any time
        (Exposure(30.0, dark_s=30.0), 30.0),
        (Exposure(1.0), 0.0),  # it does not act on such
        (Exposure(30.0, release=ReleaseKind.BURST, frames=5), 0.0),
        (Exposure(30.0, release=ReleaseKind.BURST, frames=5, dark_s=30.0), 150.0),
        (Exposure(900.0, release=ReleaseKind.WIRED), 0.0),
    ],
)
def test_a_body_that_may_be_at_its_dark_frame_is_not_taken_for_hung(prepared: Exposure, busy: float) -> None:
    assert busy_s(prepared) == busy
