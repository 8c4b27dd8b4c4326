"""`nightside recipes`: what others shoot, to be planned as it is or copied and changed."""

from typing import Annotated

import typer

from nightside.cli.completing import recipe_names
from nightside.cli.options import Json
from nightside.cli.output import console, print_json


def recipes(
    name: Annotated[
        str | None,
        typer.Argument(
            help="Print this one's file, to be copied and changed.", show_default=False, autocompletion=recipe_names
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """List the programs that are always there, or print one: settings that astronauts and photographers really use.

    [bold]nightside recipes milky-way > mine.toml[/] is a file to begin with.
    """
    from nightside.plan.recipes import recipe as called
    from nightside.plan.recipes import recipes as shipped

    if name is not None:
        one = called(name)
        if as_json:
            kind = one.program.kind_name
            print_json({"name": one.name, "kind": kind, "about": one.about, "source": one.source, "text": one.text})
        else:
            typer.echo(one.text, nl=False)
        return
    found = shipped()
    if as_json:
        print_json(
            {
                "recipes": [
                    {"name": one.name, "kind": one.program.kind_name, "about": one.about, "source": one.source} for one in found
                ]
            }
        )
        return
    from rich.table import Table

    table = Table("recipe", "program", "what it is", box=None, pad_edge=False)
    for one in found:
        table.add_row(one.name, one.program.kind_name, one.about)
    console.print(table)
    console.print(
        "\n`nightside recipes NAME` prints one, and says where its numbers come from; `nightside plan --recipe NAME` plans it."
    )
