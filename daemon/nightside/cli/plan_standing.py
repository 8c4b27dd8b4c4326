"""What stands beside a plan in a running daemon: what is armed, and which of its windows lie in the same time."""

from collections.abc import Sequence

from nightside.cli.arming import said
from nightside.cli.output import console
from nightside.ledger.states import WindowPhase
from nightside.plan.values import Plan
from nightside.service.arming import Armed, Overlap


def print_standing(plan: Plan, armed: Sequence[Armed], overlaps: Sequence[Overlap]) -> None:
    """A line a body, and a line a window that overlaps."""
    for one in armed:
        console.print(f"armed on {one.body or 'the body'}: {said(one)}", markup=False, soft_wrap=True)
    for window in overlaps:
        who = f" of {window.body}" if window.body else ""
        console.print(f"overlaps {window.window}{who}: {_what(plan, window)}", markup=False, soft_wrap=True)
    if armed and not overlaps:
        console.print("overlaps nothing that is in the ledger", soft_wrap=True)


def _what(plan: Plan, window: Overlap) -> str:
    shots = f"{window.shots} shot{'' if window.shots == 1 else 's'} of {window.program}"
    if window.phase is not WindowPhase.PLANNED:
        return f"{shots}; it has begun, and goes on whatever is armed"
    if (window.window, window.program, window.shots) == (plan.id, plan.program, len(plan.shots)):
        return f"{shots}: it is this very plan"
    return f"{shots}; arming {plan.program} puts it in their place"
