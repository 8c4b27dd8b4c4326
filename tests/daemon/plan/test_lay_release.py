"""Programs that name how the shutter is opened."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from nightside.errors import PlanImpossible
from nightside.plan.lay import lay
from nightside.plan.programs import StarTrail
from nightside.sky.window import Window
from nightside_drivers import bodies
from nightside_drivers.api import Capabilities, ReleaseKind

START = datetime(2018, 7, 3, 20, 6, tzinfo=UTC)
NIGHT = Window(START, START + timedelta(minutes=30))


def body(model: str) -> Capabilities:
    found = bodies.find("", model)
    assert found is not None
    return found


def test_a_long_exposure_is_planned_by_wire() -> None:
    plan = lay(StarTrail(exposure_s=600, release="wired", shots=2), NIGHT, body("Nikon D3s"))
    assert [(shot.close_at - shot.open_at).total_seconds() for shot in plan.shots] == [600, 600]
    assert {shot.release for shot in plan.shots} == {ReleaseKind.WIRED}


def test_a_body_with_bulb_over_usb_may_use_it_and_is_said_to() -> None:
    assert lay(StarTrail(exposure_s=600, release="usb-bulb"), NIGHT, body("Nikon D800")).shots
    with pytest.raises(PlanImpossible, match=r'release = "usb-bulb"'):
        lay(StarTrail(exposure_s=600), NIGHT, body("Nikon D800"))


def test_bulb_over_usb_is_refused_where_a_body_only_lists_it() -> None:
    with pytest.raises(PlanImpossible, match="whatever libgphoto2 lists"):
        lay(StarTrail(exposure_s=600, release="usb-bulb"), NIGHT, body("Nikon D3s"))


def test_a_wire_that_is_not_there_is_refused_before_the_night() -> None:
    unwired = replace(body("Nikon D3s"), releases=frozenset({ReleaseKind.USB}))
    with pytest.raises(PlanImpossible, match=r"camera.release"):
        lay(StarTrail(exposure_s=600, release="wired"), NIGHT, unwired)


def test_by_wire_an_exposure_that_the_body_times_must_be_one_of_its_own() -> None:
    with pytest.raises(PlanImpossible, match="nearest is 8 s"):
        lay(StarTrail(exposure_s=7, release="wired"), NIGHT, body("Nikon D3s"))
