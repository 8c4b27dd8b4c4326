"""How large stars are, on pictures where it is known."""

import math

import numpy as np
import pytest

from nightside.focus.pictures import decoded
from nightside.focus.sizes import StarSize
from nightside.focus.stars import find, measure
from tests.daemon.focus.conftest import HEIGHT, WIDTH, Light, Sky

HFD_A_SIGMA = 2 * math.sqrt(2 * math.log(2))
"""Of a round bell curve: half its light is within 1.177 standard deviations."""
PLACES = ((100, 80), (300, 200), (500, 330), (420, 60))


def measured(sky: Sky) -> StarSize:
    return measure(decoded(sky.jpeg()))


@pytest.mark.parametrize("sigma", [1.2, 2.0, 3.5])
def test_a_sharp_star_has_the_diameter_of_its_bell_curve(sky: Sky, sigma: float) -> None:
    for place in PLACES:
        sky.gaussian(*place, sigma, 0.6)
    size = measured(sky)
    assert size.used == len(PLACES)
    assert size.hfd_px == pytest.approx(HFD_A_SIGMA * sigma, rel=0.12)


@pytest.mark.parametrize("diameter", [8.0, 16.0, 30.0])
def test_a_star_out_of_focus_has_the_diameter_that_holds_half_its_disk(sky: Sky, diameter: float) -> None:
    for place in PLACES:
        sky.disk(*place, diameter, 0.2)
    size = measured(sky)
    assert size.used == len(PLACES)
    assert size.hfd_px == pytest.approx(diameter / math.sqrt(2), rel=0.08)


def test_the_number_falls_all_the_way_into_focus() -> None:
    sizes = [
        measured(Sky().disk(320, 213, diameter, 0.3).disk(120, 100, diameter, 0.3)).hfd_px for diameter in (40, 24, 14, 8, 4)
    ]
    assert all(size is not None for size in sizes)
    assert sizes == sorted(sizes, key=lambda size: -(size or 0))


@pytest.mark.parametrize("seed", range(5))
def test_an_empty_sky_has_no_star(seed: int) -> None:
    assert measured(Sky(seed, noise=0.02)) == StarSize(None)


def test_a_black_picture_has_no_star() -> None:
    black = Sky(noise=0.0)
    assert measure(decoded(black.jpeg(background=0.0))) == StarSize(None)


def test_hot_pixels_are_no_stars(sky: Sky) -> None:
    for column, row in PLACES:
        sky.light[row, column] = 1.0
    assert measured(sky).used == 0


def test_stars_that_are_too_bright_are_left_out_where_there_are_others(sky: Sky) -> None:
    sky.gaussian(100, 80, 6.0, 5.0).gaussian(300, 200, 2.0, 0.5)
    size = measured(sky)
    assert (size.used, size.saturated) == (1, 1)
    assert size.hfd_px == pytest.approx(HFD_A_SIGMA * 2.0, rel=0.1)


def test_stars_that_are_too_bright_are_better_than_none(sky: Sky) -> None:
    size = measured(sky.gaussian(100, 80, 6.0, 5.0))
    assert (size.used, size.saturated) == (1, 1)
    assert size.hfd_px is not None


def test_stars_that_are_not_round_are_left_out_where_there_are_others(sky: Sky) -> None:
    sky.gaussian(100, 80, 2.0, 0.6, stretch=4.0).gaussian(300, 200, 2.0, 0.5)
    size = measured(sky)
    assert (size.used, size.elongated) == (1, 1)
    assert size.hfd_px == pytest.approx(HFD_A_SIGMA * 2.0, rel=0.1)


def test_one_star_among_many_does_not_change_the_median(sky: Sky) -> None:
    for place in PLACES:
        sky.gaussian(*place, 1.5, 0.5)
    sky.disk(200, 350, 30, 0.2)
    assert measured(sky).hfd_px == pytest.approx(HFD_A_SIGMA * 1.5, rel=0.1)


def test_a_slope_of_light_below_the_stars_changes_nothing(sky: Sky) -> None:
    for place in PLACES:
        sky.gaussian(*place, 2.0, 0.4)
    sky.light += np.linspace(0, 0.3, WIDTH)[None, :]
    assert measured(sky).hfd_px == pytest.approx(HFD_A_SIGMA * 2.0, rel=0.12)


def test_the_star_to_magnify_is_the_brightest_that_can_be_measured(sky: Sky) -> None:
    sky.gaussian(100, 80, 6.0, 5.0).gaussian(500, 330, 2.0, 0.6).gaussian(300, 200, 2.0, 0.3)
    target = measured(sky).target
    assert target is not None
    assert target.at == pytest.approx(((500 + 0.5) / WIDTH, (330 + 0.5) / HEIGHT), abs=0.002)


def test_what_is_no_sky_at_all_is_an_answer_too() -> None:
    random = np.random.default_rng(3)
    sky = Sky(noise=0.0)
    blocks: Light = np.kron(random.random((HEIGHT // 2, WIDTH // 2)) > 0.6, np.ones((2, 2))).astype(np.float64)
    sky.light = blocks
    size = measured(sky)
    assert size.crowded or size.hfd_px is None or size.hfd_px > 0
    stars = find(decoded(sky.jpeg()))
    assert stars is None or all(math.isfinite(star.hfd_px) for star in stars)
