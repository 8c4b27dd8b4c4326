"""`nightside doctor`: will tonight work?"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from nightside.cli.options import DEFAULT_CONFIG, Config, Json
from nightside.cli.output import console, print_json
from nightside.clock import Clock
from nightside.errors import NightsideError
from nightside.storage.sinks.hosted import HostedSink

if TYPE_CHECKING:
    from nightside.ledger.place import Place
    from nightside.settings import Settings

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    good: bool
    says: str
    remedy: str = ""


Presses = Annotated[
    int,
    typer.Option("--release", min=0, max=100, help="Press the wired release so often, and measure its latency.", metavar="N"),
]


Record = Annotated[
    Path | None, typer.Option("--record", help="Record the body in this file, without its serial number.", metavar="FILE")
]


def doctor(config: Config = DEFAULT_CONFIG, release: Presses = 0, record: Record = None, as_json: Json = False) -> None:
    """Check the configuration, the elements, the next window, the folders, the ledger and the body, and say what to mend."""
    findings = _examine(config, release, record)
    if as_json:
        print_json({"findings": findings, "good": all(finding.good for finding in findings)})
    else:
        for finding in findings:
            mark = "[green]good[/]" if finding.good else "[bold red]bad [/]"
            console.print(f"{mark}  {finding.subject:<10} {finding.says}", soft_wrap=True)
            if finding.remedy:
                console.print(f"                 {finding.remedy}", soft_wrap=True)
    if not all(finding.good for finding in findings):
        raise typer.Exit(1)


def _examine(config: Config, presses: int, record: Path | None) -> list[Finding]:
    from nightside import settings as configuration
    from nightside.building import build_clock

    findings: list[Finding] = []
    settings = _look(findings, "config", lambda: configuration.load(config), lambda _: f"{config} is understood.")
    if settings is None:
        return findings
    clock = build_clock(settings)
    from nightside.building import build_planner, build_sinks, known_body
    from nightside.storage.writing import check_folder

    plan = _look(
        findings,
        "next night",
        lambda: build_planner(settings, clock)(clock.utc(), known_body(settings)),
        lambda plan: f"{len(plan.shots)} shots from {plan.span.start:%Y-%m-%d %H:%M:%S} UTC.",
    )
    _look(findings, "clock", partial(_check_clock, settings, clock), str)
    spool = settings.path(settings.storage.spool)
    _look(findings, "folder", partial(check_folder, spool), partial(_can_be_written, spool))
    for sink in build_sinks(settings):
        _look(findings, "sink", partial(asyncio.run, _check_sink(sink)), "The sink {} can be used.".format)
    _look(findings, "ledger", partial(_check_ledger, settings.ledger_place, clock), str)
    from nightside.cli.meet import meet

    meeting = _look(
        findings, "body", lambda: asyncio.run(meet(settings, clock, plan, presses, record)), lambda found: found.about
    )
    if meeting is not None:
        findings.extend(Finding(line.subject, line.good, line.says, line.remedy) for line in meeting.lines)
    return findings


def _check_clock(settings: "Settings", clock: Clock) -> str:
    """How far the clock can be trusted; refused where what is to be shot needs a better one."""
    from nightside.building import clock_matters
    from nightside.engine.trust import require
    from nightside.service.timekeeping import clock_trust

    trust = clock_trust(clock)()
    if clock_matters(settings):
        require(trust, confirmed=False)
    return str(trust)


def _check_ledger(place: "Place", clock: Clock) -> str:
    """Look at a ledger without making one."""
    from nightside.errors import LedgerMissing
    from nightside.ledger.opening import read_ledger, require_whole
    from nightside.storage.writing import check_folder

    try:
        ledger = read_ledger(place, clock)
        if isinstance(place, Path):
            require_whole(place)
    except LedgerMissing:
        if isinstance(place, Path):
            check_folder(place.parent)
        return f"{place} will be made by the first run."
    windows, rebuilt = len(ledger.windows()), ledger.rebuilt_at()
    ledger.close()
    again = "" if rebuilt is None else f" It was made anew at {rebuilt:%Y-%m-%d %H:%M} UTC, since the one before was damaged."
    return f"{place} is sound, and knows {windows} windows.{again}"


async def _check_sink(sink: HostedSink) -> str:
    try:
        await sink.check()
    finally:
        await sink.close()
    return sink.name


def _can_be_written(folder: Path, _: None) -> str:
    return f"{folder} can be written."


def _look(findings: list[Finding], subject: str, act: Callable[[], T], says: Callable[[T], str]) -> T | None:
    try:
        found = act()
    except NightsideError as error:
        findings.append(
            Finding(subject, good=False, says=error.what, remedy=" ".join(filter(None, (error.means, error.remedy))))
        )
        return None
    findings.append(Finding(subject, good=True, says=says(found)))
    return found
