"""The search for crossings, on curves whose crossings are known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightside.sky.crossings import crossings
from nightside.sky.instants import Floats
from nightside.sky.roots import MAX_STEPS

SPEED = 2.0 * np.pi / 5560.0
"""Of a low orbit (rad/s)."""
STEP_S = 5560.0 / 24.0
LATE_S = 8.3e8
"""About now: where float64 counts in steps of 0.12 µs."""


def nodes(start: float = 0.0, revolutions: int = 3) -> Floats:
    return start + np.arange(24 * revolutions + 1, dtype=np.float64) * STEP_S


def away_from_the_ends(instants: Floats) -> Floats:
    """A graze inside the first or last step has no node beyond it: whoever asks takes nodes to spare."""
    kept: Floats = instants[(instants > STEP_S) & (instants < nodes()[-1] - STEP_S)]
    return kept


@given(st.floats(-3.0, 3.0), st.floats(-0.999, 0.999))
def test_every_crossing_of_a_sine_is_found(phase: float, level: float) -> None:
    def curve(instants: Floats) -> Floats:
        return np.sin(SPEED * instants + phase) - level

    found = crossings(curve, nodes(), curve(nodes()))

    first, second = (np.array([np.arcsin(level), np.pi - np.arcsin(level)]) - phase) / SPEED
    turns = np.arange(-2, 6) * 5560.0
    expected = np.sort(np.concatenate((first + turns, second + turns)))
    assert away_from_the_ends(found) == pytest.approx(away_from_the_ends(expected), abs=1e-5)


@pytest.mark.parametrize("width_s", [100.0, 1.0, 0.1, 0.01, 0.001])
@given(middle=st.floats(2000.0, 3500.0))
def test_a_window_that_barely_opens_between_nodes_is_found(width_s: float, middle: float) -> None:
    level = np.cos(SPEED * width_s / 2.0)

    def curve(instants: Floats) -> Floats:
        height: Floats = np.cos(SPEED * (instants - middle)) - level
        return height

    some = nodes(0.0, 1)
    found = crossings(curve, some, curve(some))

    assert found == pytest.approx([middle - width_s / 2.0, middle + width_s / 2.0], abs=2e-4)


@given(st.floats(2000.0, 3500.0), st.floats(1e-12, 1e-3))
def test_a_curve_that_just_fails_to_reach_zero_has_no_crossing(middle: float, gap: float) -> None:
    def curve(instants: Floats) -> Floats:
        return np.cos(SPEED * (instants - middle)) - 1.0 - gap

    some = nodes(0.0, 1)

    assert crossings(curve, some, curve(some)).size == 0


@given(st.floats(2000.0, 3500.0), st.floats(0.05, 40.0))
def test_a_tent_that_peaks_between_nodes_is_found(middle: float, height_s: float) -> None:
    """The umbra's axis makes such a kink, where no parabola fits."""

    def curve(instants: Floats) -> Floats:
        return height_s - np.abs(instants - middle)

    some = nodes(0.0, 1)

    assert crossings(curve, some, curve(some)) == pytest.approx([middle - height_s, middle + height_s], abs=1e-6)


def test_far_from_zero_time_crossings_are_as_good_as_time_itself() -> None:
    def curve(instants: Floats) -> Floats:
        return np.sin(SPEED * (instants - LATE_S)) - 0.25

    some = nodes(LATE_S, 1)
    expected = LATE_S + np.array([np.arcsin(0.25), np.pi - np.arcsin(0.25)]) / SPEED

    assert crossings(curve, some, curve(some)) == pytest.approx(expected, abs=5e-7)


def test_a_jump_is_placed_too_and_no_curve_is_asked_without_end() -> None:
    asked = 0

    def curve(instants: Floats) -> Floats:
        nonlocal asked
        asked += 1
        return np.where(instants < 2345.678, -1.0, 1.0)

    (found,) = crossings(curve, nodes(), curve(nodes()))

    assert found == pytest.approx(2345.678, abs=1e-6)
    assert asked <= 2 * MAX_STEPS + 1


def test_a_curve_of_nothing_but_noise_is_given_up_in_time() -> None:
    generator = np.random.default_rng(7)
    asked = 0

    def curve(instants: Floats) -> Floats:
        nonlocal asked
        asked += 1
        return generator.normal(size=instants.size)

    found = crossings(curve, nodes(), curve(nodes()))

    assert np.all(np.isfinite(found))
    assert asked <= 2 * MAX_STEPS + 1
