"""The reference says everything that there is, and nothing that there is not."""

import re
from pathlib import Path

import pytest

from nightside_drivers.twin.codes import Event
from nightside_drivers.twin.command import parse
from nightside_drivers.twin.control.actions import ACTIONS
from nightside_drivers.twin.facts import BODIES, load
from nightside_drivers.twin.faults.vocabulary import PARAMETERS, Kind

DOCS = Path(__file__).parents[3] / "docs"


def first_cells(page: str, start: str = "| `") -> list[str]:
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    return [line.split("|")[1] for line in lines if line.startswith(start)]


def test_every_fault_is_in_the_reference_with_its_parameters() -> None:
    rows = [
        line for line in (DOCS / "reference/twin-faults.md").read_text(encoding="utf-8").splitlines() if line.count("|") == 4
    ]
    said = {row.split("`")[1]: set(re.findall(r"`(\w+)`", row.split("|")[3])) for row in rows if row.startswith("| `")}
    assert said == {str(kind): set(PARAMETERS[kind]) for kind in Kind}


def test_every_option_is_in_the_reference(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--help"])
    options = set(re.findall(r"^  (--[a-z-]+)", capsys.readouterr().out, re.MULTILINE))
    said = set(re.findall(r"--[a-z-]+", " ".join(first_cells("reference/twin.md"))))
    assert said == options


def test_every_request_and_every_body_is_in_the_reference() -> None:
    cells = " ".join(first_cells("reference/twin.md"))
    assert {f"{method} {path}" for method, path in ACTIONS} == set(re.findall(r"(?:GET|POST|DELETE) /[a-z-]+", cells))
    assert set(BODIES) <= set(re.findall(r"`([a-z0-9]+)`", cells))


def test_every_event_is_in_the_reference_as_told_or_as_never_told() -> None:
    page = (DOCS / "reference/twin.md").read_text(encoding="utf-8")
    told = {int(code, 16) for code in re.findall(r"0x[c4][0-9a-f]{3}", " ".join(first_cells("reference/twin.md", "| 0x")))}
    never = page[page.index("A body lists five more") :].partition("\n\n")[0]
    untold = {int(code, 16) for code in re.findall(r"\b0x(?:4|c)[0-9a-f]{3}\b", never)}
    assert told == set(Event) - {Event.CANCEL_TRANSACTION}
    for body in BODIES:
        assert set(load(body).file.events) == told | untold
