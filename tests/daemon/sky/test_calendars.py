"""People's hours: weekly ones and duty plans, through clock changes, exceptions and hostile files."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from nightside.errors import ConditionRefused
from nightside.sky.almanac import Almanac
from nightside.sky.conditions import During, Names, parse_condition
from nightside.sky.conditions.calendars import weekly as weekly_hours
from nightside.sky.files import load_duty
from nightside.sky.instants import seconds
from nightside.sky.vantage import Site, Spacecraft
from nightside.sky.window import Window
from nightside.sky.windows import find_windows
from tests.daemon.sky.reference import iss, utc

ZURICH = Site(47.37, 8.54, 408.0)


def edges(windows: tuple[Window, ...]) -> list[tuple[str, str]]:
    return [(f"{window.start:%d %H:%M}", f"{window.end:%d %H:%M}") for window in windows]


def weekly(hours: str, zone: str, start: str, days: float) -> list[tuple[str, str]]:
    condition = parse_condition(f'weekly("{hours}", "{zone}")')
    return edges(find_windows(condition, ZURICH, utc(start), utc(start) + timedelta(days=days)))


def test_hours_that_end_before_they_start_end_on_the_next_day() -> None:
    assert weekly("Fri 22:00-06:00", "UTC", "2018-07-05T00:00", 4) == [("06 22:00", "07 06:00")]


def test_days_may_be_ranges_and_lists_and_wrap_around_the_week() -> None:
    found = weekly("Sat-Mon,Wed 10:00-11:00", "UTC", "2018-07-02T00:00", 7)

    assert [start for start, _ in found] == ["02 10:00", "04 10:00", "07 10:00", "08 10:00"]


def test_without_days_every_day_counts_and_24_00_is_midnight() -> None:
    assert weekly("22:00-24:00", "UTC", "2018-07-02T00:00", 2) == [("02 22:00", "03 00:00"), ("03 22:00", "04 00:00")]


def test_adjoining_hours_are_one_window() -> None:
    assert weekly("Mon 10:00-12:00; Mon 12:00-13:00; Mon 11:00-12:30", "UTC", "2018-07-02T00:00", 1) == [
        ("02 10:00", "02 13:00")
    ]


def test_local_hours_move_with_the_clocks() -> None:
    spring = weekly("22:00-06:00", "Europe/Zurich", "2018-03-23T12:00", 3)
    autumn = weekly("22:00-06:00", "Europe/Zurich", "2018-10-26T12:00", 3)

    assert spring == [("23 21:00", "24 05:00"), ("24 21:00", "25 04:00"), ("25 20:00", "26 04:00")]
    assert autumn == [("26 20:00", "27 04:00"), ("27 20:00", "28 05:00"), ("28 21:00", "29 05:00")]


DUTY = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//Crew//EN
BEGIN:VTIMEZONE
TZID:Ship
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0300
TZOFFSETTO:+0300
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:work
SUMMARY:Duty\\, lab
DTSTART;TZID=Europe/Zurich:20180319T080000
DTEND;TZID=Europe/Zurich:20180319T180000
RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA
EXDATE;TZID=Europe/Zurich:20180322T080000
END:VEVENT
BEGIN:VEVENT
UID:work
RECURRENCE-ID;TZID=Europe/Zurich:20180323T080000
SUMMARY:Duty\\, late
DTSTART;TZID=Europe/Zurich:20180323T120000
DTEND;TZID=Europe/Zurich:20180323T140000
END:VEVENT
BEGIN:VEVENT
UID:sleep
SUMMARY:Asleep
DTSTART;TZID=Ship:20180324T010000
DURATION:PT7H
END:VEVENT
BEGIN:VEVENT
UID:float
SUMMARY:Floating
DTSTART:20180401T100000
DTEND:20180401T110000
END:VEVENT
BEGIN:VEVENT
UID:holiday
SUMMARY:Holiday
DTSTART;VALUE=DATE:20180402
END:VEVENT
BEGIN:VEVENT
UID:off
SUMMARY:Duty\\, cancelled
STATUS:CANCELLED
DTSTART:20180403T100000Z
DTEND:20180403T110000Z
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def crew(tmp_path: Path) -> Names:
    path = tmp_path / "crew.ics"
    path.write_text(DUTY.replace("\n", "\r\n"))
    return Names(calendars={"crew": load_duty(path, ZoneInfo("Europe/Zurich"))})


def during(crew: Names, text: str, start: str, days: float) -> list[tuple[str, str]]:
    return edges(find_windows(parse_condition(text, crew), ZURICH, utc(start), utc(start) + timedelta(days=days)))


def test_a_duty_plan_repeats_with_its_exceptions_and_moves_with_the_clocks(crew: Names) -> None:
    assert during(crew, "calendar(crew, duty)", "2018-03-20T00:00", 7) == [
        ("20 07:00", "20 17:00"),
        ("21 07:00", "21 17:00"),
        ("23 11:00", "23 13:00"),
        ("24 07:00", "24 17:00"),
        ("26 06:00", "26 16:00"),
    ]


def test_off_duty_is_the_rest(crew: Names) -> None:
    assert during(crew, "~calendar(crew, duty)", "2018-03-21T00:00", 1) == [("21 00:00", "21 07:00"), ("21 17:00", "22 00:00")]


def test_a_calendar_s_own_zone_is_used(crew: Names) -> None:
    assert during(crew, "calendar(crew, asleep)", "2018-03-20T00:00", 7) == [("23 22:00", "24 05:00")]


def test_times_without_a_zone_and_whole_days_are_local(crew: Names) -> None:
    assert during(crew, "calendar(crew, floating)", "2018-03-30T00:00", 7) == [("01 08:00", "01 09:00")]
    assert during(crew, "calendar(crew, holiday)", "2018-03-30T00:00", 7) == [("01 22:00", "02 22:00")]


def test_what_is_cancelled_does_not_count(crew: Names) -> None:
    assert not during(crew, "calendar(crew, cancelled)", "2018-04-01T00:00", 7)


def test_duty_and_shadow_combine(crew: Names) -> None:
    names, start = crew, utc("2018-07-04T00:00")
    free = find_windows(parse_condition("umbra & ~calendar(crew)", names), Spacecraft(iss()), start, start + timedelta(days=1))
    all_day = find_windows(parse_condition("umbra"), Spacecraft(iss()), start, start + timedelta(days=1))

    assert 0 < len(free) < len(all_day)
    assert all(not 6 < window.start.hour + window.start.minute / 60 < 15.4 for window in free)


def test_the_margin_changes_sign_with_the_window(crew: Names) -> None:
    almanac = Almanac(ZURICH, seconds(utc("2018-03-20T00:00")), seconds(utc("2018-03-27T00:00")))
    condition = parse_condition("calendar(crew)", crew)
    instants = np.linspace(almanac.start + 1, almanac.end - 1, 5001)

    assert np.array_equal(condition.margin(almanac, instants) > 0.0, condition.spans(almanac).holds(instants))


def event(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:1", *lines, "END:VEVENT", "END:VCALENDAR", ""])


HOSTILE = [
    ("empty", "", "cannot be read"),
    ("text", "hello", "cannot be read"),
    ("not closed", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n", "cannot be read"),
    ("no start", event("SUMMARY:x"), "cannot be read"),
    ("bad start", event("DTSTART:yesterday"), "cannot be read"),
    ("every second", event("DTSTART:20180101T000000Z", "RRULE:FREQ=SECONDLY"), "repeats within the hour"),
    (
        "every second of some hours",
        event("DTSTART:20180101T000000Z", "RRULE:FREQ=DAILY;BYHOUR=1,2;BYMINUTE=0,1;BYSECOND=0,1,2"),
        "repeats within the hour",
    ),
    ("every minute", event("DTSTART:20180101T000000Z", "RRULE:FREQ=YEARLY;BYMINUTE=0,1,2"), "repeats within the hour"),
    ("unknown zone", event("DTSTART;TZID=Mars/Olympus:20180101T000000"), "in the time zone 'Mars/Olympus', which is not known"),
    (
        "unknown zone of an exception",
        event("DTSTART:20180101T000000Z", "RRULE:FREQ=DAILY", "EXDATE;TZID=Mars/Olympus:20180102T000000"),
        "which is not known",
    ),
    ("long ago", event("DTSTART:00010101T000000Z", "RRULE:FREQ=DAILY"), "repeats since 1"),
    ("backwards", event("DTSTART:20180102T000000Z", "DTEND:20180101T000000Z"), "cannot be read"),
    ("endless zone", event(f"DTSTART;TZID={'x' * 500}:20180101T000000"), "cannot be read"),
    ("zone that is a folder", event("DTSTART;TZID=Europe:20180101T000000"), "cannot be read"),
    ("bad rule", event("DTSTART:20180102T000000Z", "RRULE:FREQ=NEVER"), "cannot be read"),
]


@pytest.mark.parametrize(("text", "says"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_hostile_calendars_get_a_sentence(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "hostile.ics"
    path.write_text(text)

    with pytest.raises(ConditionRefused, match=says):
        load_duty(path)


def test_a_plan_with_too_many_events_in_a_range_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nightside.sky.conditions.duty.MOST_EVENTS", 100)
    path = tmp_path / "busy.ics"
    path.write_text(event("DTSTART:20180101T000000Z", "DURATION:PT5M", "RRULE:FREQ=HOURLY"))
    busy = Names(calendars={"busy": load_duty(path)})

    for text in ("calendar(busy)", "calendar(busy, nothing)"):
        with pytest.raises(ConditionRefused, match="more than 100 events"):
            find_windows(parse_condition(text, busy), ZURICH, utc("2018-01-01"), utc("2018-02-01"))


def test_events_one_by_one_are_counted_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nightside.sky.conditions.duty.MOST_EVENTS", 20)
    path = tmp_path / "busy.ics"
    dates = ",".join(f"201801{day:02}T000000Z" for day in range(2, 30))
    path.write_text(event("DTSTART:20180101T000000Z", "DURATION:PT5M", f"RDATE:{dates}"))
    busy = Names(calendars={"busy": load_duty(path)})

    with pytest.raises(ConditionRefused, match="more than 20 events"):
        find_windows(parse_condition("calendar(busy)", busy), ZURICH, utc("2018-01-01"), utc("2018-02-01"))


@pytest.mark.parametrize(
    "rule", ["FREQ=HOURLY;COUNT=5", "FREQ=HOURLY;UNTIL=20171231T000000Z", "FREQ=YEARLY", "FREQ=MONTHLY;BYMONTHDAY=1"]
)
def test_series_that_are_few_in_a_range_are_not_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: str) -> None:
    monkeypatch.setattr("nightside.sky.conditions.duty.MOST_EVENTS", 50)
    path = tmp_path / "calm.ics"
    path.write_text(event("DTSTART:20170101T000000Z", "DURATION:PT5M", f"RRULE:{rule}"))
    calm = Names(calendars={"calm": load_duty(path)})

    assert len(find_windows(parse_condition("calendar(calm)", calm), ZURICH, utc("2018-01-02"), utc("2018-02-05"))) < 3


def test_the_name_of_a_calendar_may_hold_a_quote() -> None:
    one, other = weekly_hours("10:00-11:00", "UTC"), weekly_hours("12:00-13:00", "UTC")
    names = Names(calendars={"crew'": one, "crew": other})

    condition = parse_condition('calendar("crew\'")', names)

    assert isinstance(condition, During)
    assert condition.calendar is one
    assert parse_condition(str(condition), names) == condition


@pytest.mark.parametrize("name", ["And", "OR", "Not", "Umbra", "SUN"])
def test_a_word_of_the_syntax_is_no_name_in_any_case(name: str) -> None:
    with pytest.raises(ConditionRefused, match="No condition can be called"):
        Names({name: parse_condition("always")})


def test_a_naive_range_is_refused() -> None:
    naive = datetime.fromisoformat("2018-01-01T00:00")
    with pytest.raises(Exception, match="has no time zone"):
        find_windows(parse_condition("always"), ZURICH, naive, naive)
