"""`nightside plan --diff` and `--against`: what changed since a plan was made."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape
from rich.table import Table

from nightside.cli.output import clock_face, console, print_json
from nightside.errors import ConfigRefused
from nightside.plan.changes import Changes, changes, read_saved
from nightside.plan.reading import file_text
from nightside.plan.values import Plan

if TYPE_CHECKING:
    from nightside.settings import Settings

SAME_NIGHT = timedelta(minutes=45)
"""Windows whose starts are closer than this are the same night, of whatever elements: half a revolution in low orbit."""
LARGEST_PLAN = 200_000_000


def print_changes(config: Path, plan: Plan, against: Path | None, *, as_json: bool) -> None:
    """Compare a plan with a saved one, or with the ledger's of the same night, and print what is otherwise."""
    from nightside import settings as configuration

    before = (
        _in_ledger(configuration.load(config), plan)
        if against is None
        else read_saved(file_text(against, LARGEST_PLAN), str(against))
    )
    found = changes(before, plan)
    if as_json:
        print_json({"before": before.id, "after": plan.id, "changes": found})
        return
    console.print(f"[bold]{escape(plan.program)}[/] at {clock_face(plan.span.start)} UTC, against {before.id}")
    if not found.changes and not found.moved:
        console.print("Nothing changed.")
        return
    _print_table(found)


def _print_table(found: Changes) -> None:
    table = Table("", "before", "now", "", box=None, pad_edge=False)
    for change in found.changes:
        by = "" if change.by_s is None else f"{change.by_s:+.3f} s"
        table.add_row(change.what, escape(change.before), escape(change.after), by)
    console.print(table)
    if found.moved:
        console.print(f"{found.moved} shots moved, by {found.earliest_s:+.3f} to {found.latest_s:+.3f} s.")


def _in_ledger(settings: "Settings", plan: Plan) -> Plan:
    """The plan of the same night in the ledger.

    Raises:
        ConfigRefused: there is no ledger, or no such plan in it.
    """
    from nightside.clock import SystemClock
    from nightside.ledger.opening import read_ledger

    path = settings.path(settings.ledger.path)
    remedy = "Plans come into the ledger with `nightside run`; --against FILE compares with one that was saved with --json."
    if not path.exists():
        raise ConfigRefused(f"There is no ledger at {path} yet, so there is no plan to compare with.", remedy=remedy)
    ledger = read_ledger(path, SystemClock())
    try:
        known = [window.plan for window in ledger.windows()]
    finally:
        ledger.close()
    same = [old for old in known if abs(old.span.start - plan.span.start) < SAME_NIGHT]
    if not same:
        raise ConfigRefused(
            f"The ledger at {path} holds no plan for the night at {clock_face(plan.span.start)} UTC.", remedy=remedy
        )
    return min(same, key=lambda old: (old.program != plan.program, abs(old.span.start - plan.span.start)))
