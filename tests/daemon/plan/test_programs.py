"""Every kind of program, laid over the night of 3 July 2018 on a D3s."""

import pytest

from nightside.cli.meet import before_the_night
from nightside.plan.lay import lay
from nightside.plan.programs import PROGRAMS, kind_of
from nightside.plan.values import Overrun
from nightside_drivers.api import ReleaseKind
from tests.daemon.plan.scenes import d3s, lengths, openings, toml, window

ORBIT_ARCSEC_S = 232.5


def test_every_kind_that_was_asked_for_is_there() -> None:
    asked = "bracket bulb burst darks exposure-series interval repeat sequence star-trail time-lapse"
    assert [kind_of(program) for program in PROGRAMS] == asked.split()


def test_a_burst_star_trail_asks_for_no_more_than_libgphoto2_waits_for() -> None:
    plan = lay(toml('kind = "star-trail"; route = "burst"'), window(), d3s())
    volleys = [len(volley) for volley in plan.volleys]
    assert volleys[0] == 32
    assert sum(volleys) == len(plan.shots)
    assert {shot.release for shot in plan.shots} == {ReleaseKind.BURST}
    assert openings(plan)[:2] == pytest.approx([0, 30.1])
    assert openings(plan)[32] - openings(plan)[31] == pytest.approx(30.2)


def test_a_held_star_trail_is_one_release_that_ends_inside_the_window_however_the_body_drifts() -> None:
    plan = lay(toml('kind = "star-trail"; route = "held"'), window(), d3s())
    assert len(plan.volleys) == 1
    drift_s = 0.1 * (len(plan.shots) - 1)
    assert (plan.span.end - plan.shots[-1].close_at).total_seconds() >= drift_s
    assert "CL or CH" in " ".join(plan.by_hand)


@pytest.mark.parametrize(
    ("route", "focal_mm", "pixels"),
    [("single", 24, "0.6 px"), ("held", 24, "0.3 px"), ("single", 14, "0.4 px"), ("single", 50, "1.3 px")],
)
def test_a_star_trail_says_how_much_of_a_trail_its_gaps_leave_dark(route: str, focal_mm: int, pixels: str) -> None:
    program = toml(f'kind = "star-trail"; route = "{route}"; focal_mm = {focal_mm}')
    plan = lay(program, window(), d3s(), sky_arcsec_s=ORBIT_ARCSEC_S)
    assert any(pixels in note for note in plan.notes)


def test_over_a_site_the_same_gap_is_fifteen_times_smaller() -> None:
    plan = lay(toml('kind = "star-trail"; focal_mm = 50'), window(), d3s(), sky_arcsec_s=15.041)
    assert any("0.09 px" in note for note in plan.notes)


def test_several_bulb_exposures_rest_in_between_and_close_on_time() -> None:
    plan = lay(toml('kind = "bulb"; exposure_s = 300; shots = 3; pause_s = 60'), window(), d3s())
    assert openings(plan) == [0, 360, 720]
    assert lengths(plan) == [300, 300, 300]
    assert plan.overrun is Overrun.SHORTEN
    assert "Turn the shutter speed to Bulb." in plan.by_hand


def test_bursts_come_at_their_interval_and_each_is_one_release() -> None:
    program = toml('kind = "burst"; exposure_s = 0.5; frames = 10; bursts = 3; every_s = 60; iso = 3200')
    plan = lay(program, window(), d3s())
    assert [len(volley) for volley in plan.volleys] == [10, 10, 10]
    assert [openings(plan)[index] for index in (0, 10, 20)] == [0, 60, 120]


def test_a_burst_is_no_faster_than_the_body() -> None:
    plan = lay(toml('kind = "burst"; exposure_s = 0.001; frames = 9; bursts = 1'), window(), d3s())
    assert openings(plan)[-1] == pytest.approx(8 / 9, abs=1e-5)


def test_a_time_lapse_keeps_its_rate_and_says_how_long_the_film_is() -> None:
    plan = lay(toml('kind = "time-lapse"; frames_per_s = 2; exposure_s = 0.25; shots = 240'), window(), d3s())
    assert openings(plan)[:3] == [0, 0.5, 1.0]
    assert "film lasts 10.0 s, 12 times as fast" in plan.notes[0]


