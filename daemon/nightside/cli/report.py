"""The planned-versus-taken table."""

from rich.markup import escape
from rich.table import Table

from nightside.cli.output import console, size
from nightside.engine.report import Report, ShotAccount
from nightside.ledger.states import ShotState


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
    color = "green" if report.whole else "red"
    console.print(
        f"[{color}]{report.safe} of {report.planned} planned shots are safe[/], {report.missed} missed, "
        f"{report.extra} extra files, {size(report.bytes)}"
    )


def _outcome(account: ShotAccount) -> str:
    if account.state is ShotState.MISSED:
        return f"[red]missed[/]: {escape(account.reason or '')}"
    if account.frame is None:
        return str(account.state)
    return f"[green]{account.frame}[/]" if account.frame == "safe" else str(account.frame)
