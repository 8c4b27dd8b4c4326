"""What a form is made of: names with units, a program of each kind to begin with, and values changed one at a time."""

import pytest

from nightside.plan.programs import PROGRAMS, Program, kind_of
from nightside.plan.reading import program_of
from nightside.service.page.field_names import field_name, unit_of
from nightside.service.page.program_form import LEFT_OUT, changed
from nightside.service.page.program_starts import STARTS


@pytest.mark.parametrize("kind", PROGRAMS, ids=kind_of)
def test_every_kind_of_program_has_one_to_begin_with(kind: type[Program]) -> None:
    assert type(program_of(STARTS[kind_of(kind)])) is kind


@pytest.mark.parametrize("kind", PROGRAMS, ids=kind_of)
def test_no_two_fields_of_a_kind_are_called_the_same_and_none_like_code(kind: type[Program]) -> None:
    names = [field_name(key) for key in kind.model_fields if key not in LEFT_OUT]
    assert len(set(names)) == len(names)
    assert not any("_" in name or name[0].islower() for name in names)


@pytest.mark.parametrize(
    ("key", "name", "unit"),
    [
        ("iso", "ISO", ""),
        ("exposure_s", "Exposure", "s"),
        ("focal_mm", "Focal length", "mm"),
        ("frames_per_s", "Frames a second", ""),
        ("total_s", "Whole length", "s"),
    ],
)
def test_a_field_says_what_it_is_and_its_unit_once(key: str, name: str, unit: str) -> None:
    assert (field_name(key), unit_of(key)) == (name, unit)


def test_one_value_inside_of_a_sequence_is_changed_and_nothing_else() -> None:
    before = program_of(STARTS["sequence"]).model_dump(mode="json")
    after = changed(before, ("parts", 1, "exposure_s"), lambda _: "12")
    assert program_of(after).exposures() != program_of(before).exposures()
    assert changed(after, ("parts", 1, "exposure_s"), lambda _: before["parts"][1]["exposure_s"]) == before
