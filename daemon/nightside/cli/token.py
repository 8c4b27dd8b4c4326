"""`nightside token`: who may reach the daemon from other computers."""

from typing import TYPE_CHECKING, Annotated

import typer

from nightside.cli.options import DEFAULT_CONFIG, Config, Json
from nightside.cli.output import console, print_json

if TYPE_CHECKING:
    from nightside.service.http.access import Access

token = typer.Typer(no_args_is_help=True, help="Make, list and revoke the tokens by which other computers reach the daemon.")


@token.command()
def new(
    name: Annotated[str, typer.Argument(help="What it is for, as in phone; one of the same name is replaced.")],
    config: Config = DEFAULT_CONFIG,
    operate: Annotated[bool, typer.Option("--operate/--watch", help="Whether it may command, or only look.")] = False,
    as_json: Json = False,
) -> None:
    """Make a token, and print it. Nobody can be told it again: only its hash is kept. A running daemon heeds it within a minute.

    [bold]nightside token new phone --operate[/] makes one that may command.
    """
    from nightside.service.http.access import Role

    role = Role.OPERATE if operate else Role.WATCH
    made = _access(config).issue(name, role)
    if as_json:
        print_json({"name": name, "role": role, "token": made})
    else:
        typer.echo(made)


@token.command("list")
def list_(config: Config = DEFAULT_CONFIG, as_json: Json = False) -> None:
    """List the tokens: what each is for, and what it may do. Not the tokens themselves, which nobody knows.

    [bold]nightside token list --json[/] is for a program.
    """
    known = _access(config).tokens
    if as_json:
        print_json({"tokens": [{"name": one.name, "role": one.role, "made_at": one.made_at} for one in known]})
        return
    for one in known:
        console.print(f"{one.name}  may {one.role}, made {one.made_at}", markup=False)
    if not known:
        console.print("There is none: nobody beyond this computer is let in.")


@token.command()
def revoke(
    name: Annotated[str, typer.Argument(help="As in `nightside token list`.")],
    config: Config = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Forget a token: within a minute a running daemon lets whoever has it in no more.

    [bold]nightside token revoke phone[/] is for a phone that was lost.
    """
    from nightside.errors import CommandRefused

    if not _access(config).revoke(name):
        raise CommandRefused(f"There is no token {name!r}.", remedy="`nightside token list` names them.")
    if as_json:
        print_json({"revoked": name})
    else:
        console.print(f"{name} is revoked.", markup=False)


def _access(config: Config) -> "Access":
    from nightside import settings as configuration
    from nightside.clock import SystemClock
    from nightside.service.http.access import Access

    settings = configuration.load(config)
    return Access(settings.path(settings.api.tokens), SystemClock())
