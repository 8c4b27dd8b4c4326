"""Help that teaches, and answers for programs."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.daemon.cli.conftest import Nightside

TAUGHT = "run|install|uninstall|import|let-go|ledger backup|ledger rebuild|token new|token revoke|rehearse|demo|plan|verify"


@pytest.mark.parametrize("command", TAUGHT.split("|"))
def test_the_help_of_a_command_shows_it_as_it_is_typed(nightside: Nightside, command: str) -> None:
    shown = " ".join(nightside(*command.split(), "--help").out.replace("│", " ").split())
    assert shown.count(f"nightside {command} ") >= 2  # how it is used, and an example


def test_tokens_and_what_is_let_go_are_told_to_programs_too(nightside: Nightside, config: Callable[..., Path]) -> None:
    path = config()
    made = json.loads(nightside("token", "new", "phone", "--json", "-c", path).out)
    assert (made["name"], bool(made["token"])) == ("phone", True)
    assert json.loads(nightside("token", "revoke", "phone", "--json", "-c", path).out) == {"revoked": "phone"}
    assert json.loads(nightside("let-go", "--json", "-c", path).out) == {"let_go": None}
    recipe = json.loads(nightside("recipes", "lightning", "--json").out)
    assert recipe["text"] == nightside("recipes", "lightning").out
