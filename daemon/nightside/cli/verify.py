"""`nightside verify`: do the sinks still hold what they were given?"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from nightside.cli.completing import sink_names
from nightside.cli.options import DEFAULT_CONFIG, Config, Json, Url
from nightside.cli.output import console, print_json, size

if TYPE_CHECKING:
    from nightside.cli.daemon import Daemon
    from nightside.errors import NightsideError
    from nightside.service.verifying import Judged, Verification, Wish
    from nightside.settings import Settings
    from nightside.storage.verifying import Verdict

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

GLANCE_S = 0.5
"""Machine time between two questions how far a daemon has come."""
PAGE = 1000


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in one sink."""

    counts: "Mapping[Verdict, tuple[int, int]]"
    """How many files there are of each verdict, and their bytes."""
    files: "list[Judged]"
    """All of them; from a daemon, only those that are not as they were stored."""


def verify(
    sink: SinkName = None,
    session: Session = None,
    rate: Rate = None,
    by_manifests: ByManifests = False,
    resume: Resume = False,
    mend: Mend = False,
    config: Config = DEFAULT_CONFIG,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Read every copy in a sink back, and say what is missing, what differs and what nobody knows. Changes no copy.

    A running daemon is asked to do it; Ctrl-C ends it there too.

    [bold]nightside verify disk --rate 20[/] reads one sink, at 20 MB/s.
    [bold]nightside verify --resume[/] goes on where a run was broken off.
    """
    from pydantic import ValidationError

    from nightside.service.verifying import Wish

    try:
        wish = Wish(sink=sink, session=session, rate_mb_s=rate, manifests=by_manifests, resume=resume)
    except ValidationError as error:
        raise typer.BadParameter(f"{error.errors()[0]['loc'][0]}: {error.errors()[0]['msg']}") from None
    if mend:
        found = _read_and_mend(config, wish)
    else:
        from nightside.cli.daemon import running

        daemon = running(config, url, "the sinks are read by this command")
        found = _read(_settings(config), wish) if daemon is None else _asked(daemon, wish)
    _print(found, as_json=as_json)
    _raise_if_bad(found)


def _settings(config: Config) -> "Settings":
    from nightside import settings as configuration

    return configuration.load(config)


def _read(settings: "Settings", wish: "Wish") -> dict[str, Found]:
    """Read the sinks here. Raises as `prove` does."""
    from nightside.proving import prove
    from nightside.service.verifying import Judged

    async def read() -> dict[str, list[Judged]]:
        judged: dict[str, list[Judged]] = {}
        async for step in prove(settings, wish):
            if isinstance(step, Judged):
                judged[step.sink].append(step)
            else:
                judged[step.sink] = []
        return judged

    return {name: Found(_counted(files), files) for name, files in asyncio.run(read()).items()}


def _counted(files: "Iterable[Judged]") -> "dict[Verdict, tuple[int, int]]":
    from nightside.storage.verifying import Verdict

    counts = {Verdict.GOOD: (0, 0)}
    for one in files:
        count, total = counts.get(one.verdict, (0, 0))
        counts[one.verdict] = count + 1, total + one.bytes
    return {verdict: counts[verdict] for verdict in Verdict if verdict in counts}


def _asked(daemon: "Daemon", wish: "Wish") -> dict[str, Found]:
    """Have a daemon read them, and wait for it. Ctrl-C ends it there.

    Raises:
        VerifyBusy: it does already.
        NightsideError: what it failed at.
    """
    from pydantic import TypeAdapter

    from nightside.service.verifying import Phase, Verdicts, Verification
    from nightside_drivers.clock import pause

    path, run = "/api/v1/verification", TypeAdapter(Verification)
    with daemon:
        now = daemon.tell(path, run, wish.model_dump(mode="json"))
        try:
            while now.phase is Phase.RUNNING:
                pause(GLANCE_S)
                now = daemon.ask(path, run)
        except KeyboardInterrupt:
            daemon.change("DELETE", path, run)
            raise
        files: list[Judged] = []
        after: int | None = 0
        while after is not None:
            page = daemon.ask(f"{path}/files", TypeAdapter(Verdicts), after=after, limit=PAGE)
            files, after = files + page.files, page.next
    if now.phase is not Phase.DONE:
        raise _why(now)
    return {
        one.sink: Found(
            {count.verdict: (count.files, count.bytes) for count in one.counts},
            [file for file in files if file.sink == one.sink],
        )
        for one in now.sinks
    }


def _why(over: "Verification") -> "NightsideError":
    """Why a daemon's run is over before its end."""
    from nightside.cli.daemon import DaemonUnclear
    from nightside.cli.leaves import by_code
    from nightside.errors import CommandRefused

    trouble = over.trouble
    if trouble is None:
        return CommandRefused("Somebody has ended it.", remedy="nightside verify --resume goes on with it.")
    kind = by_code(trouble.code) or DaemonUnclear
    return kind(trouble.what, means=trouble.means, remedy=trouble.remedy)


def _print(found: dict[str, Found], *, as_json: bool) -> None:
    from nightside.storage.verifying import Verdict

    if as_json:
        print_json({"sinks": [_plain(name, one) for name, one in found.items()]})
        return
    for name, one in found.items():
        counts = ", ".join(f"{count} {verdict} ({size(total)})" for verdict, (count, total) in one.counts.items())
        console.print(f"[bold]{name}[/] {counts}", soft_wrap=True)
        for file in one.files:
            if file.verdict is not Verdict.GOOD:
                console.print(f"  [red]{file.verdict:<8}[/] {escape(file.path)}: {escape(file.says)}", soft_wrap=True)


def _plain(name: str, found: Found) -> dict[str, object]:
    counts = [{"verdict": verdict, "files": files, "bytes": total} for verdict, (files, total) in found.counts.items()]
    return {
        "sink": name,
        "counts": counts,
        "findings": [file.model_dump(mode="json", exclude={"sink"}) for file in found.files],
    }


def _read_and_mend(config: Config, wish: "Wish") -> dict[str, Found]:
    """Strike the copies that are no copies out of the ledger: their frames are owed to the sink again.

    Raises:
        AlreadyRunning: a daemon works with the ledger.
    """
    from nightside.clock import SystemClock
    from nightside.ledger.opening import open_ledger, sole_writer
    from nightside.storage.verifying import Verdict

    settings = _settings(config)
    with sole_writer(settings.ledger_place):
        found = _read(settings, wish)
        lost = {
            (name, file.path): file.says
            for name, one in found.items()
            for file in one.files
            if file.verdict in {Verdict.MISSING, Verdict.DIFFERS}
        }
        ledger = open_ledger(settings.ledger_place, SystemClock(), settings.ledger.name)
        try:
            for frame in ledger.frames():
                for copy in frame.copies:
                    if copy in lost:
                        ledger.copy_lost(frame.id, copy[0], lost[copy])
        finally:
            ledger.close()
    return found


def _raise_if_bad(found: dict[str, Found]) -> None:
    from nightside.storage.sinks.sink import CopiesBad
    from nightside.storage.verifying import Verdict

    harmless = {Verdict.GOOD, Verdict.UNKNOWN}
    bad = {
        name: sum(files for verdict, (files, _) in one.counts.items() if verdict not in harmless) for name, one in found.items()
    }
    if any(bad.values()):
        raise CopiesBad(
            f"{', '.join(f'{count} files in {name}' for name, count in bad.items() if count)} are not as they were stored.",
            means="Other sinks, the spool or the card may still have them.",
            remedy="Move what differs aside, and have all of it stored again: nightside verify --mend, then nightside run.",
        )
