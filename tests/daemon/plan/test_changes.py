"""What changed between two plans for the same night."""

import json
from datetime import timedelta

import pytest

from nightside.errors import ProgramRefused
from nightside.plan.changes import changes, read_saved
from nightside.plan.lay import lay
from nightside.plan.values import Plan
from nightside.sky.window import Window
from tests.daemon.plan.scenes import START, d3s, toml, window


def trail(night: Window, more: str = "") -> Plan:
    return lay(toml(f'kind = "star-trail"; shots = 5{more}'), night, d3s())


def test_the_same_plan_twice_has_no_changes() -> None:
    found = changes(trail(window()), trail(window()))
    assert found.changes == ()
    assert found.moved == 0


def test_newer_elements_move_the_window_and_every_shot_in_it() -> None:
    later = timedelta(seconds=12.5)
    found = changes(trail(window()), trail(Window(START + later, window().end + later, uncertainty_s=0.2)))
    assert {change.what: change.by_s for change in found.changes} == {
        "window start": pytest.approx(12.7),
        "window end": pytest.approx(12.3),
        "known to": None,
    }
    assert found.moved == 5
    assert [found.earliest_s, found.latest_s] == pytest.approx([12.7, 12.7])


def test_another_program_is_told_in_words() -> None:
    found = changes(trail(window()), trail(window(), '; iso = 1600; name = "long"'))
    told = {change.what: (change.before, change.after) for change in found.changes}
    assert told["program"] == ("star-trail", "long")
    assert told["settings"] == ("30 s usb", "30 s ISO 1600 usb")


def test_a_plan_that_was_printed_as_json_is_read_back() -> None:
    plan = trail(window())
    printed = json.dumps(plan.model_dump(mode="json") | {"id": plan.id, "expected_bytes": plan.expected_bytes})
    assert read_saved(printed, "plan.json") == plan


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"version": 9}', "[" * 5000, '"plan"'])
def test_what_is_no_plan_is_refused(text: str) -> None:
    with pytest.raises(ProgramRefused, match=r"plan\.json holds no plan"):
        read_saved(text, "plan.json")
