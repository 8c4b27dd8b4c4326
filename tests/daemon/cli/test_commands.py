"""Every command, by what its own parser says of it: its help teaches, it answers programs, and it points at what was meant."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from nightside.cli import app
from nightside.cli.leaves import leaves
from nightside.cli.shelf import SHELF
from nightside.service.http.application import unguarded
from nightside_drivers.twin.command import _parser
from tests.daemon.cli.conftest import Nightside

ROOT = Path(__file__).parents[3]
NO_JSON = {
    "run": "its log is JSON, a line an event, where it is not a terminal",
    "demo": "it is there to be watched; `rehearse` is the same for programs",
    "twin": "what it says first is JSON: where it listens",
}
"""Commands that have no --json, and why."""
BY_API = {
    "windows": "/api/v1/nights",
    "passes": "/api/v1/passes",
    "plan": "/api/v1/plan",
    "recipes": "/api/v1/recipes",
    "status": "/api/v1/status",
    "tell": "/api/v1/commands",
    "armed": "/api/v1/armed",
    "arm": "/api/v1/armed",
    "disarm": "/api/v1/armed",
    "reload": "/api/v1/reload",
    "agenda": "/api/v1/agenda",
    "frames": "/api/v1/windows/{window_id}",
    "verify": "/api/v1/verification",
    "doctor": "/api/v1/findings",
    "focus": "/api/v1/bodies/{serial}/stream",
    "import": "/api/v1/import",
}
"""Where a program finds what a command does."""
NOT_BY_API = {
    "run": "it is the daemon",
    "demo": "it is a station of its own",
    "rehearse": "it is a station of its own, beside the one that is to shoot tonight",
    "twin": "it is a camera",
    "install": "it needs root, and comes before there is a daemon",
    "uninstall": "it needs root, and ends the daemon",
    "let-go": "it is for when no daemon runs",
    "ledger backup": "the daemon keeps a copy itself (ledger-copy on the agenda); another place would be a client's path",
    "ledger rebuild": "no daemon may work with the ledger meanwhile",
    "token new": "whoever has a token must not make others",
    "token list": "whoever has a token must not make others",
    "token revoke": "whoever has a token must not revoke others",
}
"""What only a person at the computer does, and why."""
QUOTED = re.compile(r"`nightside ([a-z][a-z-]*[^`]*)`")


def commands() -> Iterator[tuple[str, Any]]:
    """Every command that does something, with its parser, by what is typed."""
    group: Any = get_command(app)
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        if inner is None:
            yield name, command
        else:
            yield from ((f"{name} {word}", one) for word, one in inner.items())


def options(name: str, command: Any) -> set[str]:
    """Long options, as they are typed."""
    if name == "twin":
        return {option for action in _parser()._actions for option in action.option_strings} - {"-h"}
    spelt = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
    return {option for option in spelt if option.startswith("--")} | {"--help"}


COMMANDS = dict(commands())


def test_the_parser_knows_the_commands_of_the_shelf() -> None:
    assert {name.split()[0] for name in COMMANDS} == set(SHELF)


@pytest.mark.parametrize("name", COMMANDS)
def test_its_help_shows_it_as_it_is_typed_and_says_how_it_ends(nightside: Nightside, name: str) -> None:
    said = nightside(*name.split(), "--help")
    shown = " ".join(said.out.replace("│", " ").split())
    assert said.code == 0
    assert shown.count(f"nightside {name} ") >= 2  # how it is used, and an example
    assert "docs/reference/exit-codes.md" in shown
    assert "--help" in shown


def test_every_way_to_end_is_documented() -> None:
    page = (ROOT / "docs" / "reference" / "exit-codes.md").read_text("utf-8")
    assert {leaf.exit_code for leaf in leaves()} <= {int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)}


@pytest.mark.parametrize("name", COMMANDS)
def test_it_answers_programs_or_there_is_a_reason_why_not(name: str) -> None:
    assert ("--json" in options(name, COMMANDS[name])) != (name in NO_JSON)


def test_what_a_command_does_a_program_finds_in_the_api_or_there_is_a_reason_why_not() -> None:
    assert BY_API.keys() | NOT_BY_API.keys() == COMMANDS.keys()
    assert not BY_API.keys() & NOT_BY_API.keys()
    assert set(BY_API.values()) <= unguarded().openapi()["paths"].keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_misspelt_option_is_answered_with_the_right_one(nightside: Nightside, name: str) -> None:
    known = options(name, COMMANDS[name])
    meant = max(sorted(known), key=len)
    misspelt = meant[:-2] + meant[-1] + meant[-2]  # its last letters changed places
    said = nightside(*name.split(), misspelt)
    assert said.code == 2
    told = " ".join(said.err.replace("│", " ").split())
    assert re.search(rf"(Did you mean|Possible options:).*{meant}", told), told
    assert "Traceback" not in said.err


def quoted() -> Iterator[tuple[str, str]]:
    """Commands as remedies, messages and alerts name them, with where they do."""
    for folder in ("daemon", "drivers"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            text = re.sub(r'"\s*\n\s*f?"', "", file.read_text("utf-8"))  # a sentence over several lines
            yield from ((file.name, found) for found in QUOTED.findall(text))
    alerts = (ROOT / "config" / "prometheus-alerts.yml").read_text("utf-8")
    yield from (("prometheus-alerts.yml", found) for found in re.findall(r"nightside ([a-z]+[^.,\n]*)", alerts))


def test_what_people_are_told_to_type_is_there_with_its_options() -> None:
    wrong: list[str] = []
    seen = 0
    for where, words in quoted():
        name = next((name for name in sorted(COMMANDS, key=len, reverse=True) if f"{words} ".startswith(f"{name} ")), None)
        if name is None:
            if words.split()[0] not in {one.split()[0] for one in COMMANDS}:
                wrong.append(f"{where}: nightside {words}")
            continue
        seen += 1
        strange = {word.partition("=")[0] for word in words.split() if word.startswith("--")} - options(name, COMMANDS[name])
        wrong += [f"{where}: nightside {words}"] if strange else []
    assert seen > 50
    assert not wrong
