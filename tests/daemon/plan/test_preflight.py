"""What a body cannot do is refused before the night, and what is offered instead can be shot."""

from dataclasses import replace

import pytest

from nightside.errors import PlanImpossible
from nightside.plan.lay import lay
from nightside.plan.programs import Program
from nightside.plan.reading import program_text, read_program
from nightside_drivers.api import Capabilities, ReleaseKind
from tests.daemon.plan.scenes import d3s, toml, window


def unwired() -> Capabilities:
    return replace(d3s(), releases=frozenset({ReleaseKind.USB, ReleaseKind.BURST}))


REFUSALS = {
    "longer than the body times": ('kind = "star-trail"; exposure_s = 60', "no exposure longer than 30 s", "exposure_s = 30"),
    "bulb without a wire": ('kind = "bulb"; exposure_s = 60; shots = 15', "No release is wired", "total_s = 900"),
    "bulb over USB": ('kind = "bulb"; exposure_s = 60; release = "usb-bulb"', "whatever libgphoto2 lists", "total_s = 60"),
    "a held trail without a wire": ('kind = "star-trail"; route = "held"', "No release is wired", 'kind = "star-trail"'),
    "no such speed": ('kind = "interval"; exposure_s = 27; every_s = 40', "nearest is 25 s", "exposure_s = 25"),
    "no such ISO": ('kind = "star-trail"; iso = 900', "nearest is ISO 800", "iso = 800"),
    "no such ISO in a series": (
        'kind = "exposure-series"; series = [{exposure_s = 1, iso = 900}]; rounds = 1',
        "nearest is ISO 800",
        "iso = 800",
    ),
    "an interval without a pause": ('kind = "interval"; exposure_s = 30; every_s = 30', "every_s = 30.2", "every_s = 30.2"),
    "too long a burst": ('kind = "burst"; exposure_s = 30; frames = 50', "at most 32", "frames = 32"),
    "more frames than a burst has": ('kind = "burst"; exposure_s = 0.1; frames = 200', "at most 103", "frames = 103"),
    "bursts too close": ('kind = "burst"; exposure_s = 1; frames = 10; every_s = 10', "every_s = 12 or more", "every_s = 12.0"),
    "too fast a time lapse": (
        'kind = "time-lapse"; exposure_s = 0.25; frames_per_s = 4',
        "at most 2.222",
        "frames_per_s = 2.222",
    ),
    "a bracket that reaches too far": ('kind = "bracket"; exposure_s = 30; sets = 1', "exposures of 60 s", "exposure_s = 15"),
    "brackets too close": ('kind = "bracket"; exposure_s = 4; every_s = 10', "or more", "every_s = 16.1"),
    "a body-timed exposure cut short": (
        'kind = "star-trail"; overrun = "shorten"',
        "none can be cut short",
        'overrun = "push"',
    ),
    "a part of a sequence": (
        'kind = "sequence"; parts = [{kind = "star-trail", shots = 2}, {kind = "interval", exposure_s = 2, every_s = 2}]',
        "every_s = 2.2",
        "every_s = 2.2",
    ),
    "repeats over each other": (
        'kind = "repeat"; every_s = 60; program = {kind = "star-trail", shots = 4}',
        "star-trail every 60 s",
        "every_s = 121.3",
    ),
    "several things at once": ('kind = "star-trail"; exposure_s = 45; iso = 900', "no exposure longer", "iso = 800"),
}


@pytest.mark.parametrize(("text", "says", "offered"), REFUSALS.values(), ids=REFUSALS)
def test_what_the_body_lacks_is_refused_and_what_is_offered_can_be_planned(text: str, says: str, offered: str) -> None:
    with pytest.raises(PlanImpossible, match=says) as refusal:
        lay(toml(text), window(), unwired())
    assert not refusal.value.of_window
    assert refusal.value.remedy
    nearest = refusal.value.offered
    assert isinstance(nearest, Program)
    assert offered in program_text(nearest)
    assert lay(read_program(program_text(nearest), "offered"), window(), unwired()).shots


def test_darks_that_match_nothing_are_refused() -> None:
    with pytest.raises(PlanImpossible, match=r"names no exposure_s.*sequence"):
        lay(toml('kind = "darks"; shots = 5'), window(), d3s())


def test_a_fallback_is_looked_at_before_the_night_too() -> None:
    with pytest.raises(PlanImpossible, match="ISO 900"):
        lay(toml('kind = "star-trail"; fallback = {kind = "star-trail", iso = 900}'), window(), d3s())


def test_where_nothing_fits_the_longest_exposure_that_does_is_offered() -> None:
    with pytest.raises(PlanImpossible, match="leaves 20 s") as refusal:
        lay(toml('kind = "star-trail"'), window(20.5), d3s())
    assert refusal.value.of_window
    nearest = refusal.value.offered
    assert isinstance(nearest, Program)
    assert lay(nearest, window(20.5), d3s()).shots[0].exposure.shutter_s == 20


def test_a_window_of_more_shots_than_a_card_holds_is_refused() -> None:
    with pytest.raises(PlanImpossible, match="more than 100000"):
        lay(toml('kind = "interval"; exposure_s = 0.01; every_s = 0.3'), window(86400), d3s())


def test_parts_that_are_too_many_together_are_refused_before_they_fill_the_memory() -> None:
    part = '{kind = "repeat", times = 9000, program = {kind = "interval", exposure_s = 0.01, every_s = 1, shots = 1}}'
    text = f'kind = "sequence"; parts = [{", ".join([part] * 50)}]'
    with pytest.raises(PlanImpossible, match="more than 100000"):
        lay(toml(text), window(86400), d3s())
