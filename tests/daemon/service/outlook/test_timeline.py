"""The day ahead: light, Moon, nights and duty come when the sky says, and what cannot be known is said."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from nightside.service.outlook.day import Day
from nightside.service.outlook.timeline import day_ahead
from nightside.service.outlook.values import Light
from nightside.sky.conditions import Names, parse_condition
from nightside.sky.conditions.calendars import weekly
from nightside.sky.conditions.vocabulary import WORDS
from nightside.sky.windows import find_windows
from tests.daemon.service.outlook.scenes import ALPS, DAY, EVENING, SVALBARD, night, station
from tests.daemon.sky.reference import site, table


def whole(day: Day) -> None:
    """One light after the other, without gaps, and never the same twice."""
    for before, after in pairwise(day.light):
        assert before.end == after.start
        assert before.light is not after.light


def test_twilights_over_a_site_begin_as_the_reference_says() -> None:
    start = datetime.fromisoformat(next(row["utc"] for row in table("ground.csv") if row["site"] == "Paranal"))
    start = start.replace(hour=12, minute=0, second=0, microsecond=0)

    day = day_ahead(night(site("Paranal"), "sun < -18"), start, start + DAY)

    whole(day)
    levels = {Light.CIVIL: "-0.8333", Light.NAUTICAL: "-6.0", Light.ASTRONOMICAL: "-12.0", Light.NIGHT: "-18.0"}
    falling = [lit for lit in day.light if lit.start > start]
    dusk = [Light.DAY, Light.CIVIL, Light.NAUTICAL, Light.ASTRONOMICAL]
    assert [lit.light for lit in day.light] == [*dusk, Light.NIGHT, *reversed(dusk)]
    for lit in falling[:4]:
        known = [
            datetime.fromisoformat(row["utc"])
            for row in table("ground.csv")
            if row["site"] == "Paranal" and row["level"] == levels[lit.light]
        ]
        assert min(abs((lit.start - instant).total_seconds()) for instant in known) < 0.05


def test_aboard_it_is_day_penumbra_or_umbra() -> None:
    day = day_ahead(station(), EVENING, EVENING + DAY)

    whole(day)
    assert (day.light[0].start, day.light[-1].end) == (EVENING, EVENING + DAY)
    umbra = find_windows(WORDS["umbra"], station().vantage, EVENING, EVENING + DAY)
    dark = [lit for lit in day.light if lit.light is Light.UMBRA]
    assert [(lit.start, lit.end) for lit in dark] == [(window.start, window.end) for window in umbra]
    assert [(ahead.start, ahead.end) for ahead in day.nights] == [(window.start, window.end) for window in umbra]
    assert day.heights is None
    assert {lit.light for lit in day.light} == {Light.DAY, Light.PENUMBRA, Light.UMBRA}


def test_in_a_polar_summer_there_is_no_night_until_autumn() -> None:
    day = day_ahead(night(SVALBARD, "sun < -18"), EVENING, EVENING + DAY)

    assert [lit.light for lit in day.light] == [Light.DAY]
    assert day.nights == ()
    assert day.next_night is not None
    assert f"{day.next_night.start:%Y-%m}" in {"2018-10", "2018-11"}


def test_a_night_that_never_comes_says_so() -> None:
    day = day_ahead(night(ALPS, "sun < -80"), EVENING, EVENING + DAY)

    assert day.no_night is not None
    assert day.no_night.code == "no-night"
    assert day.light


def test_stale_elements_leave_the_light_unknown_and_say_why() -> None:
    later = EVENING + timedelta(days=40)

    day = day_ahead(station(), later, later + DAY)

    assert day.light == ()
    assert day.no_night is not None
    assert day.no_night.code == "elements-stale"
    assert day.elements is not None
    assert day.elements.freshness == "stale"


def test_nights_end_where_the_elements_are_no_longer_trusted() -> None:
    start = EVENING + timedelta(days=13.5)

    day = day_ahead(station(), start, start + DAY)

    assert day.elements is not None
    assert day.elements.trusted_until is not None
    assert day.nights
    assert all(ahead.end <= day.elements.trusted_until for ahead in day.nights)


def test_the_moon_says_when_it_is_up_and_how_full_it_is() -> None:
    day = day_ahead(night(ALPS, "sun < -18"), EVENING, EVENING + DAY)

    assert day.moon is not None
    assert 0.6 < day.moon.fraction < 0.8
    assert not day.moon.waxing
    up = find_windows(WORDS["moon_up"], ALPS, EVENING, EVENING + DAY)
    assert [(one.start, one.end) for one in day.moon.up] == [(window.start, window.end) for window in up]


def test_heights_agree_with_the_light() -> None:
    day = day_ahead(night(ALPS, "sun < -18"), EVENING, EVENING + DAY)

    assert day.heights is not None
    assert len(day.heights.sun_deg) == len(day.heights.moon_deg) == 145
    for number, height in enumerate(day.heights.sun_deg):
        at = EVENING + timedelta(seconds=number * day.heights.every_s)
        now = next(lit.light for lit in day.light if lit.start <= at <= lit.end)
        if abs(height + 18.0) > 0.5:
            assert (height < -18.0) == (now is Light.NIGHT)


def test_duty_hours_are_those_that_the_condition_asks_for_and_those_that_it_does_not_name() -> None:
    names = Names(
        conditions={"off_duty": ~parse_condition('weekly("Mon-Fri 07:00-19:00")')},
        calendars={"visitors": weekly("20:00-22:00", "UTC")},
    )

    day = day_ahead(station("umbra & off_duty", names), EVENING, EVENING + DAY)

    found = {duty.name: [(one.start, one.end) for one in duty.during] for duty in day.duty}
    assert found == {
        'weekly("Mon-Fri 07:00-19:00")': [
            (EVENING.replace(day=4, hour=7, minute=0), EVENING.replace(day=4, hour=19, minute=0))
        ],
        "visitors": [(EVENING.replace(hour=20, minute=0), EVENING.replace(hour=22, minute=0))],
    }


@pytest.mark.parametrize("when", [datetime(2030, 1, 1, tzinfo=UTC), EVENING])
def test_a_site_needs_no_elements(when: datetime) -> None:
    day = day_ahead(night(ALPS, "sun < -18"), when, when + DAY)

    assert day.elements is None
    assert day.light[-1].end == when + DAY
