"""`nightside tell`: command a running daemon from another terminal, a script or a panel of buttons."""

from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated

import typer

from nightside.cli.completing import serials
from nightside.cli.options import DEFAULT_CONFIG, Config, Json, Url
from nightside.cli.output import console, print_json


class Word(StrEnum):
    """What can be told."""

    PAUSE = "pause"
    RESUME = "resume"
    SKIP = "skip"
    STOP_AFTER_SHOT = "stop-after-shot"
    ABORT = "abort"
    EMERGENCY = "emergency"
    CONFIRM = "confirm"


def _word(text: str) -> Word:
    """The word that was typed; a wrong one is refused with what it probably was to be."""
    known = [str(word) for word in Word]
    if text in known:
        return Word(text)
    near = [word for word in known if text and word.startswith(text)] or get_close_matches(text, known, 1)
    meant = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(known)}."
    raise typer.BadParameter(f"{text!r} is nothing that can be told. {meant}")


def _words(incomplete: str) -> list[str]:
    return [str(word) for word in Word if word.startswith(incomplete)]


def tell(
    what: Annotated[
        Word,
        typer.Argument(parser=_word, metavar=f"[{'|'.join(Word)}]", autocompletion=_words, help="What is to be done."),
    ],
    config: Config = DEFAULT_CONFIG,
    url: Url = None,
    body: Annotated[
        str | None, typer.Option(help="Serial number of the body that is meant; all, when not given.", autocompletion=serials)
    ] = None,
    releases: Annotated[int, typer.Option(min=1, max=100_000, help="How many releases are skipped.")] = 1,
    clock: Annotated[bool, typer.Option("--clock", help="Confirm that the computer's clock is right.")] = False,
    as_json: Json = False,
) -> None:
    """Tell a running daemon to pause, resume, skip, stop, abort, shoot now, or go on after a prompt. `nightside status` looks.

    [bold]nightside tell skip --releases 3[/] leaves out the next three.
    [bold]nightside tell confirm --clock[/] vouches for the clock.
    [bold]nightside tell abort --body 2012345[/] ends the window of one body, at once.
    """
    from pydantic import TypeAdapter

    from nightside.cli.daemon import reach
    from nightside.engine.commands import KINDS
    from nightside.engine.desk import Answer

    more: dict[str, object] = {"releases": releases} if what is Word.SKIP else {}
    if what is Word.CONFIRM and clock:
        more["what"] = "clock"
    command = KINDS[what].model_validate({"body": body, **more})
    with reach(config, url) as daemon:
        answers = daemon.tell("/api/v1/commands", TypeAdapter(list[Answer]), command.model_dump(mode="json"))
    if as_json:
        print_json({"answers": answers})
        return
    for one in answers:
        console.print(f"{one.body or 'body'}: {one.says}", markup=False, soft_wrap=True)
