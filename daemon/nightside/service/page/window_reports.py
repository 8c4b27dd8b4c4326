"""The last windows, each with its whole report once somebody asks for it: reading one may mean thousands of shots."""

from collections import Counter
from functools import partial

from nicegui import ui
from nicegui.element import Element

from nightside.engine.report import Report
from nightside.ledger.records import WindowEntry
from nightside.ledger.states import ShotState
from nightside.service.library import Library
from nightside.service.page.controls import Instant
from nightside.service.page.markup import facts, tag
from nightside.service.page.states import empty, later
from nightside.service.page.words import NOT_TOLD, sized

MOST_REASONS = 8


def last_windows(library: Library, entries: list[WindowEntry]) -> None:
    """List them, latest first."""
    if not entries:
        empty("nights_stay", "No window has been shot yet.", "What was planned and what was taken is told here afterwards.")
        return
    for entry in entries:
        _window(library, entry)


def _window(library: Library, entry: WindowEntry) -> None:
    asked: list[int] = []

    def ask(place: Element) -> None:
        if not asked:
            asked.append(entry.id)
            with place:
                later(partial(library.report, entry.id), partial(_report, entry), "Reading the ledger…")

    with tag("details", classes="more window") as whole:
        with tag("summary"):
            Instant(entry.starts_at, "day")
            tag("span", f" {entry.program}: {entry.shots} shots, {entry.outcome or entry.phase}")
        place = ui.element("div")
    whole.on("toggle", lambda: ask(place), args=[])


def _report(entry: WindowEntry, report: Report) -> None:
    facts(
        [
            ("Shots", f"{report.planned} planned, {report.taken} taken, {report.safe} safe, {report.missed} missed"),
            ("Lateness", _seconds(("median", report.median_late_s), ("worst", report.worst_late_s))),
            ("Widest gap", NOT_TOLD if report.widest_gap_s is None else f"{report.widest_gap_s:.3g} s"),
            ("Files", f"{sized(report.bytes)}; {report.incomplete} incomplete, {report.extra} without a shot"),
            ("Clock", NOT_TOLD if report.clock is None else str(report.clock)),
            ("Battery", _range(report.battery_percent, "%", "from", "to")),
            ("Temperature", _range(report.temperature_c, "°C", "", "to")),
        ]
        + ([] if report.element_age_days is None else [("Elements", f"{report.element_age_days:.1f} days old")])
    )
    reasons = Counter(shot.reason for shot in report.shots if shot.state is ShotState.MISSED and shot.reason)
    if reasons:
        tag("h3", "Missed, and why")
        with tag("ul"):
            for reason, count in reasons.most_common(MOST_REASONS):
                tag("li", f"{count} ×: {reason}")
    for left in report.not_restored:
        tag("p", f"Not put back on the body: {left}", "warn")
    tag("a", "Its frames", "button", href=f"/frames?window={entry.id}")


def _seconds(*named: tuple[str, float | None]) -> str:
    return ", ".join(f"{name} {1000 * value:.1f} ms" for name, value in named if value is not None) or NOT_TOLD


def _range(ends: tuple[float, float] | None, unit: str, first: str, then: str) -> str:
    return NOT_TOLD if ends is None else f"{first} {ends[0]:g} {then} {ends[1]:g} {unit}".strip()
