"""`nightside demo`: the whole of Nightside in a minute and a half."""

from pathlib import Path
from typing import Annotated

import typer

from nightside.cli.output import console
from nightside.cli.rehearse import ended, perform


def demo(
    folder: Annotated[Path, typer.Option(help="Where to put the run; each gets a numbered folder of its own.")] = Path(
        "nightside-demo"
    ),
    speed: Annotated[float, typer.Option(help="How many times as fast as it was the night goes by, 1 to 400.")] = 60,
) -> None:
    """One real orbital night, end to end: ISS elements, umbra, plan, a simulated D3s through libgphoto2, verified files.

    [bold]nightside demo --speed 200[/] is for those in a hurry.
    """
    from nightside.demo import demonstration, stack
    from nightside.rehearsal.staging import new_folder

    staged = demonstration(folder, speed)
    console.print(f"A night of the International Space Station, {speed:g} times as fast as it was, on a simulated Nikon D3s.")
    staged, report = perform(staged.put_into(new_folder(folder)))
    if report.safe:
        picture = staged.folder / "star-trail.jpg"
        stack(staged.frames(report.session, report.window), picture)
        console.print(f"picture {picture}, all frames laid over each other", soft_wrap=True)
    ended((staged, report))
