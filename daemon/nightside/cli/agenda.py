"""`nightside agenda`: when a running daemon wakes up for what, and what came of it the last time."""

from typing import TYPE_CHECKING

from nightside.cli.options import DEFAULT_CONFIG, Config, Json, Url
from nightside.cli.output import clock_face, console, print_json

if TYPE_CHECKING:
    from datetime import datetime


def agenda(config: Config = DEFAULT_CONFIG, url: Url = None, as_json: Json = False) -> None:
    """List what a running daemon looks after beside the windows: when next, when last, and what was wrong.

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

    table = Table("what", "next (UTC)", "last (UTC)", "found", box=None, pad_edge=False)
    for entry in entries:
        found = "[dim]not looked yet[/]" if entry.last_at is None else "good"
        table.add_row(
            escape(entry.name), _face(entry.next_at), _face(entry.last_at), escape(entry.finding) if entry.finding else found
        )
    console.print(table)


def _face(instant: "datetime | None") -> str:
    return "" if instant is None else clock_face(instant)
