"""Programs that are not for every night."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from nightside.errors import NoNight
from nightside.nights import meaning_of
from nightside.plan.planner import Night, Planner
from nightside.plan.programs import AnyProgram, Interval, StarTrail
from nightside.plan.programs.sequence import Sequence
from nightside.plan.values import Plan
from nightside.plan.when import When, without
from nightside.sky.conditions import parse_condition
from nightside.sky.vantage import Site
from nightside.sky.window import Window
from nightside_drivers import bodies

HOUR = timedelta(hours=1)
FRIDAY = datetime(2026, 7, 10, 12, tzinfo=UTC)
USUAL = Interval(exposure_s=5, every_s=60, name="usual")


def plans(*programs: AnyProgram, until: datetime, condition: str = 'weekly("20:00-04:00")') -> list[Plan]:
    """One plan after the other, as the engine asks for them."""
    body = bodies.find("", "Nikon D3s")
    assert body is not None
    night = Night(Site(46.5, 8.0, 500), parse_condition(condition), timedelta(minutes=1))
    planner = Planner(lambda: night, programs, timedelta(seconds=20), 1.0, meaning_of)
    found, after = list[Plan](), FRIDAY
    while after < until:
        try:
            found.append(planner(after, body))
        except NoNight:
            break
        after = found[-1].span.end
    return [plan for plan in found if plan.span.start < until]


def told(found: list[Plan]) -> list[str]:
    return [f"{plan.program} {plan.span.start:%a %H:%M}-{plan.span.end:%H:%M}" for plan in found]


def test_an_hour_of_every_friday_is_cut_out_of_the_night() -> None:
    special = StarTrail(exposure_s=30, name="friday", when=When(cron="0 22 * * 5", minutes=60))
    assert told(plans(USUAL, special, until=FRIDAY + 24 * HOUR)) == [
        "usual Fri 20:00-21:59",
        "friday Fri 22:00-22:59",
        "usual Fri 23:00-03:59",
    ]


def test_alone_it_is_shot_then_and_never_else() -> None:
    special = StarTrail(exposure_s=30, name="friday", when=When(cron="0 22 * * 5", minutes=60))
    found = plans(special, until=FRIDAY + timedelta(days=15))
    assert told(found) == ["friday Fri 22:00-22:59"] * 3


def test_a_condition_that_holds_for_too_short_leaves_the_night_to_the_others() -> None:
    long = When(condition='weekly("21:00-21:30") | weekly("23:00-23:10")', min_length_s=1200)
    found = plans(USUAL, Interval(exposure_s=1, every_s=10, name="dark", when=long), until=FRIDAY + 24 * HOUR)
    assert [one.partition(" ")[0] for one in told(found)] == ["usual", "dark", "usual"]
    assert found[2].span.duration > 6 * HOUR


def test_of_two_that_want_the_same_time_the_first_has_it() -> None:
    first = Interval(exposure_s=1, every_s=60, name="first", when=When(cron="0 22 * * *", minutes=60))
    second = Interval(exposure_s=1, every_s=60, name="second", when=When(cron="30 22 * * *", minutes=60))
    assert told(plans(first, second, until=FRIDAY + 24 * HOUR)) == ["first Fri 22:00-22:59", "second Fri 23:00-23:29"]


def test_programs_of_one_when_share_their_windows() -> None:
    when = When(cron="0 22 * * 5", minutes=60)
    one = Interval(exposure_s=1, every_s=60, shots=5, name="one", when=when)
    other = StarTrail(exposure_s=30, name="other", when=when)
    (plan,) = plans(one, other, until=FRIDAY + 24 * HOUR)
    assert plan.program == "one+other"


def test_what_a_person_arms_is_shot_whenever_it_is_night() -> None:
    body = bodies.find("", "Nikon D3s")
    assert body is not None
    night = Night(Site(46.5, 8.0, 500), parse_condition('weekly("20:00-04:00")'), timedelta(minutes=1))
    special = USUAL.revised({"when": When(cron="0 22 1 1 *", minutes=60)})
    plan = Planner(lambda: night, (StarTrail(),), timedelta(seconds=20), 1.0, meaning_of)(FRIDAY, body, special)
    assert f"{plan.span.start:%H:%M}" == "20:00"


def test_a_part_or_a_fallback_has_no_when_of_its_own() -> None:
    special = USUAL.revised({"when": When(cron="0 22 * * 5", minutes=60)})
    nonsense: list[dict[str, object]] = [{"fallback": special}, {"when": {"cron": "0 22 * * 5"}}, {"when": {"minutes": 60}}]
    for wrong in nonsense:
        with pytest.raises(ValidationError):
            StarTrail.model_validate(wrong)
    with pytest.raises(ValidationError, match="belongs to the program as a whole"):
        Sequence(parts=(USUAL, special))


SPANS = st.lists(st.tuples(st.integers(0, 100), st.integers(1, 40)), max_size=6)


@given(SPANS, st.integers(1, 100), st.integers(0, 10))
def test_what_is_left_and_what_is_taken_never_overlap_and_fill_the_window(
    spans: list[tuple[int, int]], length: int, least: int
) -> None:
    minute = timedelta(minutes=1)
    window = Window(FRIDAY, FRIDAY + length * minute)
    taken = [Window(FRIDAY + at * minute, FRIDAY + (at + long) * minute) for at, long in spans]
    pieces = list(without(window, taken, least * minute))
    inside = {at for at in range(length) if not any(at0 <= at < at0 + long for at0, long in spans)}
    left = {at for at in range(length) if any(one.start <= FRIDAY + at * minute < one.end for one in pieces)}
    assert left <= inside
    assert all(piece.duration >= max(least, 1) * minute for piece in pieces)
    assert least > 1 or left == inside
