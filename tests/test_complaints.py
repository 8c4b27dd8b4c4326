"""Every complaint has an answer, and every answer a test that is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "reference" / "complaints.md").read_text("utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE)))
NUMBERED = re.findall(r"^\| (\d+) \| .* \| (.+) \|$", PAGE, re.MULTILINE)
COMPLAINTS = 25
WITHOUT_A_TEST = {"23"}
"""What no test of Nightside's answers yet, and the page says so."""


def functions_in(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize(("file", "name"), NAMED, ids=[name for _, name in NAMED])
def test_a_test_that_is_named_is_there(file: str, name: str) -> None:
    assert (ROOT / file).is_file()
    assert name in functions_in(file)


def test_every_complaint_is_answered_once_and_shown_by_a_test() -> None:
    assert sorted(int(number) for number, _ in NUMBERED) == list(range(1, COMPLAINTS + 1))
    assert {number for number, shown in NUMBERED if "::test_" not in shown} == WITHOUT_A_TEST


def test_every_trap_is_shown_by_a_test() -> None:
    traps = PAGE.partition("## Traps")[2].splitlines()
    rows = [row for row in traps if row.startswith("| ") and not row.startswith("| trap") and not row.startswith("| ---")]
    assert len(rows) >= 12
    assert all("::test_" in row for row in rows)
