"""`nightside plan`: what will be shot, before the night."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nightside.cli.completing import recipe_names, toml_files
from nightside.cli.options import DEFAULT_CONFIG, Config, Json, instant
from nightside.cli.output import aside, clock_face, console, print_json
from nightside.errors import PlanImpossible, RangeRefused

if TYPE_CHECKING:
    from nightside.plan.planner import Planner
    from nightside.plan.programs import Program
    from nightside.settings import Settings

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
) -> None:
    """Print the next window's plan: each shot with its times and settings, what it takes, and what a person must set.

    [bold]nightside plan --recipe lightning[/] tries a recipe on the next window.
    [bold]nightside plan mine.toml --nearest --toml[/] prints the nearest program that can be shot, to be saved.
    """
    if as_json + as_ics + as_toml > 1:
        raise typer.BadParameter("--json, --ics and --toml: choose one of them.")
    if file is not None and recipe is not None:
        raise typer.BadParameter("FILE and --recipe: choose one of them.")
    from nightside import settings as configuration
    from nightside.building import build_clock, known_body
    from nightside.cli.plan_refusal import refuse, with_offered

    program = _asked(file, recipe)
    settings = configuration.load(config)
    clock = build_clock(settings)
    now = clock.utc()
    after = now if at is None else instant(at, "--at")
    if after < now - timedelta(minutes=1):
        raise RangeRefused(
            f"--at is {clock_face(after)} UTC, which has passed.", remedy="Nights that have passed are in `nightside windows`."
        )
    planner, body = _planner(settings, program), known_body(settings)
    try:
        found, programs = planner(after, body), planner.programs
    except PlanImpossible as error:
        instead = with_offered(planner, error) if nearest else None
        if instead is None:
            refuse(error, planner, after, body, as_json=as_json)
        aside.print(f"{error.what} This is the nearest plan that can be shot.", markup=False, soft_wrap=True)
        found, programs = instead(after, body), instead.programs
    if diff or against is not None:
        from nightside.cli.plan_diff import print_changes

        print_changes(settings, found, against, as_json=as_json)
    elif as_toml:
        from nightside.plan.reading import program_text

        console.out("\n".join(program_text(one) for one in programs), end="")
    elif as_json:
        print_json(found.model_dump(mode="json") | {"id": found.id, "expected_bytes": found.expected_bytes})
    elif as_ics:
        from nightside.cli.plan_ics import as_calendar

        typer.echo(as_calendar(found, now), nl=False)
    else:
        from nightside.cli.plan_table import print_plan

        print_plan(found, after, every=every)


def _asked(file: Path | None, recipe: str | None) -> "Program | None":
    from nightside.plan.reading import load_program
    from nightside.plan.recipes import recipe as called

    if recipe is not None:
        return called(recipe).program
    return None if file is None else load_program(file)


def _planner(settings: "Settings", program: "Program | None") -> "Planner":
    from nightside.building import build_clock, build_planner
    from nightside.cli.plan_refusal import with_program

    planner = build_planner(settings, build_clock(settings))
    return planner if program is None else with_program(planner, program)
