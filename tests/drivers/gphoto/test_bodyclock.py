"""What libgphoto2 makes of a body's clock, and what must be told it: its own conversions, in any zone."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from nightside_drivers.gphoto.bodyclock import at_the_turn, to_tell, told

NOON = datetime(2026, 11, 20, 12, 0, 7, tzinfo=UTC)


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Kolkata"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("widget", ["datetime", "datetimeutc"])
def test_what_is_told_is_what_is_read_back(zone: str, widget: str) -> None:
    assert told(widget, to_tell(widget, NOON)) == NOON


def test_libgphoto2_writes_the_hour_of_utc_into_the_body_in_any_zone(zone: str) -> None:
    """_put_STR_as_time and _put_UINT32_as_localtime put what localtime() makes of the number."""
    assert time.localtime(to_tell("datetime", NOON))[:6] == (2026, 11, 20, 12, 0, 7)


def test_a_body_that_keeps_utc_by_itself_is_told_seconds_since_1970(zone: str) -> None:
    assert to_tell("datetimeutc", NOON) == int(NOON.timestamp())


def test_the_time_is_told_in_the_instant_in_which_its_second_begins() -> None:
    heard: list[tuple[datetime, float]] = []
    at_the_turn(lambda utc: heard.append((utc, datetime.now(UTC).timestamp() - utc.timestamp())))  # noqa: TID251 — the referee
    ((utc, late_s),) = heard
    assert utc.microsecond == 0
    assert late_s + 0.001 >= 0
