"""The planned-versus-taken table."""

from rich.markup import escape
from rich.table import Table

from nightside.cli.output import console, size
from nightside.engine.report import Report, ShotAccount
from nightside.ledger.states import ShotState
from nightside.storage.pairs import NAMES


def print_report(report: Report) -> None:
    """One window's account, for people."""
    table = Table("shot", "UTC", "late", "gap", "outcome", "frame", "SHA-256", box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for account in report.shots:
        table.add_row(
            str(account.index),
            f"{account.open_at:%H:%M:%S}",
            "" if account.late_s is None else f"{account.late_s * 1000:+.1f}ms",
            "" if account.gap_s is None else f"{account.gap_s:.2f}s",
            _outcome(account),
            escape(account.file.rpartition("/")[2]) if account.file else "",
            account.sha256[:8] if account.sha256 else "",
        )
    console.print(f"[bold]{report.session}[/] window {report.window}, body {report.serial}")
    console.print(table)
    console.print(f"[dim]{escape('; '.join(_measured(report)))}[/]", soft_wrap=True)
    if report.not_restored:
        says = f"The body was not put back as it was found: {'; '.join(report.not_restored)}. Set it by hand."
        console.print(f"[red]{escape(says)}[/]", soft_wrap=True)
    color = "green" if report.whole else "red"
    console.print(
        f"[{color}]{report.outcome}: {report.safe} of {report.planned} planned shots are safe[/], {report.missed} missed, "
        f"{report.incomplete} incomplete, {report.extra} extra files, {size(report.bytes)}"
    )


def _measured(report: Report) -> list[str]:
    """What was measured beside the shots, as far as anybody knows it."""
    found = [f"window {report.starts_at:%H:%M:%S} to {report.ends_at:%H:%M:%S} UTC, edges ±{report.uncertainty_s:.1f} s"]
    if report.worst_late_s is not None and report.median_late_s is not None:
        found.append(f"late {report.median_late_s * 1000:.1f} ms in the middle, {report.worst_late_s * 1000:.1f} ms at worst")
    if report.widest_gap_s is not None:
        found.append(f"widest gap {report.widest_gap_s:.2f} s")
    if report.clock is not None:
        sigma = "" if report.clock_sigma_s is None else f" ±{report.clock_sigma_s * 1000:.1f} ms"
        found.append(f"clock {report.clock}{sigma}")
    if report.element_age_days is not None:
        found.append(f"elements {report.element_age_days:.1f} days old")
    if report.battery_percent is not None:
        first, last = report.battery_percent
        found.append(f"battery {first:.0f} to {last:.0f} %")
    if report.temperature_c is not None:
        coldest, warmest = report.temperature_c
        found.append(f"{coldest:.0f} to {warmest:.0f} °C")
    return found


def _outcome(account: ShotAccount) -> str:
    if account.state is ShotState.MISSED:
        return f"[red]missed[/]: {escape(account.reason or '')}"
    if account.frame is None:
        return str(account.state)
    if account.lacks:
        return f"[red]incomplete[/]: {account.frame}, without its {' and '.join(NAMES[kind] for kind in account.lacks)}"
    return f"[green]{account.frame}[/]" if account.frame == "safe" else str(account.frame)
