"""Times by cron, beside what `man 5 crontab` says."""

from datetime import UTC, datetime, timedelta

import pytest

from nightside.errors import ConfigRefused
from nightside.service.cron import cron_condition
from nightside.sky.vantage import Site
from nightside.sky.windows import find_windows

MONDAY = datetime(2026, 7, 6, tzinfo=UTC)
HERE = Site(46.5, 8.0, 500)

CASES = {
    "every Friday": ("0 22 * * 5", ["Fri 22:00"]),
    "every Friday by its name": ("0 22 * * fri", ["Fri 22:00"]),
    "Sunday is 0": ("30 1 * * 0", ["Sun 01:30"]),
    "and 7": ("30 1 * * 7", ["Sun 01:30"]),
    "working days": ("0 3 * * 1-5", ["Mon 03:00", "Tue 03:00", "Wed 03:00", "Thu 03:00", "Fri 03:00"]),
    "a range from Sunday on": ("0 3 * * 0-2", ["Mon 03:00", "Tue 03:00", "Sun 03:00"]),
    "every second day": ("0 3 * * */2", ["Tue 03:00", "Thu 03:00", "Sat 03:00", "Sun 03:00"]),
    "a day of the month": ("0 3 8 * *", ["Wed 03:00"]),
    "two hours of a day": ("15 1,23 7 7 *", ["Tue 01:15", "Tue 23:15"]),
}


@pytest.mark.parametrize(("expression", "begins"), CASES.values(), ids=CASES)
def test_a_week_of_it(expression: str, begins: list[str]) -> None:
    windows = find_windows(cron_condition(expression, 30), HERE, MONDAY, MONDAY + timedelta(days=7))
    assert [f"{window.start:%a %H:%M}" for window in windows] == begins
    assert {round(window.duration / timedelta(minutes=1)) for window in windows} == {30}


def test_one_that_is_on_when_the_range_begins_is_found() -> None:
    (window, *_) = find_windows(cron_condition("50 23 * * *", 30), HERE, MONDAY, MONDAY + timedelta(days=1))
    assert (window.start, window.end) == (MONDAY, MONDAY + timedelta(minutes=20))


REFUSED = [
    "",
    "* * *",
    "0 22 * * 8",
    "0 25 * * *",
    "61 * * * *",
    "0 22 1 * 5",
    "* * * * *",
    "*/5 * * * *",
    "0 0 31 2 *",
    "0 22 * * fri-mon-x",
    "0 22 * * */0",
    "@daily",
    "0 22 * * 5 2026",
    "\0 22 * * 5",
]


@pytest.mark.parametrize("expression", REFUSED)
def test_what_is_no_time_or_comes_too_often_is_refused_with_an_example(expression: str) -> None:
    with pytest.raises(ConfigRefused, match="cron expression") as refused:
        cron_condition(expression, 30)
    assert "every Friday" in refused.value.remedy
