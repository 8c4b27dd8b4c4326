"""How Nightside logs."""

import io
import json
import logging

import structlog

from nightside import log
from nightside.clock import VirtualClock


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_away_from_a_terminal_each_line_is_json_stamped_by_the_daemons_clock(clock: VirtualClock) -> None:
    stream = io.StringIO()
    log.configure(clock, "info", stream)
    with structlog.contextvars.bound_contextvars(session="20180703-star-trail", window="20180703T200634Z", shot=3):
        structlog.stdlib.get_logger().info("shot-exposed", late_ms=0.4)
    assert json.loads(stream.getvalue()) == {
        "event": "shot-exposed",
        "level": "info",
        "at": "2018-07-03T20:01:34.439Z",
        "session": "20180703-star-trail",
        "window": "20180703T200634Z",
        "shot": 3,
        "late_ms": 0.4,
    }


def test_on_a_terminal_a_line_is_for_people(clock: VirtualClock) -> None:
    stream = Terminal()
    log.configure(clock, "info", stream)
    structlog.stdlib.get_logger().warning("shot-missed", why="The card was full.")
    assert "shot-missed" in stream.getvalue()
    assert not stream.getvalue().startswith("{")


def test_less_than_the_level_is_not_written(clock: VirtualClock) -> None:
    stream = io.StringIO()
    log.configure(clock, "warning", stream)
    structlog.stdlib.get_logger().info("window-planned")
    assert stream.getvalue() == ""


def test_what_a_library_warns_of_is_in_the_same_log(clock: VirtualClock) -> None:
    stream = io.StringIO()
    log.configure(clock, "info", stream)
    logging.getLogger("apscheduler.scheduler").warning("Execution of job %s skipped", "room")
    line = json.loads(stream.getvalue())
    assert (line["library"], line["why"]) == ("apscheduler.scheduler", "Execution of job room skipped")


class Full(io.StringIO):
    def write(self, _: str) -> int:
        raise OSError(28, "No space left on device")


def test_a_log_that_cannot_be_written_stops_nothing(clock: VirtualClock) -> None:
    log.configure(clock, "info", Full())
    structlog.stdlib.get_logger().error("shot-missed", why="The card was full.")
