"""`nightside plan`: what will be shot, before the night."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nightside.cli.completing import recipe_names, toml_files
from nightside.cli.options import DEFAULT_CONFIG, Config, Json, Url, instant
from nightside.cli.output import aside, clock_face, console, print_json
from nightside.errors import PlanImpossible, RangeRefused

if TYPE_CHECKING:
    from nightside.cli.laying import Laying
    from nightside.plan.programs import Program
    from nightside.plan.values import Plan

File = Annotated[
    Path | None,
    typer.Argument(
        help="A program (TOML), in the place of the configuration's.", show_default=False, autocompletion=toml_files
    ),
]
Recipe = Annotated[
    str | None,
    typer.Option(
        help="A recipe, in the place of the configuration's program: `nightside recipes`.", autocompletion=recipe_names
    ),
]
Nearest = Annotated[bool, typer.Option("--nearest", help="If it cannot be shot, plan the nearest program that can.")]


def plan(
    file: File = None,
    recipe: Recipe = None,
    config: Config = DEFAULT_CONFIG,
    at: Annotated[str | None, typer.Option(help="Plan as if it were this instant (UTC). Now, when not given.")] = None,
    nearest: Nearest = False,
    diff: Annotated[bool, typer.Option("--diff", help="What changed against the plan that the ledger holds.")] = False,
    against: Annotated[Path | None, typer.Option(help="What changed against a plan that was saved with --json.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every shot, however many.")] = False,
    as_json: Json = False,
    as_ics: Annotated[bool, typer.Option("--ics", help="Print an iCalendar, to put the plan into a calendar.")] = False,
    as_toml: Annotated[bool, typer.Option("--toml", help="Print the program that was planned, to be saved as a file.")] = False,
    here: Annotated[
        bool, typer.Option("--here", help="By the configuration on disk, even where a daemon runs by another.")
    ] = False,
    url: Url = None,
) -> None:
    """Print the next window's plan: each shot with its times and settings, what it takes, and what a person must set.

    A running daemon is asked: it plans by what is armed, and says what of that the plan overlaps.

    [bold]nightside plan --recipe lightning[/] tries a recipe on the next window.
    [bold]nightside plan mine.toml --nearest --toml[/] prints the nearest program that can be shot, to be saved.
    """
    if as_json + as_ics + as_toml > 1:
        raise typer.BadParameter("--json, --ics and --toml: choose one of them.")
    if file is not None and recipe is not None:
        raise typer.BadParameter("FILE and --recipe: choose one of them.")
    if diff and url is not None:
        raise typer.BadParameter("--diff reads the ledger of this computer; --url asks another. --against FILE goes with both.")
    program = _asked(file, recipe)
    with _laying(config, url, here=here) as laying:
        after = laying.now if at is None else instant(at, "--at")
        if after < laying.now - timedelta(minutes=1):
            raise RangeRefused(
                f"--at is {clock_face(after)} UTC, which has passed.",
                remedy="Nights that have passed are in `nightside windows`.",
            )
        found, programs = _laid(laying, after, program, nearest=nearest, as_json=as_json)
        if diff or against is not None:
            from nightside.cli.plan_diff import print_changes

            print_changes(config, found, against, as_json=as_json)
        elif as_toml:
            from nightside.plan.reading import program_text

            console.out("\n".join(program_text(one) for one in programs or laying.usual), end="")
        elif as_ics:
            from nightside.cli.plan_ics import as_calendar

            typer.echo(as_calendar(found, laying.now), nl=False)
        else:
            _print(found, laying, after, every=every, as_json=as_json)


def _laid(
    laying: "Laying", after: datetime, program: "Program | None", *, nearest: bool, as_json: bool
) -> "tuple[Plan, tuple[Program, ...] | None]":
    """The plan, and the programs that it is of where they are not the usual ones. Ends the command where there is none."""
    from nightside.cli.laying import offered_in
    from nightside.cli.plan_refusal import refuse

    programs = None if program is None else (program,)
    try:
        return laying.lay(after, programs), programs
    except PlanImpossible as error:
        tried = laying.usual if programs is None else programs
        instead = offered_in(tried, error) if nearest else None
        if instead is None:
            refuse(error, laying, tried, after, as_json=as_json)
        aside.print(f"{error.what} This is the nearest plan that can be shot.", markup=False, soft_wrap=True)
        return laying.lay(after, instead), instead


def _asked(file: Path | None, recipe: str | None) -> "Program | None":
    from nightside.plan.reading import load_program
    from nightside.plan.recipes import recipe as called

    if recipe is not None:
        return called(recipe).program
    return None if file is None else load_program(file)


@contextmanager
def _laying(config: Path, url: str | None, *, here: bool) -> Generator["Laying"]:
    from nightside.cli.daemon import running
    from nightside.cli.laying import Here, There

    if here:
        yield Here.of(config)
        return
    laid = Here.of(config) if url is None else None  # a configuration that is wrong is said, whoever answers
    daemon = running(config, url, "planned by the file, and not by what is armed")
    if daemon is not None:
        with daemon:
            yield There(daemon)
    elif laid is not None:  # at a URL there is one, or it was refused
        yield laid


def _print(found: "Plan", laying: "Laying", after: datetime, *, every: bool, as_json: bool) -> None:
    """The plan and, where a daemon laid it, what is armed there and what of that it overlaps."""
    from nightside.cli.laying import There
    from nightside.cli.plan_table import print_plan

    armed, overlaps = (laying.armed, laying.overlaps(found)) if isinstance(laying, There) else (None, ())
    if as_json:
        whole = found.model_dump(mode="json") | {"id": found.id, "expected_bytes": found.expected_bytes}
        print_json(whole if armed is None else whole | {"armed": armed, "overlaps": overlaps})
        return
    print_plan(found, after, every=every)
    if armed is not None:
        from nightside.cli.plan_standing import print_standing

        print_standing(found, armed, overlaps)
