"""The clock, the elements, the next window and the room for it."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from nightside.clock import VirtualClock
from nightside.engine.trust import REHEARSED, ClockTrust, Trust
from nightside.errors import ElementsMissing, NoNight
from nightside.plan.planner import Night
from nightside.plan.values import Plan
from nightside.service.findings.night import NextNight, room
from nightside.service.findings.timekeeping import trusted
from nightside.service.findings.values import Severity
from nightside.sky.conditions import parse_condition
from nightside.sky.elements import load_elements
from nightside.sky.vantage import Spacecraft
from tests.orbit import ISS_FILE

GOOD, NOTE, DOUBT, BAD = Severity
ELEMENTS = load_elements(ISS_FILE)


def night() -> Night:
    return Night(Spacecraft(ELEMENTS), parse_condition("umbra"), timedelta(minutes=1))


def looked(clock: VirtualClock, plan: Plan, spool: Path) -> dict[str, Severity]:
    tonight = NextNight(clock.utc, night, lambda _: plan, spool, 0)
    found = tonight.look()
    assert tonight.plan is plan
    return {finding.name: finding.severity for finding in found}


def test_a_good_night_is_said_to_be(clock: VirtualClock, plan: Plan, tmp_path: Path) -> None:
    assert looked(clock, plan, tmp_path / "spool") == {"elements": GOOD, "next-night": GOOD, "room": GOOD}


@pytest.mark.parametrize(("days", "severity"), [(1, GOOD), (5, DOUBT), (20, BAD)])
def test_the_age_of_elements_is_told_with_what_it_costs(plan: Plan, tmp_path: Path, days: int, severity: Severity) -> None:
    clock = VirtualClock(ELEMENTS.epoch + timedelta(days=days))
    found = {one.name: one for one in NextNight(clock.utc, night, lambda _: plan, tmp_path, 0).look()}
    assert found["elements"].severity is severity
    assert f"{days}.0 days old" in found["elements"].what
    assert "±" in found["elements"].what


def test_what_the_plan_warns_of_is_passed_on(clock: VirtualClock, plan: Plan, tmp_path: Path) -> None:
    assert looked(clock, plan.model_copy(update={"warnings": ("Bright.",)}), tmp_path)["next-night-1"] is NOTE


def test_a_night_that_does_not_come_is_bad_and_leaves_no_plan(clock: VirtualClock, tmp_path: Path) -> None:
    def planned(_: datetime) -> Plan:
        raise NoNight("There is none.")

    tonight = NextNight(clock.utc, night, planned, tmp_path, 0)
    assert [(one.name, one.severity) for one in tonight.look()] == [("elements", GOOD), ("next-night", BAD)]
    assert tonight.plan is None


def test_elements_that_are_missing_are_the_only_finding(clock: VirtualClock, plan: Plan, tmp_path: Path) -> None:
    def missing() -> Night:
        raise ElementsMissing("There are none.")

    assert [(one.name, one.severity) for one in NextNight(clock.utc, missing, lambda _: plan, tmp_path, 0).look()] == [
        ("elements", BAD)
    ]


def test_room_is_forecast_for_the_windows_of_a_day(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    window = plan.expected_bytes
    for free, windows, severity in ((16, 16, GOOD), (15, 16, DOUBT), (1, 2, DOUBT), (0, 1, BAD)):

        def free_bytes(_: Path, windows: int = free) -> int:
            return windows * window + 1

        monkeypatch.setattr("nightside.service.findings.night.free_bytes", free_bytes)
        found = room(tmp_path / "not" / "made" / "yet", plan, windows)
        assert found.severity is severity
    assert room(tmp_path, plan, 1, floor=10**18).severity is BAD


@pytest.mark.parametrize(
    ("trust", "matters", "severity"),
    [
        (REHEARSED, True, GOOD),
        (ClockTrust(Trust.NTP, 0.002, "chrony"), True, GOOD),
        (ClockTrust(Trust.RTC, None, "rtc"), True, BAD),
        (ClockTrust(Trust.RTC, None, "rtc"), False, DOUBT),
        (ClockTrust(Trust.NONE, None, "none"), False, DOUBT),
    ],
)
def test_a_clock_that_nobody_keeps_spoils_an_orbits_night_only(trust: ClockTrust, matters: bool, severity: Severity) -> None:
    found = trusted(lambda: trust, matters=matters)
    assert (found.severity, bool(found.remedy)) == (severity, severity is not GOOD)
