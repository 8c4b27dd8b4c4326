"""`nightside doctor`: will tonight work?"""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from nightside.cli.options import DEFAULT_CONFIG, Config, Json
from nightside.cli.output import console, print_json
from nightside.errors import NightsideError
from nightside.service.findings.checking import Check, examine
from nightside.service.findings.values import Finding, Severity, good, refused, worst

if TYPE_CHECKING:
    from nightside.clock import Clock
    from nightside.service.findings.night import NextNight
    from nightside.settings import Settings

TOGETHER = 4
"""Checks at work at a time."""
BODY_S = 600.0
"""How long (machine time) meeting the body may take: its own deadlines are shorter, and a hundred presses take a while."""
MARKS = {
    Severity.GOOD: ("good", "green"),
    Severity.NOTE: ("note", "cyan"),
    Severity.DOUBT: ("doubt", "bold yellow"),
    Severity.BAD: ("bad", "bold red"),
}

Presses = Annotated[
    int,
    typer.Option("--release", min=0, max=100, help="Press the wired release so often, and measure its latency.", metavar="N"),
]
Record = Annotated[
    Path | None, typer.Option("--record", help="Record the body in this file, without its serial number.", metavar="FILE")
]


def doctor(config: Config = DEFAULT_CONFIG, release: Presses = 0, record: Record = None, as_json: Json = False) -> None:
    """Look at everything that could spoil the night, and say what to mend.

    Ends with 0 where all is well, 3 where the worst is a doubt, and 1 where something is bad.

    [bold]nightside doctor -c cupola.toml --release 10[/] presses the wired release ten times, too.
    """
    findings = _examined(config, release, record)
    found = worst(findings)
    if as_json:
        print_json({"worst": found, "findings": findings})
    else:
        _print(findings, found)
    if found.exit_code:
        raise typer.Exit(found.exit_code)


def _examined(config: Path, presses: int, record: Path | None) -> list[Finding]:
    from nightside.service.findings.software import machine

    here = machine()
    if not here.good:
        return [here]  # what is imported next is not to be had on such a machine
    from nightside import settings as configuration
    from nightside.building import build_clock
    from nightside.examining import before_the_night, tonight

    try:
        settings = configuration.load(config)
    except NightsideError as error:
        return [here, refused("config", error)]
    clock = build_clock(settings)
    night = tonight(settings, clock)
    checks, body = before_the_night(settings, clock, night), _body(settings, clock, night, presses, record)

    async def every() -> list[Finding]:
        return [*await examine(checks, TOGETHER), *await examine([body], 1)]  # the body is asked what the night will ask of it

    return [here, good("config", f"{config} is understood."), *asyncio.run(every())]


def _body(settings: "Settings", clock: "Clock", night: "NextNight", presses: int, record: Path | None) -> Check:
    """Opening the body, asking it everything, and letting it go."""
    from nightside.cli.meet import meet

    async def met() -> Sequence[Finding]:
        meeting = await meet(settings, clock, night.plan, presses, record)
        told = [good("body", meeting.about)]
        for line in meeting.lines:
            count = sum(finding.name.startswith(f"body-{line.subject}") for finding in told)
            name = f"body-{line.subject}" + (f"-{count + 1}" if count else "")
            told.append(Finding(name, Severity.GOOD if line.good else Severity.BAD, line.says, remedy=line.remedy))
        return told

    return Check("body", met, BODY_S)


def _print(findings: Iterable[Finding], found: Severity) -> None:
    """One screen: what must be mended last, where a person looks."""
    table = Table.grid(padding=(0, 2))
    for finding in sorted(findings, key=lambda finding: finding.severity.rank):
        mark, style = MARKS[finding.severity]
        table.add_row(Text(mark, style), finding.name, Text(" ".join(filter(None, (finding.what, finding.means)))))
        if finding.remedy:
            table.add_row("", "", Text(f"→ {finding.remedy}", style))
    console.print(table)
    says = {
        Severity.BAD: "The night will not work before that is mended.",
        Severity.DOUBT: "The night may work.",
    }.get(found, "Nothing stands in the way of the night.")
    console.print(Text(says, MARKS[found][1]))
