"""`nightside armed`, `arm` and `disarm`: what a running daemon is to shoot at the next windows."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nightside.cli.completing import recipe_names, serials, toml_files
from nightside.cli.options import DEFAULT_CONFIG, Config, Json, Url
from nightside.cli.output import clock_face, console, print_json
from nightside.errors import PlanImpossible

if TYPE_CHECKING:
    from nightside.service.arming import Armed

PATH = "/api/v1/armed"

Body = Annotated[
    str | None, typer.Option(help="Serial number of the body that is meant; all, when not given.", autocompletion=serials)
]
File = Annotated[Path | None, typer.Argument(help="A program (TOML).", show_default=False, autocompletion=toml_files)]


def armed(config: Config = DEFAULT_CONFIG, url: Url = None, as_json: Json = False) -> None:
    """Say what a running daemon is to shoot at the next windows.

    [bold]nightside armed --json[/] is for a program.
    """
    from pydantic import TypeAdapter

    from nightside.cli.daemon import reach
    from nightside.service.arming import Armed

    with reach(config, url) as daemon:
        found = daemon.ask(PATH, TypeAdapter(list[Armed]))
    _print(found, as_json=as_json)


def arm(
    file: File = None,
    recipe: Annotated[
        str | None, typer.Option(help="A recipe: `nightside recipes` lists them.", autocompletion=recipe_names)
    ] = None,
    configured: Annotated[bool, typer.Option("--configured", help="The configuration's programs again.")] = False,
    windows: Annotated[
        int | None, typer.Option(min=1, max=10_000, help="For so many windows; then what was armed before goes on.")
    ] = None,
    nearest: Annotated[bool, typer.Option("--nearest", help="If it cannot be shot, arm the nearest program that can.")] = False,
    body: Body = None,
    config: Config = DEFAULT_CONFIG,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Arm a program for the next windows of a running daemon. The window in flight is not touched.

    [bold]nightside arm --recipe lightning --windows 1[/] shoots lightning at the next window, and goes on as before.
    [bold]nightside arm trail.toml[/] shoots that until something else is armed.
    [bold]nightside arm --configured[/] shoots what the configuration says.
    """
    if (file is not None) + (recipe is not None) + configured != 1:
        raise typer.BadParameter("FILE, --recipe NAME and --configured: choose one of them.")
    if configured and windows is not None:
        raise typer.BadParameter(
            "--windows goes with FILE or --recipe: the configured programs stay until something else is armed."
        )
    from pydantic import TypeAdapter

    from nightside.cli.daemon import reach
    from nightside.plan.reading import load_program
    from nightside.service.arming import Armed
    from nightside.service.wish import Wish

    program = None if file is None else load_program(file)
    wish = Wish(program=program, recipe=recipe, configured=configured, windows=windows, nearest=nearest, body=body)
    with reach(config, url) as daemon:
        try:
            found = daemon.change("PUT", PATH, TypeAdapter(list[Armed]), wish.model_dump(mode="json", exclude_none=True))
        except PlanImpossible as error:
            remedy = f"{error.remedy} --nearest arms the nearest program that can be shot, where there is one.".strip()
            raise PlanImpossible(error.what, means=error.means or "What was armed stays so.", remedy=remedy) from error
    _print(found, as_json=as_json)


def disarm(config: Config = DEFAULT_CONFIG, url: Url = None, body: Body = None, as_json: Json = False) -> None:
    """Begin no further window until something is armed. The window in flight goes on; `nightside tell abort` ends it.

    [bold]nightside disarm --body 2012345[/] disarms one body of several.
    """
    from pydantic import TypeAdapter

    from nightside.cli.daemon import reach
    from nightside.service.arming import Armed

    with reach(config, url) as daemon:
        found = daemon.change("DELETE", PATH, TypeAdapter(list[Armed]), body=body)
    _print(found, as_json=as_json)


def _print(found: "list[Armed]", *, as_json: bool) -> None:
    if as_json:
        print_json({"armed": [one.model_dump(mode="json") for one in found]})
        return
    for one in found:
        console.print(f"{one.body or 'body'}: {said(one)}", markup=False, soft_wrap=True)


def said(one: "Armed") -> str:
    """What one body is to shoot, in words."""
    if one.trouble:
        return one.trouble
    since = "" if one.since is None else f", since {clock_face(one.since)} UTC"
    if not one.programs:
        if one.in_flight:
            return f"disarmed{since}: no further window is begun. {one.in_flight} goes on; `nightside tell abort` ends it"
        return f"disarmed{since}: no window is begun"
    names = ", ".join(program.called for program in one.programs)
    of = " (the configuration)" if one.kind == "configured" else ""
    left = "" if one.left is None else f", for {one.left} window{'' if one.left == 1 else 's'}"
    return f"{names}{of}{left}{since}"
