"""Saying that nothing can be shot as it was asked for, and what can be shot instead: as a plan, and as a program to be taken."""

from collections.abc import Sequence
from datetime import datetime
from typing import NoReturn

import typer

from nightside.cli.laying import Laying, offered_in
from nightside.cli.output import aside, print_error, print_json
from nightside.cli.plan_table import headline
from nightside.errors import PlanImpossible, Refused
from nightside.plan.programs import Program
from nightside.plan.reading import program_text
from nightside.plan.values import Plan


def refuse(error: PlanImpossible, laying: Laying, programs: Sequence[Program], after: datetime, *, as_json: bool) -> NoReturn:
    """Say why, and what could be instead: the plan of it, its file, and how to take it. Ends the command."""
    nearest = offered_in(programs, error)
    instead = None if nearest is None else _tried(laying, nearest, after)
    text = program_text(error.offered) if instead is not None and isinstance(error.offered, Program) else ""
    if as_json:
        told = {"code": error.code, "what": error.what, "means": error.means, "remedy": error.remedy}
        print_json({"refused": told, "offered": text or None, "plan": instead})
    print_error(error)
    if instead is not None:
        aside.print("  The nearest plan that can be shot:")
        aside.print(f"    {headline(instead)}", markup=False, soft_wrap=True)
        aside.print("  Take it with --nearest; its program, which --nearest --toml prints:")
        for line in text.splitlines():
            aside.print(f"    {line}", markup=False, soft_wrap=True)
    raise typer.Exit(error.exit_code)


def _tried(laying: Laying, programs: Sequence[Program], after: datetime) -> Plan | None:
    try:
        return laying.lay(after, programs)
    except Refused:
        return None
