"""Better, worse, best."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nightside.focus.gauge import Gauge, Trend


def test_the_first_reading_is_the_best_and_has_no_trend() -> None:
    mark = Gauge().read(8.0)
    assert (mark.best_px, mark.trend, mark.share) == (8.0, None, 1.0)


@pytest.mark.parametrize(
    ("readings", "trend"),
    [
        ((8.0, 6.0), Trend.BEST),
        ((8.0, 6.0, 9.0), Trend.WORSE),
        ((6.0, 9.0, 8.0), Trend.BETTER),
        ((6.0, 9.0, 9.1), Trend.SAME),
        ((6.0, 5.95), Trend.SAME),
    ],
)
def test_a_reading_is_compared_with_the_last_and_with_the_best(readings: tuple[float, ...], trend: Trend) -> None:
    gauge = Gauge()
    assert [gauge.read(reading) for reading in readings][-1].trend is trend


@given(st.lists(st.floats(0.1, 1000), min_size=1))
def test_the_best_is_the_smallest_and_no_bar_is_longer_than_full(readings: list[float]) -> None:
    gauge = Gauge()
    marks = [gauge.read(reading) for reading in readings]
    assert marks[-1].best_px == min(readings)
    assert all(0 < mark.share <= 1 for mark in marks)
