"""Lines of the log on a page: one line each, whatever they hold."""

from nightside.service.page.log_lines import LONGEST, written


def test_a_line_says_when_how_grave_and_what() -> None:
    line = {"event": "body-found", "level": "info", "at": "2018-07-03T19:26:05.027Z", "model": "D3S"}

    assert written(line) == "19:26:05 UTC  info     body-found  model=D3S"


def test_a_line_that_knows_nothing_is_still_a_line() -> None:
    assert written({}) == "--:--:-- UTC"


def test_what_a_camera_says_stays_on_one_line_of_bounded_length() -> None:
    shown = written({"event": "x", "why": "a\nb\r\nc\u2028d" + "e" * 1000})

    assert len(shown.splitlines()) == 1
    assert len(shown) == LONGEST
