"""`nightside frames`: every shot and frame that the ledger knows."""

from typing import Annotated

import typer

from nightside.cli.options import DEFAULT_CONFIG, Config, Json
from nightside.cli.output import console, print_json


def frames(
    config: Config = DEFAULT_CONFIG,
    session: Annotated[str | None, typer.Option(help="Only this session, as in 20180703-star-trail.")] = None,
    as_json: Json = False,
) -> None:
    """List what was planned against what was taken, window by window. Works beside a running daemon."""
    from nightside import settings as configuration
    from nightside.cli.report import print_report
    from nightside.clock import SystemClock
    from nightside.engine.report import report
    from nightside.ledger.opening import read_ledger

    settings = configuration.load(config)
    ledger = read_ledger(settings.ledger_place, SystemClock())
    try:
        reports = [
            report(window, ledger.shots(window.id), ledger.frames(window.id), ledger.readings(window.id))
            for window in ledger.windows(session)
        ]
    finally:
        ledger.close()
    if as_json:
        print_json({"windows": reports})
        return
    if not reports:
        console.print("No window yet." if session is None else f"No session {session!r} in the ledger.")
    for one in reports:
        print_report(one)
