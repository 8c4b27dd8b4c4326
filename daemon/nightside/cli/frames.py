"""`nightside frames`: every shot and frame that the ledger knows."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from nightside.cli.options import DEFAULT_CONFIG, Config, Json, Url
from nightside.cli.output import console, print_json

if TYPE_CHECKING:
    from nightside.cli.daemon import Daemon
    from nightside.engine.report import Report

Last = Annotated[int | None, typer.Option(min=1, help="Only the latest windows, so many of them.", metavar="N")]


def frames(
    config: Config = DEFAULT_CONFIG,
    url: Url = None,
    session: Annotated[str | None, typer.Option(help="Only this session, as in 20180703-star-trail.")] = None,
    last: Last = None,
    as_json: Json = False,
) -> None:
    """List what was planned against what was taken, window by window. Asks the daemon, or reads the ledger where none runs.

    [bold]nightside frames --last 1[/] is the last night.
    [bold]nightside frames --session 20180703-star-trail --json[/] is one session, for a program.
    """
    from nightside.cli.daemon import running
    from nightside.cli.report import print_report

    daemon = running(config, url, "read in the ledger")
    reports = list(_read(config, session, last)) if daemon is None else list(_asked(daemon, session, last))
    if as_json:
        print_json({"windows": reports})
        return
    if not reports:
        console.print("No window yet." if session is None else f"No session {session!r} in the ledger.")
    for one in reports:
        print_report(one)


def _asked(daemon: "Daemon", session: str | None, last: int | None) -> "Iterator[Report]":
    """The daemon's, oldest first."""
    from pydantic import TypeAdapter

    from nightside.engine.report import Report
    from nightside.service.listing import Windows

    report, page = TypeAdapter(Report), TypeAdapter(Windows)
    with daemon:
        ids: list[int] = []
        before: int | None = None
        while last is None or len(ids) < last:
            found = daemon.ask("/api/v1/windows", page, session=session, before=before)
            ids += [window.id for window in found.windows]
            before = found.next
            if before is None:
                break
        for window_id in reversed(ids[:last]):
            yield daemon.ask(f"/api/v1/windows/{window_id}", report)


def _read(config: Config, session: str | None, last: int | None) -> "Iterator[Report]":
    """The ledger's, oldest first."""
    from nightside import settings as configuration
    from nightside.clock import SystemClock
    from nightside.engine.reporting import report_of
    from nightside.ledger.opening import read_ledger

    ledger = read_ledger(configuration.load(config).ledger_place, SystemClock())
    try:
        for window in ledger.windows(session)[-(last or 0) :]:
            yield report_of(ledger, window)
    finally:
        ledger.close()