def test_a_time_lapse_that_is_too_fast_for_triggers_is_held() -> None:
    program = toml('kind = "time-lapse"; frames_per_s = 5; exposure_s = 0.1; route = "held"; shots = 500')
    plan = lay(program, window(), d3s())
    assert len(plan.volleys) == 1
    assert "Set the rate of CL to 5 frames/s in the body's menu." in plan.by_hand


@pytest.mark.parametrize(
    ("order", "times"),
    [
        ("middle-first", [1, 0.5, 2, 0.25, 4]),
        ("darkest-first", [0.25, 0.5, 1, 2, 4]),
        ("brightest-first", [4, 2, 1, 0.5, 0.25]),
    ],
)
def test_a_bracket_is_in_the_order_that_was_asked_for(order: str, times: list[float]) -> None:
    plan = lay(toml(f'kind = "bracket"; exposure_s = 1; frames = 5; sets = 2; order = "{order}"'), window(), d3s())
    assert lengths(plan) == times * 2


def test_a_bracket_in_thirds_takes_the_speeds_that_the_body_has() -> None:
    program = toml('kind = "bracket"; exposure_s = 1; frames = 3; stops = 0.3333; sets = 1; order = "darkest-first"')
    assert lengths(lay(program, window(), d3s())) == pytest.approx([0.7692, 1, 1.3])


def test_a_bracket_is_never_cut_in_two() -> None:
    plan = lay(toml('kind = "bracket"; exposure_s = 4; frames = 3'), window(60), d3s())
    assert len(plan.shots) % 3 == 0
    assert plan.shots[-1].close_at <= plan.span.end


def test_a_series_takes_each_exposure_with_its_own_iso_and_leaves_time_to_set_it() -> None:
    series = "[{exposure_s = 1}, {exposure_s = 1}, {exposure_s = 4, iso = 200}]"
    program = toml(f'kind = "exposure-series"; iso = 800; rounds = 1; series = {series}')
    plan = lay(program, window(), d3s())
    assert [(shot.exposure.shutter_s, shot.exposure.iso) for shot in plan.shots] == [(1, 800), (1, 800), (4, 200)]
    assert openings(plan) == pytest.approx([0, 1.2, 2.9])


def test_darks_wait_for_the_lens_cap() -> None:
    plan = lay(toml('kind = "darks"; exposure_s = 30; iso = 800; shots = 5'), window(), d3s())
    (prompt,) = plan.prompts
    assert (prompt.before, prompt.says, prompt.waits) == (0, "Put the lens cap on.", True)
    assert prompt.at == plan.span.start
    assert openings(plan)[0] == 60
    assert plan.notes == ("Afterwards: Take the lens cap off.",)


TRAIL_AND_DARKS = """
kind = "sequence"
[[parts]]
kind = "star-trail"
iso = 1600
aperture = 4
[[parts]]
kind = "darks"
shots = 5
[[parts]]
kind = "interval"
exposure_s = 1
every_s = 10
shots = 3
"""


def test_a_sequence_matches_its_darks_and_gives_what_is_left_to_the_part_without_an_end() -> None:
    plan = lay(toml(TRAIL_AND_DARKS), window(), d3s())
    parts = [shot.part for shot in plan.shots]
    assert sorted(set(parts), key=parts.index) == ["star-trail", "darks", "interval"]
    darks = [shot for shot in plan.shots if shot.part == "darks"]
    assert len(darks) == 5
    assert {(shot.exposure.shutter_s, shot.exposure.iso, shot.exposure.aperture) for shot in darks} == {(30, 1600, 4)}
    assert [prompt.says for prompt in plan.prompts] == ["Put the lens cap on.", "Take the lens cap off."]
    assert all(prompt.at <= plan.shots[prompt.before].open_at for prompt in plan.prompts)
    assert (plan.span.end - plan.shots[-1].close_at).total_seconds() < 31
    assert plan.overrun_of(plan.shots[-1]) is Overrun.SKIP


