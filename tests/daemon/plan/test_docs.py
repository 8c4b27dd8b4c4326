"""The programs in the documents are programs."""

import re
import textwrap
from pathlib import Path

import pytest

from nightside.plan.reading import read_program

DOCS = Path(__file__).parents[3] / "docs"
PAGES = ("how-to/plan-a-night.md", "reference/programs.md")


def blocks() -> list[str]:
    texts = [(DOCS / page).read_text("utf-8") for page in PAGES]
    indented = [block for text in texts for block in re.findall(r"(?:^(?: {4}.*)?\n)+", text, flags=re.MULTILINE)]
    return [dedented for block in indented if (dedented := textwrap.dedent(block).strip()).startswith("kind =")]


@pytest.mark.parametrize("text", blocks(), ids=range(len(blocks())))
def test_an_example_is_a_program(text: str) -> None:
    assert read_program(text, "the example").called


def test_there_are_examples() -> None:
    assert len(blocks()) >= 3
