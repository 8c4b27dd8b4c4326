"""Saying that nothing can be shot as it was asked for, and what can be shot instead: as a plan, and as a program to be taken."""

from dataclasses import replace
from datetime import datetime
from typing import NoReturn

import typer

from nightside.cli.output import aside, print_error, print_json
from nightside.cli.plan_table import headline
from nightside.errors import PlanImpossible, Refused
from nightside.plan.planner import Planner
from nightside.plan.programs import Program
from nightside.plan.reading import program_text
from nightside.plan.values import Plan
from nightside_drivers.api import Capabilities


def with_program(planner: Planner, program: Program) -> Planner:
    """The same planner for another program."""
    return replace(planner, programs=(program,))


def with_offered(planner: Planner, error: PlanImpossible) -> Planner | None:
    """The same planner with what is offered in the place of what was refused; nothing, where nothing is offered."""
    offered = error.offered
    if not isinstance(offered, Program):
        return None
    return replace(planner, programs=tuple(offered if one == error.refused else one for one in planner.programs))


def refuse(error: PlanImpossible, planner: Planner, after: datetime, body: Capabilities, *, as_json: bool) -> NoReturn:
    """Say why, and what could be instead: the plan of it, its file, and how to take it. Ends the command."""
    nearest = with_offered(planner, error)
    instead = None if nearest is None else _tried(nearest, after, body)
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


def _tried(planner: Planner, after: datetime, body: Capabilities) -> Plan | None:
    try:
        return planner(after, body)
    except Refused:
        return None
