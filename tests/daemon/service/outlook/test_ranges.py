"""Nights and passes of a range, as a running daemon tells them."""

from datetime import timedelta

import pytest

from nightside.errors import ConditionRefused, RangeRefused
from nightside.service.outlook.ranges import LONGEST_RANGE, Over, nights_in, passes_in
from nightside.sky.passes import find_passes
from nightside.sky.vantage import satellite_of
from nightside.sky.windows import find_windows
from tests.daemon.service.outlook.scenes import ALPS, EVENING, night, station

ANYWHERE = Over(ALPS, 10.0, visible=False)


def test_nights_are_those_of_the_sky() -> None:
    there, end = station(), EVENING + timedelta(days=1)
    told = nights_in(there, EVENING, None, None)
    found = find_windows(there.condition, there.vantage, EVENING, end)
    assert told.end == end
    assert [(one.start, one.end) for one in told.windows] == [(one.start, one.end) for one in found]


def test_another_condition_may_be_asked_for_in_the_configurations_words() -> None:
    told = nights_in(station(), EVENING, None, "penumbra & ~umbra")
    assert told.windows
    assert max(one.duration_s for one in told.windows) < 60


def test_passes_are_those_of_the_sky() -> None:
    there, end = station(), EVENING + timedelta(days=3)
    elements = satellite_of(there.vantage)
    assert elements is not None
    told = passes_in(there, EVENING, end, ANYWHERE)
    assert [one.rise for one in told.passes] == [one.rise for one in find_passes(elements, ALPS, EVENING, end)]
    seen = passes_in(there, EVENING, end, Over(ALPS, 10.0, visible=True))
    assert seen.passes == tuple(one for one in told.passes if one.visible)


@pytest.mark.parametrize("length", [timedelta(0), -timedelta(days=1), LONGEST_RANGE + timedelta(seconds=1)])
def test_a_range_that_is_none_or_too_long_is_refused(length: timedelta) -> None:
    with pytest.raises(RangeRefused):
        nights_in(station(), EVENING, EVENING + length, None)
    with pytest.raises(RangeRefused):
        passes_in(station(), EVENING, EVENING + length, ANYWHERE)


def test_what_is_asked_for_without_a_satellite_or_a_site_is_refused() -> None:
    with pytest.raises(ConditionRefused, match="No satellite"):
        passes_in(night(ALPS, "sun < -18"), EVENING, None, ANYWHERE)
    with pytest.raises(ConditionRefused, match="aboard"):
        passes_in(station(), EVENING, None, Over(None, 10.0, visible=False))
