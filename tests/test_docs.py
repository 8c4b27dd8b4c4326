"""Pages that follow from the code are what the code says."""

from importlib import util
from pathlib import Path

import pytest

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
