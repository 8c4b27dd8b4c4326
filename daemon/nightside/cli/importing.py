"""`nightside import`: a card that was pulled."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from nightside.cli.options import DEFAULT_CONFIG, Config, Json
from nightside.cli.output import console, print_json


def import_(
    folder: Annotated[Path, typer.Argument(help="Where the card is mounted.")],
    config: Config = DEFAULT_CONFIG,
    body: Annotated[str | None, typer.Option(help="The body's serial number, for pictures that do not say it.")] = None,
    as_json: Json = False,
) -> None:
    """Adopt the pictures of a card in a reader: copied, verified, given to their shots where possible. The card is left as it is.

    Nothing is taken twice, so it may be interrupted and repeated. The daemon must not run meanwhile; its next run feeds the sinks.

    [bold]nightside import /media/NIKON[/] takes what is on that card.
    """
    from nightside import log as logging
    from nightside import settings as configuration
    from nightside.building import build_clock
    from nightside.recovering import adopt_card

    settings = configuration.load(config)
    clock = build_clock(settings)
    logging.configure(clock, settings.log.level)
    found = asyncio.run(adopt_card(settings, clock, folder, body))
    if as_json:
        print_json(found)
        return
    console.print(
        f"{found.explained} pictures are frames of shots, {found.extra} are kept beside them, {found.known} were there before.",
        soft_wrap=True,
    )
    if found.strangers:
        console.print(f"{found.strangers} are of bodies of which the ledger knows no window: they were left.", soft_wrap=True)
    if found.unread:
        console.print(f"{found.unread} could not be read from the card: try again, or another reader.", soft_wrap=True)
    console.print("`nightside run` brings what is new to the sinks; `nightside frames` lists it.", soft_wrap=True)
