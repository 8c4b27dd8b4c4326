"""What the documents say of conditions is what the parser knows."""

import re
from pathlib import Path

import pytest

from nightside.sky.conditions import Names, parse_condition
from nightside.sky.conditions.calendars import weekly
from nightside.sky.conditions.regions import Polygon, Region, ring_of
from nightside.sky.conditions.vocabulary import FUNCTIONS, WORDS
from nightside.sky.curves import QUANTITIES

DOCS = Path(__file__).parents[3] / "docs"
REFERENCE = (DOCS / "reference" / "sky-conditions.md").read_text()
GUIDES = [DOCS / "how-to" / "windows-from-a-station.md", DOCS / "how-to" / "windows-over-a-site.md"]


@pytest.mark.parametrize("name", sorted({*WORDS, *QUANTITIES, *FUNCTIONS}))
def test_every_name_is_in_the_reference(name: str) -> None:
    assert re.search(rf"`[^`]*\b{name}\b[^`]*`", REFERENCE)


def test_the_reference_lists_no_word_that_is_not_known() -> None:
    rows = [line.split("|")[1] for line in REFERENCE.splitlines() if line.startswith("| `")]
    names = {name for row in rows for name in re.findall(r"`(\w+)", row)}

    assert names == {*WORDS, *QUANTITIES, *FUNCTIONS, "aurora"}


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_every_condition_of_the_guides_can_be_parsed(path: Path) -> None:
    square = Region((Polygon(ring_of([(0, 0), (0, 1), (1, 0)])),))
    names = Names(calendars={"crew": weekly("08:00-18:00", "UTC")}, regions={"region": square})

    conditions = re.findall(r"--condition '([^']*)'", path.read_text())
    names = Names({"off_duty": parse_condition("always")}, names.calendars, names.regions)

    assert conditions
    assert all(str(parse_condition(condition, names)) for condition in conditions)
