"""What came of a configured program the last time: from the ledger's windows, in words for the agenda."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from nightside.engine.report import Report
from nightside.engine.reporting import report_of
from nightside.ledger.states import ShotState, WindowOutcome
from nightside.ledger.store import Ledger
from nightside.service.agenda import Entry

WRONG = frozenset({WindowOutcome.PARTIAL, WindowOutcome.MISSED})
"""What a person ended by hand went as that person wanted."""


def with_last_runs(ledger: Ledger, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Programs' entries with what the ledger has of their last windows. Waits for the ledger."""
    return tuple(_with_last_run(ledger, entry) for entry in entries)


def _with_last_run(ledger: Ledger, entry: Entry) -> Entry:
    windows = ledger.last_closed_of({entry.name, entry.program or entry.name})
    if not windows:
        return entry
    reports = [report_of(ledger, window) for window in windows]
    several = len({report.serial for report in reports}) > 1
    said = "; ".join(f"{report.serial}: {result_of(report)}" if several else result_of(report) for report in reports)
    wrong = any(report.outcome in WRONG for report in reports)
    return replace(entry, last_at=max(report.starts_at for report in reports), result=said, finding=said if wrong else None)


def result_of(report: Report) -> str:
    """How a window went, in words: `whole, 20 of 20 safe`; where shots were missed, with what most of them were missed for."""
    counts = f"{report.outcome}, {report.safe} of {report.planned} safe"
    reasons = Counter(shot.reason for shot in report.shots if shot.state is ShotState.MISSED and shot.reason)
    return f"{counts}: {reasons.most_common(1)[0][0]}" if reasons else counts
