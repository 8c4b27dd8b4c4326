"""The account of one window from everything that the ledger holds of it, and the file in which it is kept."""

import asyncio
from pathlib import Path

import structlog

from nightside.engine.report import Report, as_json, path_of, report
from nightside.errors import NightsideError
from nightside.ledger.journal import Journal
from nightside.ledger.records import WindowRecord
from nightside.ledger.store import Ledger
from nightside.storage.spool import Spool
from nightside.storage.writing import explained, replace_text

log = structlog.stdlib.get_logger()


def report_of(ledger: Ledger, window: WindowRecord) -> Report:
    """Read what there is of a window, and lay it side by side. Waits for the ledger."""
    shots, frames = ledger.shots(window.id), ledger.frames(window.id)
    return report(window, shots, frames, ledger.readings(window.id), ledger.left_changed(window.id))


async def account_of(journal: Journal, window_id: int) -> Report:
    """The same on an event loop."""
    return await journal.do(lambda ledger: report_of(ledger, ledger.window(window_id)))


async def keep(account: Report, spool: Spool) -> None:
    """Lay a report into the spool as a file, for whoever has no ledger at hand."""
    try:
        await asyncio.to_thread(_write, spool.path(path_of(account)), as_json(account))
    except NightsideError as error:
        log.warning("report-not-written", code=error.code, why=str(error), next="`nightside frames` has it all the same.")


def _write(path: Path, text: str) -> None:
    with explained(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
    replace_text(path, text)
