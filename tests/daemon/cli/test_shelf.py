"""The commands on their shelf: all of them are there, and each is loaded alone."""

import re
import subprocess
import sys

import pytest

from nightside.cli.shelf import SHELF
from tests.daemon.cli.conftest import Nightside

MODULES = {place.partition(":")[0] for place in SHELF.values()}
SHARED = {"demo": {"rehearse"}}
"""A command that is made of another."""


def loaded_by(*words: str) -> set[str]:
    """Modules of commands that a whole command loads."""
    code = """
import sys
from nightside.cli import main
sys.argv[0] = "nightside"
try:
    main()
finally:
    print("loaded:", *(name.removeprefix("nightside.cli.") for name in sys.modules if name.startswith("nightside.cli.")))
"""
    said = subprocess.run((sys.executable, "-c", code, *words), capture_output=True, text=True, check=True).stdout
    return set(said.rpartition("loaded:")[2].split()) & MODULES


@pytest.mark.parametrize("name", ["run", "demo", "ledger", "let-go"])
def test_a_command_loads_no_other(name: str) -> None:
    module = SHELF[name].partition(":")[0]
    assert loaded_by(name, "--help") == {module} | SHARED.get(name, set())


def test_help_names_every_command_in_the_order_of_the_shelf_each_with_its_own_words(nightside: Nightside) -> None:
    said = nightside("--help")
    assert said.code == 0
    rows = [found for line in said.out.splitlines() if (found := re.match(r"│ ([a-z-]+) +(\w.*)", line))]
    assert [row[1] for row in rows] == list(SHELF)
    assert len({row[2] for row in rows}) == len(SHELF)


@pytest.mark.parametrize("name", sorted(set(SHELF) - {"twin"}))
def test_every_command_on_the_shelf_is_there_and_says_how_it_is_called(nightside: Nightside, name: str) -> None:
    said = nightside(name, "--help")
    assert said.code == 0
    assert f"nightside {name}" in said.out


def test_a_name_that_is_nearly_a_commands_is_answered_with_it(nightside: Nightside) -> None:
    said = nightside("windws")
    assert said.code == 2
    assert "windows" in said.err
