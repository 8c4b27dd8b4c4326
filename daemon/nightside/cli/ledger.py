"""`nightside ledger`: copying the record of all nights, and making it anew when it is damaged."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from nightside.cli.options import DEFAULT_CONFIG, Config, Json
from nightside.cli.output import aside, console, print_json

ledger = typer.Typer(no_args_is_help=True, help="Copy the ledger, or make it anew when it is damaged.")

Anyway = Annotated[bool, typer.Option("--anyway", help="Even if the ledger is sound. What is safe has to be proved again.")]


@ledger.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to put the copy. Nothing is overwritten.")],
    config: Config = DEFAULT_CONFIG,
    as_json: Json = False,
) -> None:
    """Copy the ledger to FILE, whole and checked. Works beside a running daemon.

    [bold]nightside ledger backup /media/disk/ledger.sqlite[/] puts the copy on a disk.
    """
    from nightside import settings as configuration
    from nightside.errors import ConfigRefused
    from nightside.ledger.backup import back_up
    from nightside.ledger.opening import require_there

    place = configuration.load(config).ledger_place
    if not isinstance(place, Path):
        raise ConfigRefused(
            f"The ledger is on a server: {place}.", remedy="Copy it with PostgreSQL's own pg_dump; docs/reference/ledger.md."
        )
    require_there(place)
    back_up(place, file)
    if as_json:
        print_json({"ledger": place, "copy": file})
    else:
        console.print(f"{place} was copied to {file}.", soft_wrap=True)


@ledger.command()
def rebuild(config: Config = DEFAULT_CONFIG, anyway: Anyway = False, as_json: Json = False) -> None:
    """Set a damaged ledger aside, and make a new one of what can be known: from itself, its copies, the spool and the sinks.

    [bold]nightside ledger rebuild -c nightside.toml[/] does nothing to a ledger that is sound.
    """
    from nightside import log as logging
    from nightside import settings as configuration
    from nightside.building import build_clock
    from nightside.errors import ConfigRefused, LedgerDamaged
    from nightside.ledger.opening import open_ledger, require_there, sole_writer
    from nightside.recovering import rebuild_ledger

    settings = configuration.load(config)
    clock = build_clock(settings)
    logging.configure(clock, settings.log.level)
    place = settings.ledger_place
    if not isinstance(place, Path):
        raise ConfigRefused(
            f"The ledger is on a server: {place}.", remedy="Restore it from a pg_dump; docs/reference/ledger.md says how."
        )
    require_there(place)
    with sole_writer(place):
        try:
            open_ledger(place, clock, settings.ledger.name).close()
        except LedgerDamaged as error:
            aside.print(error.what, soft_wrap=True, markup=False)
        else:
            if not anyway:
                if as_json:
                    print_json({"ledger": place, "rebuilt": None})
                else:
                    console.print(f"{place} is sound. Nothing was done.", soft_wrap=True)
                return
        done = asyncio.run(rebuild_ledger(settings, clock, place))
    if as_json:
        print_json({"ledger": place, "rebuilt": done})
        return
    console.print(
        f"{place} was made anew: {done.windows} windows, {done.frames} frames.\n"
        f"The damaged one is kept as {done.aside}.\n"
        f"The next `nightside run` reads the sinks again; nothing is deleted from cards for what was rebuilt.",
        soft_wrap=True,
    )
    if done.nameless:
        console.print(f"{done.nameless} files have names that do not tell what they are; they lie where they lay.")
