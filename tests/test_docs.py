"""Pages that follow from the code are what the code says."""

from importlib import util
from pathlib import Path

import pytest

from nightside.errors import (
    ConditionRefused,
    ConfigRefused,
    ElementsDamaged,
    ElementsMissing,
    NoNight,
    PlanImpossible,
    ProgramRefused,
    Refused,
    SatelliteUnknown,
)

ROOT = Path(__file__).parents[1]
_spec = util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
assert _spec is not None
assert _spec.loader is not None
generate = util.module_from_spec(_spec)
_spec.loader.exec_module(generate)


@pytest.mark.parametrize("place", generate.PAGES)
def test_a_generated_page_is_up_to_date(place: str) -> None:
    assert (ROOT / place).read_text("utf-8") == generate.PAGES[place](), "run: make docs"


def test_every_decision_is_numbered_once() -> None:
    numbers = [path.name[:4] for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md")]
    assert sorted(numbers) == [f"{number:04}" for number in range(1, len(numbers) + 1)]


def test_what_only_a_person_can_change_is_not_started_again_and_everything_else_is() -> None:
    """The end of a summer without nights comes by itself."""
    unit = dict(line.split("=", 1) for line in (ROOT / "systemd" / "nightside.service").read_text().splitlines() if "=" in line)
    assert unit["Restart"] == "on-failure"
    of_a_person = {leaf.exit_code: leaf for leaf in generate.leaves() if issubclass(leaf, Refused)}
    listed = {int(code) for code in unit["RestartPreventExitStatus"].split()} - {2}
    assert listed <= of_a_person.keys()
    assert NoNight.exit_code not in listed
    wrong = {
        ConfigRefused,
        ProgramRefused,
        ConditionRefused,
        PlanImpossible,
        SatelliteUnknown,
        ElementsMissing,
        ElementsDamaged,
    }
    assert {leaf.exit_code for leaf in wrong} <= listed
