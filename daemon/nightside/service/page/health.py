"""Health: what could spoil the night, and the numbers behind it; what the daemon does by itself, and what it said last."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from nicegui import ui

from nightside.ledger.states import FrameState
from nightside.service.agenda import Entry, EntryKind
from nightside.service.findings.board import Examination
from nightside.service.findings.values import Finding, Severity
from nightside.service.metrics.readings import Readings
from nightside.service.outlook.room import RoomAhead, room_ahead
from nightside.service.page.charts import Trend
from nightside.service.page.controls import Instant
from nightside.service.page.log_lines import LINES, written
from nightside.service.page.markup import card, facts, icon, tag
from nightside.service.page.renewed import Renewed
from nightside.service.page.states import empty
from nightside.service.page.tonight import sky_style
from nightside.service.page.visitor import Visitor
from nightside.service.page.window_reports import last_windows
from nightside.service.page.words import sized
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
WHERE = {
    FrameState.ON_CARD: "Still on the card",
    FrameState.DRAINED: "Spooled, not stored yet",
    FrameState.SAFE: "Safe",
    FrameState.DELETABLE: "Safe, about to leave the card",
    FrameState.DELETED: "Safe, off the card",
    FrameState.GONE: "Lost by the card",
}
"""What each state of a frame means to whoever looks at the sum of them."""
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

    async def sinks() -> tuple[tuple[SinkState, ...], dict[str, int]]:
        return offered.stores.sinks, dict((await offered.metrics.now()).owed_bytes)

    async def errors() -> dict[str, int]:
        return library.tail.codes

    async def room() -> RoomAhead | None:
        free = (await offered.metrics.now()).spool_free
        return None if free is None else room_ahead(await offered.outlooks.ahead(), free)

    with tag("div", classes="cards"):
        cards = (
            Renewed("Findings", examined, _findings, "wide"),
            Renewed("Numbers", numbers, facts),
            Renewed("Sinks", sinks, _sinks),
            Renewed("Room in the spool", room, _room),
            Renewed("Errors since the start", errors, _errors),
            Renewed("Last windows", partial(library.windows, None, None, LAST_WINDOWS), partial(last_windows, library), "wide"),
            Renewed("Agenda", library.entries, _agenda),
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
    said.append(("Spool", "room unknown" if now.spool_free is None else f"{sized(now.spool_free)} free"))
    said += [(WHERE[state], f"{tally.frames}, {sized(tally.bytes)}") for state, tally in now.frames.items()]
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


def _room(ahead: RoomAhead | None) -> None:
    if ahead is None:
        empty("hard_drive", "How much room the spool has cannot be read.", "Is its disk there?")
        return
    hours = (ahead.end - ahead.start) / timedelta(hours=1)
    says = f"{sized(ahead.free[0])} free now, {sized(ahead.free[-1])} in {hours:.0f} h: {sized(ahead.needs)} are planned."
    tag("p", says, "numbers")
    trend = Trend()
    trend.show(list(ahead.free), f"Free room over the next {hours:.0f} hours. {says}")
    with tag("p", classes="row ends quiet"):
        Instant(ahead.start)
        Instant(ahead.end, "day")
    if ahead.full_at is not None:
        with tag("p", "No room is left at ", "bad", role="alert"):
            Instant(ahead.full_at, "day")


def _errors(codes: dict[str, int]) -> None:
    if not codes:
        empty("task_alt", "No error has been told.")
        return
    facts([(code, f"{count} times" if count > 1 else "once") for code, count in codes.items()])


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
                for said in (
                    entry.program if entry.kind is EntryKind.WINDOW else None,
                    entry.no_next,
                    None if entry.finding == entry.result else entry.result,
                ):
                    if said is not None:
                        tag("p", said, "quiet")
