"""The end of the log as others see it, and how often it complained of what."""

from nightside.service.tail import KEPT, MOST_CODES, Tail


def test_errors_are_counted_by_their_code_however_long_ago_they_were_told() -> None:
    tail = Tail()
    tail.write({"event": "sink-failing", "level": "error", "code": "sink-full"})
    for number in range(KEPT):
        tail.write({"event": "body-awaited", "level": "warning", "code": "no-body", "number": number})
    assert tail.codes == {"no-body": KEPT, "sink-full": 1}
    assert all(line["event"] == "body-awaited" for line in tail.lines)


def test_what_is_no_trouble_and_what_is_no_code_is_not_counted() -> None:
    tail = Tail()
    tail.write({"event": "body-state-unknown", "level": "info", "code": "busy"})
    tail.write({"event": "requests", "level": "warning", "code": 200})
    tail.write({"event": "slow", "level": "warning"})
    assert tail.codes == {}


def test_codes_without_end_are_not_remembered_without_end() -> None:
    tail = Tail()
    for number in range(2 * MOST_CODES):
        tail.write({"level": "error", "code": f"made-up-{number}"})
    assert len(tail.codes) == MOST_CODES
