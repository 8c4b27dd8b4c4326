"""`nightside agenda`: when a running daemon wakes up for what, and what came of it the last time."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from nightside.cli.options import DEFAULT_CONFIG, Config, Json, Url
from nightside.cli.output import clock_face, console, length, print_json

if TYPE_CHECKING:
    from nightside.service.agenda import Entry

PUNCTUAL = timedelta(seconds=1)
"""What came no later than this was not late."""
MINUTE_S = 60.0


def agenda(config: Config = DEFAULT_CONFIG, url: Url = None, as_json: Json = False) -> None:
    """List what a running daemon looks after, and the windows and programs that come: when next, when last, and what came of it.

    [bold]nightside agenda --json[/] is for a program that watches it.
    """
    from pydantic import TypeAdapter

    from nightside.cli.daemon import reach
    from nightside.service.agenda import Entry

    with reach(config, url) as daemon:
        entries = daemon.ask("/api/v1/agenda", TypeAdapter(list[Entry]))
    if as_json:
        print_json({"agenda": entries})
        return
    from rich.markup import escape
    from rich.table import Table

    table = Table("what", "next (UTC)", "last (UTC)", "was due", "took", "found", box=None, pad_edge=False)
    for entry in entries:
        due = entry.due_at if entry.last_at is not None and entry.due_at is not None else None
        table.add_row(
            escape(entry.name),
            escape(entry.no_next or _face(entry.next_at)),
            _face(entry.last_at),
            "" if due is None or entry.last_at is None or entry.last_at - due < PUNCTUAL else _face(due),
            "" if entry.took_s is None else f"{entry.took_s:.1f} s" if entry.took_s < MINUTE_S else length(entry.took_s),
            escape(entry.finding) if entry.finding else _nothing(entry),
        )
    console.print(table)


def _nothing(entry: "Entry") -> str:
    """What is said where nothing is wrong."""
    from rich.markup import escape

    if entry.result is not None:
        return escape(entry.result)
    if entry.last_at is not None:
        return "good"
    if entry.kind == "window":
        return f"[dim]for {escape(entry.program)}[/]" if entry.program else "[dim]comes[/]"
    return "[dim]not yet[/]"


def _face(instant: "datetime | None") -> str:
    return "" if instant is None else clock_face(instant)
