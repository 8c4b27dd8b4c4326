"""Windows that programs share, and what becomes of those for which there is too little room."""

from datetime import timedelta

import pytest

from nightside.errors import PlanImpossible
from nightside.plan.lay import lay, lay_all
from nightside.plan.means import Means
from nightside.plan.occasions import SkyOccasions
from nightside.plan.programs import Program
from nightside.plan.values import Plan
from nightside.sky.conditions import Names
from nightside.sky.window import Window
from tests.daemon.plan.scenes import START, d3s, openings, toml, window
from tests.daemon.plan.test_anchors import ALPS


def shared(*programs: str, night: Window | None = None) -> Plan:
    return lay_all([toml(text) for text in programs], night or window(), Means.of(d3s()))


BURST = 'kind = "burst"; exposure_s = 1; frames = 20; bursts = 1; start = "window.start+10m"; priority = 5'


def test_contested_time_goes_to_the_higher_priority_and_the_rest_says_why() -> None:
    plan = shared('kind = "star-trail"', BURST)
    parts = [shot.part for shot in plan.shots]
    first, last = parts.index("burst"), len(parts) - 1 - parts[::-1].index("burst")
    assert parts[first : last + 1] == ["burst"] * 20
    assert {"star-trail"} == set(parts[:first]) | set(parts[last + 1 :])
    assert openings(plan)[first] == 600
    assert any("star-trail leaves 20:16:34 to 20:16:" in text and "priority is 5, not 0" in text for text in plan.warnings)
    assert plan.program == "star-trail+burst"


def test_of_equals_the_first_gets_the_time() -> None:
    plan = shared('kind = "star-trail"; shots = 4', 'kind = "interval"; exposure_s = 1; every_s = 5; shots = 3')
    assert [shot.part for shot in plan.shots][:4] == ["star-trail"] * 4
    assert any("first among equals" in warning for warning in plan.warnings)


def test_a_program_that_gets_nothing_is_left_out_with_its_reason() -> None:
    plan = shared('kind = "interval"; exposure_s = 30; every_s = 60; min_length_s = 100', 'kind = "star-trail"; priority = 1')
    assert {shot.part for shot in plan.shots} == {"star-trail"}
    assert any("beside star-trail" in warning and "interval" in warning for warning in plan.warnings)


def test_a_program_with_an_end_is_shot_in_one_piece_if_any_holds_it() -> None:
    short = 'kind = "burst"; exposure_s = 1; frames = 5; bursts = 1; start = "window.start+1m"; priority = 5'
    plan = shared('kind = "star-trail"; shots = 10', short)
    trail = [shot for shot in plan.shots if shot.part == "star-trail"]
    assert len(trail) == 10
    assert trail[0].open_at > next(shot for shot in plan.shots if shot.part == "burst").close_at


def test_nobody_shoots_where_none_of_several_fits() -> None:
    with pytest.raises(PlanImpossible, match="leaves 5 s"):
        shared('kind = "star-trail"', 'kind = "star-trail"; name = "other"', night=window(5.5))


def test_too_short_a_window_is_left_alone() -> None:
    with pytest.raises(PlanImpossible, match=r"min_length_s = 3000") as refusal:
        lay(toml('kind = "star-trail"; min_length_s = 3000'), window(), d3s())
    assert refusal.value.of_window


def test_too_short_a_window_goes_to_the_fallback_and_that_is_said() -> None:
    text = 'kind = "star-trail"; min_length_s = 3000; fallback = {kind = "interval", exposure_s = 1, every_s = 60}'
    plan = lay(toml(text), window(), d3s())
    assert openings(plan)[1] == 60
    assert any("interval is shot instead" in warning for warning in plan.warnings)


def test_a_program_between_anchors_stays_between_them() -> None:
    plan = lay(toml('kind = "star-trail"; start = "window.start+90s"; end = "window.end-3m"'), window(), d3s())
    assert plan.shots[0].open_at == START + timedelta(seconds=90)
    assert plan.shots[-1].close_at <= window().end - timedelta(minutes=3)


@pytest.mark.parametrize("text", ['start = "window.start-10m"', 'end = "window.end+10m"', 'start = "window.start"'])
def test_anchors_never_reach_out_of_a_window_less_its_uncertainty(text: str) -> None:
    plan = lay(toml(f'kind = "star-trail"; {text}'), window(uncertainty_s=5), d3s())
    assert plan.shots[0].open_at >= START + timedelta(seconds=5)
    assert plan.shots[-1].close_at <= window().end - timedelta(seconds=5)


def test_anchors_that_cross_in_this_window_are_refused_for_it() -> None:
    with pytest.raises(PlanImpossible, match="anchors of star-trail cross") as refusal:
        lay(toml('kind = "star-trail"; start = "window.start+20m"; end = "window.end-20m"'), window(), d3s())
    assert refusal.value.of_window


@pytest.mark.parametrize(
    ("text", "length_s", "shots"),
    [
        ('shots = 4; late_start = "join"', 100, 3),
        ('shots = 4; late_start = "whole"', 200, 4),
        ('shots = 4; late_start = "whole"', 100, None),
        ('late_start = "whole"', 2000, None),
        ('late_start = "skip"', 2000, None),
        ('start = "window.start+1s"; late_start = "skip"', 62, 2),
    ],
)
def test_a_window_that_has_begun_is_used_as_its_program_wants(text: str, length_s: float, shots: int | None) -> None:
    program = toml(f'kind = "star-trail"; {text}')
    if shots is None:
        with pytest.raises(PlanImpossible, match="late"):
            lay(program, window(length_s, clipped_start=True), d3s())
    else:
        assert len(lay(program, window(length_s, clipped_start=True), d3s()).shots) == shots


def test_between_programs_that_need_a_hand_a_minute_is_left_for_it() -> None:
    plan = shared('kind = "interval"; exposure_s = 30; every_s = 31; release = "wired"', BURST)
    burst = [shot for shot in plan.shots if shot.part == "burst"]
    before = plan.shots[burst[0].index - 1]
    assert (burst[0].open_at - before.close_at).total_seconds() >= 60
    told = [(prompt.before, prompt.says) for prompt in plan.prompts]
    dial = "Turn the release dial to"
    assert told == [(burst[0].index, f"{dial} CL or CH."), (burst[-1].index + 1, f"{dial} S.")]


def test_a_refusal_names_the_program_that_was_refused_among_several() -> None:
    good, bad = toml('kind = "star-trail"'), toml('kind = "interval"; exposure_s = 1; every_s = 2; iso = 900')
    with pytest.raises(PlanImpossible) as refusal:
        lay_all([good, bad], window(), Means.of(d3s()))
    assert refusal.value.refused == bad


def test_a_fallback_that_cannot_be_shot_is_offered_with_what_it_stands_in_for() -> None:
    program = toml('kind = "star-trail"; min_length_s = 900; fallback = {kind = "star-trail", iso = 900}')
    with pytest.raises(PlanImpossible, match="ISO 900") as refusal:
        lay(program, window(), d3s())
    offered = refusal.value.offered
    assert isinstance(offered, Program)
    assert offered.min_length_s == 900
    assert offered.fallback == toml('kind = "star-trail"; iso = 800')


def test_a_fallback_does_not_hide_that_nobody_knows_an_anchor() -> None:
    night, occasions = window(), SkyOccasions(ALPS, Names())
    program = toml('kind = "star-trail"; start = "umbar.start"; fallback = {kind = "star-trail"}')
    with pytest.raises(PlanImpossible, match="Did you mean umbra"):
        lay(program, night, d3s(), occasions=occasions)
