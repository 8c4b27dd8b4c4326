"""`nightside verify`: do the sinks still hold what they were given?"""

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from nightside.cli.completing import sink_names
from nightside.cli.options import DEFAULT_CONFIG, Config, Json
from nightside.cli.output import console, print_json, size
from nightside.storage.sinks.hosted import HostedSink

if TYPE_CHECKING:
    from nightside.settings import Settings
    from nightside.storage.verifying import Finding

SinkName = Annotated[
    str | None, typer.Argument(help="Only this sink; all of them, when not given.", metavar="[SINK]", autocompletion=sink_names)
]
Session = Annotated[str | None, typer.Option(help="Only this session, as in 20180703-star-trail.")]
Rate = Annotated[float | None, typer.Option(min=0.001, help="Read no more than so many MB/s.", metavar="MB/S")]
ByManifests = Annotated[bool, typer.Option("--manifests", help="Go by the manifests in the sink, as if there were no ledger.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on where a run that was broken off stopped.")]
Mend = Annotated[
    bool, typer.Option("--mend", help="Have the next run store again what is missing or differs. Not beside a running daemon.")
]


def verify(
    sink: SinkName = None,
    session: Session = None,
    rate: Rate = None,
    by_manifests: ByManifests = False,
    resume: Resume = False,
    mend: Mend = False,
    config: Config = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Read every copy in a sink back, and say what is missing, what differs and what nobody knows. Changes no copy.

    [bold]nightside verify disk --rate 20[/] reads one sink, at 20 MB/s.
    [bold]nightside verify --resume[/] goes on where a run was broken off.
    """
    from nightside import settings as configuration
    from nightside.building import sink_options
    from nightside.errors import ConfigRefused
    from nightside.storage.verifying import Verdict, tally

    settings = configuration.load(config)
    tables = [table for table in settings.storage.sinks if sink in {None, table.name}]
    if not tables:
        raise ConfigRefused(
            f"There is no sink {sink!r}.", remedy=f"There are: {', '.join(one.name for one in settings.storage.sinks)}."
        )
    limit: dict[str, Any] = {} if rate is None else {"rate_mb_s": rate}
    found = {
        options["name"]: asyncio.run(_verify(settings, options, session, by_manifests=by_manifests, resume=resume))
        for options in (sink_options(settings, table) | limit for table in tables)
    }
    if as_json:
        print_json({"sinks": [{"sink": name, "findings": findings} for name, findings in found.items()]})
    for name, findings in () if as_json else found.items():
        counts = ", ".join(f"{count} {verdict} ({size(total)})" for verdict, count, total in tally(findings))
        console.print(f"[bold]{name}[/] {counts}", soft_wrap=True)
        for finding in findings:
            if finding.verdict is not Verdict.GOOD:
                console.print(f"  [red]{finding.verdict:<8}[/] {escape(finding.path)}: {escape(finding.says)}", soft_wrap=True)
    if mend:
        _mend(settings, found)
    _raise_if_bad(found)


async def _verify(
    settings: "Settings", options: dict[str, Any], session: str | None, *, by_manifests: bool, resume: bool
) -> "list[Finding]":
    from nightside.storage.templates import Template
    from nightside.storage.verifying import Progress, Verdict, told_by_manifests, unlisted, verify

    sink = HostedSink(options)
    progress = Progress(settings.path(settings.storage.spool), options["name"])
    template = Template(settings.storage.names)
    try:
        await sink.check()
        names = [name async for name in sink.names()]
        told = None if by_manifests else await asyncio.to_thread(_told, settings, sink.name, session)
        within = ""
        if told is None:
            told = await told_by_manifests(sink, names)
            told = {path: sha256 for path, sha256 in told.items() if session is None or session in path.split("/")}
        elif session is not None:
            within = f"{template.root(min(told))}/" if told else f"{session}/"
        before = await asyncio.to_thread(progress.load) if resume else {}
        good = {path: finding for path, finding in before.items() if finding.verdict is Verdict.GOOD and path in told}
        await asyncio.to_thread(progress.begin, good.values())
        findings = list(good.values())
        left = {path: sha256 for path, sha256 in told.items() if path not in good}
        async for finding in verify(sink, left, [name for name in names if name not in good], within):
            await asyncio.to_thread(progress.add, finding)
            findings.append(finding)
        if not by_manifests:
            findings += [finding async for finding in unlisted(sink, told, template)]
        await asyncio.to_thread(progress.end)
        return findings
    finally:
        await sink.close()


def _told(settings: "Settings", sink: str, session: str | None) -> dict[str, str] | None:
    """What the sink should hold by the ledger; `None` where there is no ledger."""
    from nightside.clock import SystemClock
    from nightside.errors import LedgerMissing
    from nightside.ledger.opening import read_ledger
    from nightside.storage.verifying import told_by_ledger

    try:
        ledger = read_ledger(settings.ledger_place, SystemClock())
    except LedgerMissing:
        return None
    try:
        stations = ledger.stations_at(sink)
        windows = [window for window in ledger.windows(session) if stations is None or window.station in stations]
        frames = (frame for window in windows for frame in ledger.frames(window.id))
        return told_by_ledger(frames, sink)
    finally:
        ledger.close()


def _mend(settings: "Settings", found: "dict[str, list[Finding]]") -> None:
    """Strike the copies that are no copies out of the ledger: their frames are owed to the sink again.

    Raises:
        AlreadyRunning: a daemon works with the ledger.
    """
    from nightside.clock import SystemClock
    from nightside.ledger.opening import open_ledger, sole_writer
    from nightside.storage.verifying import Verdict

    lost = {
        (name, finding.path): finding.says
        for name, findings in found.items()
        for finding in findings
        if finding.verdict in {Verdict.MISSING, Verdict.DIFFERS}
    }
    with sole_writer(settings.ledger_place):
        ledger = open_ledger(settings.ledger_place, SystemClock(), settings.ledger.name)
        try:
            for frame in ledger.frames():
                for copy in frame.copies:
                    if copy in lost:
                        ledger.copy_lost(frame.id, copy[0], lost[copy])
        finally:
            ledger.close()


def _raise_if_bad(found: "dict[str, list[Finding]]") -> None:
    from nightside.storage.sinks.sink import CopiesBad
    from nightside.storage.verifying import Verdict

    bad = {
        name: sum(finding.verdict not in {Verdict.GOOD, Verdict.UNKNOWN} for finding in findings)
        for name, findings in found.items()
    }
    if any(bad.values()):
        raise CopiesBad(
            f"{', '.join(f'{count} files in {name}' for name, count in bad.items() if count)} are not as they were stored.",
            means="Other sinks, the spool or the card may still have them.",
            remedy="Move what differs aside, and have all of it stored again: nightside verify --mend, then nightside run.",
        )
