"""A plan for people: a headline, a strip, what it takes, and a table of its shots."""

from datetime import datetime

from rich.markup import escape
from rich.table import Table

from nightside.cli.output import clock_face, console, length, size
from nightside.plan.values import Plan, Shot
from nightside.sky.report import SHADES, timeline
from nightside.sky.window import Window

STRIP = 72
"""Characters."""
MOST_ROWS, SHOWN_ROWS = 200, 20
"""A plan with more shots than the one shows as many of its first and last as the other, unless all are asked for."""


def headline(plan: Plan) -> str:
    """One line: what, how many, on what, when."""
    lengths = {(shot.close_at - shot.open_at).total_seconds() for shot in plan.shots}
    each = f"{min(lengths):g} s" if len(lengths) == 1 else f"{min(lengths):g} to {max(lengths):g} s"
    return (
        f"{plan.program}: {len(plan.shots)} × {each} on a {plan.body}, "
        f"window {clock_face(plan.span.start)} to {clock_face(plan.span.end)} UTC"
    )


def print_plan(plan: Plan, after: datetime, *, every: bool) -> None:
    """All of it."""
    window = plan.span
    about, _, rest = headline(plan).partition(":")
    ahead = length((window.start - after).total_seconds())
    console.print(f"[bold]{escape(about)}[/]:{escape(rest)} ({length(window.duration.total_seconds())}, in {ahead})")
    _print_strips(plan)
    _print_needs(plan)
    for what in plan.by_hand:
        console.print(f"[bold]by hand:[/] {escape(what)}", soft_wrap=True)
    for prompt in plan.prompts:
        console.print(
            f"[bold]at {prompt.at:%H:%M:%S} UTC[/], before shot {prompt.before}: {escape(prompt.says)}", soft_wrap=True
        )
    for warning in plan.warnings:
        console.print(f"[yellow]warning:[/] {escape(warning)}", soft_wrap=True)
    for note in plan.notes:
        console.print(f"[cyan]note:[/] {escape(note)}", soft_wrap=True)
    _print_shots(plan, every=every)


def _print_strips(plan: Plan) -> None:
    parts: dict[str, list[Window]] = {}
    for shot in plan.shots:
        parts.setdefault(plan.part_of(shot), []).append(Window(shot.open_at, shot.close_at))
    wide = max(map(len, parts)) if len(parts) > 1 else 0
    for part, exposures in parts.items():
        strip = _strip(plan, exposures)
        console.print(f"{escape(part) + ' ' * (wide - len(part)) + ' ' if wide else ''}[blue]{strip}[/]", soft_wrap=True)
    ends = f"{plan.span.start:%H:%M:%S}", f"{plan.span.end:%H:%M:%S}"
    console.print(f"{' ' * (wide + 1 if wide else 0)}{ends[0]}{' ' * (STRIP - 16)}{ends[1]}", soft_wrap=True)


def _strip(plan: Plan, exposures: list[Window]) -> str:
    """The darker, the more of the time a shutter is open; never empty where one opens."""
    start, cell = plan.span.start, plan.span.duration / STRIP
    opened = {min(STRIP - 1, int((exposure.start - start) / cell)) for exposure in exposures}
    covered = timeline(exposures, start, plan.span.end, STRIP)
    return "".join(SHADES[1] if mark == SHADES[0] and index in opened else mark for index, mark in enumerate(covered))


def _print_needs(plan: Plan) -> None:
    takes = [f"about {size(plan.expected_bytes)} on the card and in each sink"]
    if plan.drain_s is not None:
        takes.append(f"{length(plan.drain_s)} to drain")
    if plan.battery_percent is not None:
        takes.append(f"{plan.battery_percent:.0f} % of a full battery")
    console.print(f"needs {', '.join(takes)}; a shot that is late: {plan.overrun}")


def _print_shots(plan: Plan, *, every: bool) -> None:
    several = any(shot.part for shot in plan.shots)
    columns = ["part", "opens (UTC)"] if several else ["opens (UTC)", "closes (UTC)"]
    table = Table(box=None, pad_edge=False)
    for column in ("shot", *columns, "exposure", "ISO", "f/", "release"):
        table.add_column(column, no_wrap=column != "release", overflow="fold" if column == "release" else "ellipsis")
    frames = {volley[0].index: len(volley) for volley in plan.volleys}
    elided = not every and len(plan.shots) > MOST_ROWS
    shown = [*plan.shots[:SHOWN_ROWS], *plan.shots[-SHOWN_ROWS:]] if elided else plan.shots
    last = -1
    for shot in shown:
        if shot.index != last + 1:
            table.add_row("…")
        last = shot.index
        table.add_row(*_row(plan, shot, frames.get(shot.index, 0), several=several))
    console.print(table)
    if elided:
        console.print(f"{len(plan.shots)} shots; --all prints every one of them.")


def _row(plan: Plan, shot: Shot, frames: int, *, several: bool) -> list[str]:
    setting, opens = shot.exposure, f"{shot.open_at:%H:%M:%S.%f}"[:-3]
    return [
        str(shot.index),
        *([escape(plan.part_of(shot)), opens] if several else [opens, f"{shot.close_at:%H:%M:%S.%f}"[:-3]]),
        f"{setting.shutter_s:g} s",
        str(setting.iso or "as set"),
        f"{setting.aperture:g}" if setting.aperture else "as set",
        f"{shot.release} × {frames}" if frames > 1 else "" if frames == 0 else str(shot.release),
    ]