def test_a_part_for_which_there_is_no_room_is_left_out_and_named() -> None:
    text = 'kind = "sequence"\nparts = [{kind = "bulb", exposure_s = 200}, {kind = "bulb", name = "second", exposure_s = 200}]'
    plan = lay(toml(text), window(300), d3s())
    assert len(plan.shots) == 1
    assert any("no room for second" in warning for warning in plan.warnings)


WIRED_AND_BURST = """
kind = "sequence"
[[parts]]
kind = "star-trail"
release = "wired"
shots = 2
[[parts]]
kind = "star-trail"
route = "burst"
shots = 2
"""


def test_where_parts_differ_by_hand_a_minute_is_left_and_the_hand_is_told() -> None:
    plan = lay(toml(WIRED_AND_BURST), window(), d3s())
    assert [(prompt.before, prompt.says) for prompt in plan.prompts] == [(2, "Turn the release dial to CL or CH.")]
    assert not plan.prompts[0].waits  # the body itself refuses a burst on S
    assert openings(plan)[2] - openings(plan)[1] >= 60


def test_nobody_is_called_for_what_can_be_set_before_the_first_shot() -> None:
    plan = lay(toml(WIRED_AND_BURST.replace("wired", "usb")), window(), d3s())
    assert plan.prompts == ()
    assert "Turn the release dial to CL or CH." in plan.by_hand
    assert openings(plan)[2] - openings(plan)[1] < 31
    assert before_the_night(plan).release is ReleaseKind.BURST  # so that `nightside doctor` looks for the same dial


def test_a_repeat_begins_on_its_grid() -> None:
    text = 'kind = "repeat"\nevery_s = 600\nprogram = {kind = "star-trail", shots = 4}'
    plan = lay(toml(text), window(), d3s())
    assert [openings(plan)[index] for index in (0, 4, 8, 12)] == [0, 600, 1200, 1800]
    assert len(plan.shots) == 16


def test_a_forecast_counts_bytes_battery_and_the_cable() -> None:
    plan = lay(toml('kind = "star-trail"; shots = 60'), window(), d3s())
    assert plan.expected_bytes == 60 * 14_000_000
    assert plan.drain_s == pytest.approx(42)
    assert plan.battery_percent == pytest.approx(100 * (60 / 4200 + 0.5 * 3 / 27.8), abs=0.1)


def test_more_than_one_battery_is_warned_of() -> None:
    plan = lay(toml('kind = "interval"; exposure_s = 30; every_s = 31'), window(86400), d3s())
    assert any("AC adapter" in warning for warning in plan.warnings)


def test_a_rehearsal_takes_the_bodys_overhead_for_longer() -> None:
    plan = lay(toml('kind = "bracket"; exposure_s = 1; frames = 3; sets = 1'), window(), d3s(), gap_s=12.0)
    assert openings(plan)[1] == pytest.approx(1 + 12 + 30)


def test_a_repeat_of_something_that_does_not_fit_whole_shoots_what_does() -> None:
    text = 'kind = "repeat"\ntimes = 1\nevery_s = 1\nprogram = {kind = "star-trail", shots = 10}'
    plan = lay(toml(text), window(100), d3s())
    assert len(plan.shots) == 3


def test_the_lens_cap_comes_off_between_repeated_darks() -> None:
    text = 'kind = "repeat"\ntimes = 2\nprogram = {kind = "darks", exposure_s = 1, shots = 2}'
    plan = lay(toml(text), window(), d3s())
    told = [(prompt.before, prompt.says.split()[1:][-1]) for prompt in plan.prompts]
    assert told == [(0, "on."), (2, "off."), (2, "on.")]
    assert openings(plan)[2] - openings(plan)[1] >= 120


def test_a_rehearsal_does_not_slow_down_what_the_body_does_by_itself() -> None:
    plan = lay(toml('kind = "star-trail"; route = "held"; shots = 5'), window(), d3s(), gap_s=12.0)
    assert openings(plan) == pytest.approx([index * 30.1 for index in range(5)])
