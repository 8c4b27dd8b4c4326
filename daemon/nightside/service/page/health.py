"""Health: what could spoil the night, and the numbers behind it; what the daemon does by itself, and what it said last."""

from collections.abc import Sequence
from functools import partial

from nicegui import ui

from nightside.ledger.records import WindowEntry
from nightside.service.agenda import Entry
from nightside.service.findings.board import Examination
from nightside.service.findings.values import Finding, Severity
from nightside.service.metrics.readings import Readings
from nightside.service.page.controls import Instant
from nightside.service.page.log_lines import LINES, written
from nightside.service.page.markup import card, facts, icon, tag
from nightside.service.page.renewed import Renewed
from nightside.service.page.states import empty
from nightside.service.page.tonight import sky_style
from nightside.service.page.visitor import Visitor
from nightside.storage.standing import SinkState

RENEWED_S = 10.0
"""How often (machine time) an open page asks; what is slow to find out is remembered for longer where it is found."""
LAST_WINDOWS = 8
MARKS = {
    Severity.BAD: ("error", "Bad", "bad"),
    Severity.DOUBT: ("warning", "Doubt", "warn"),
    Severity.NOTE: ("info", "Note", "quiet"),
    Severity.GOOD: ("check_circle", "Good", "good"),
}
WORST = {
    Severity.BAD: "Something will spoil the night.",
    Severity.DOUBT: "Something may spoil the night.",
    Severity.NOTE: "All is well.",
    Severity.GOOD: "All is well.",
}


async def show(visitor: Visitor) -> None:
    """Build the page."""
    sky_style()
    offered = visitor.offered
    library = offered.library

    async def examined() -> tuple[Severity, tuple[Finding, ...]]:
        found: Examination = await offered.findings.now()
        return found.worst, found.findings

    async def numbers() -> list[tuple[str, str]]:
        return _numbers(await offered.metrics.now())

    async def agenda() -> tuple[Entry, ...]:
        return library.agenda.entries

    async def sinks() -> tuple[tuple[SinkState, ...], dict[str, int]]:
        return offered.stores.sinks, dict((await offered.metrics.now()).owed_bytes)

    with tag("div", classes="cards"):
        cards = (
            Renewed("Findings", examined, _findings, "wide"),
            Renewed("Numbers", numbers, facts),
            Renewed("Sinks", sinks, _sinks),
            Renewed("Last windows", partial(library.windows, None, None, LAST_WINDOWS), _windows),
            Renewed("Agenda", agenda, _agenda),
        )
        with card("Log", "wide"):
            lines = tag(
                "pre", "Nothing has been said yet.", "log", role="log", tabindex=0, aria_label="The last lines of the log"
            )

    async def renew() -> None:
        last = "\n".join(map(written, library.tail.lines[-LINES:]))
        if last and last != lines.text:
            lines.set_text(last)
        for one in cards:
            await one.renew()

    ui.timer(RENEWED_S, renew)


def _findings(found: tuple[Severity, tuple[Finding, ...]]) -> None:
    worst, findings = found
    tag("p", WORST[worst], "big", role="status")
    wrong = [finding for finding in findings if not finding.good]
    _list(sorted(wrong, key=lambda finding: -finding.severity.rank))
    well = [finding for finding in findings if finding.good]
    if well:
        with tag("details", classes="more"):
            tag("summary", f"{len(well)} more that are well")
            _list(well)


def _list(findings: Sequence[Finding]) -> None:
    if not findings:
        return
    with tag("ul", classes="findings"):
        for finding in findings:
            symbol, word, colour = MARKS[finding.severity]
            with tag("li"):
                with tag("span", classes=f"finding-mark {colour}"):
                    icon(symbol)
                    tag("span", word)
                with tag("div"):
                    tag("strong", finding.what)
                    for more in (finding.means, finding.remedy):
                        if more:
                            tag("p", more)
                    tag("p", finding.name, "quiet")


def _numbers(now: Readings) -> list[tuple[str, str]]:
    said = [("Clock", "unknown" if now.trust is None else str(now.trust))]
    if now.elements is not None:
        age = now.elements.age_s / 86400
        said.append(("Elements", f"{age:.1f} days old, passes known to ±{now.elements.error_s:.1f} s"))
    said.append(("Spool", "room unknown" if now.spool_free is None else f"{now.spool_free / 1e9:.1f} GB free"))
    said += [(f"Frames {state}", f"{tally.frames}, {tally.bytes / 1e9:.2f} GB") for state, tally in now.frames.items()]
    for body, rungs in now.rungs.items():
        taken = ", ".join(f"{rung} {count} times" for rung, count in rungs.items() if count)
        said.append((f"Mended {body}", taken or "nothing had to be mended"))
    return said


def _sinks(found: tuple[tuple[SinkState, ...], dict[str, int]]) -> None:
    states, owed = found
    if not states:
        empty("inventory_2", "No sink is configured.")
    for sink in states:
        says = "up to date" if not sink.backlog else f"{sink.backlog} files behind"
        if sink.backlog and sink.name in owed:
            says += f", {owed[sink.name] / 1e9:.2f} GB"
        says += "" if sink.free is None else f"; {sink.free / 1e9:.1f} GB free"
        with tag("div", classes="sink"):
            tag("strong", sink.name)
            tag("span", says if sink.required else f"{says}; optional", "quiet numbers")
            if sink.failing_since is not None:
                with tag("p", "Fails since ", "bad"):
                    Instant(sink.failing_since, "day")
                    tag("span", f": {sink.why}")


def _windows(entries: list[WindowEntry]) -> None:
    if not entries:
        empty("nights_stay", "No window has been shot yet.", "What was planned and what was taken is told here afterwards.")
        return
    with tag("ol", classes="nights numbers"):
        for entry in entries:
            with tag("li"), tag("div", classes="nights-when"):
                with tag("a", href=f"/frames?window={entry.id}"):
                    Instant(entry.starts_at, "day")
                tag("span", f"{entry.program}: {entry.shots} shots, {entry.outcome or entry.phase}", "quiet")


def _agenda(entries: tuple[Entry, ...]) -> None:
    if not entries:
        empty("event_available", "Nothing is on the agenda.")
        return
    with tag("ol", classes="nights numbers"):
        for entry in entries:
            with tag("li"):
                with tag("div", classes="nights-when"):
                    tag("strong", entry.name)
                    if entry.next_at is not None:
                        Instant(entry.next_at, "day")
                if entry.finding is not None:
                    tag("p", entry.finding, "warn")
