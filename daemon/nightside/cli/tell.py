"""`nightside tell`: command a running daemon from another terminal, a script or a panel of buttons."""

import json
from enum import StrEnum
from typing import Annotated

import typer

from nightside.cli.options import DEFAULT_CONFIG, Config, Json
from nightside.cli.output import console, print_json


class Word(StrEnum):
    """What can be told."""

    LOOK = "look"
    PAUSE = "pause"
    RESUME = "resume"
    SKIP = "skip"
    STOP_AFTER_SHOT = "stop-after-shot"
    ABORT = "abort"
    EMERGENCY = "emergency"
    CONFIRM = "confirm"


def tell(
    what: Annotated[Word, typer.Argument(help="What is to be done; look only says what is going on.")],
    config: Config = DEFAULT_CONFIG,
    body: Annotated[str | None, typer.Option(help="Serial number of the body that is meant; all, when not given.")] = None,
    releases: Annotated[int, typer.Option(min=1, help="How many releases are skipped.")] = 1,
    clock: Annotated[bool, typer.Option("--clock", help="Confirm that the computer's clock is right.")] = False,
    as_json: Json = False,
) -> None:
    """Tell the daemon that runs with this configuration to pause, resume, skip, stop, abort, shoot now, or go on after a prompt."""
    from nightside import settings as configuration
    from nightside.errors import CommandRefused
    from nightside.service.door import knock

    said: dict[str, object] = {"kind": str(what)}
    if what is not Word.LOOK and body is not None:
        said["body"] = body
    if what is Word.SKIP:
        said["releases"] = releases
    if what is Word.CONFIRM and clock:
        said["what"] = "clock"
    answer = knock(configuration.load(config).door, json.dumps(said))
    if "refused" in answer:
        raise CommandRefused(str(answer["refused"]))
    if as_json or what is Word.LOOK:
        print_json(answer)
        return
    for one in answer["answers"]:
        console.print(f"{one['body'] or 'body'}: {one['says']}", markup=False)
