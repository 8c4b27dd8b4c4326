"""`nightside install` and `nightside uninstall`: the daemon as a service of the system, and its end as one."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from nightside.cli.options import Json
from nightside.cli.output import console, print_json

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
Root = Annotated[
    Path, typer.Option(help="Another root than /: files are put below it, and no command is run.", show_default=True)
]


def install(
    profile: Annotated[str, typer.Option(help="The configuration to begin with, where there is none yet.")] = "raspberry-pi",
    dry_run: DryRun = False,
    root: Root = Path("/"),
    as_json: Json = False,
) -> None:
    """Make Nightside a service of the system: unit, user, folders, udev rule and a configuration to begin with. Needs root.

    [bold]nightside install --dry-run[/] says what would be done.
    """
    from nightside.service import installing

    installing.require_visible(installing.executable())
    files = installing.placements(installing.executable(), profile)
    steps = _steps(installing.AFTER_INSTALL, root)
    if dry_run:
        _tell([f"write {file.below(root)}" for file in files] + [f"run {' '.join(step)}" for step in steps], as_json=as_json)
        return
    done = installing.put(files, root)
    if not as_json:
        _tell(done, as_json=False)  # before what follows, which may fail
    _carry_out(steps)
    if as_json:
        _tell(done, as_json=True)
        return
    console.print(
        f"\nNow look through {installing.CONFIGURATION}, ask `nightside doctor -c {installing.CONFIGURATION}`, and start it: "
        "systemctl enable --now nightside",
        soft_wrap=True,
    )


def uninstall(dry_run: DryRun = False, root: Root = Path("/"), as_json: Json = False) -> None:
    """Take the service away again. Frames, ledger and configuration stay where they are. Needs root.

    [bold]nightside uninstall --dry-run[/] says what would be removed.
    """
    from nightside.service import installing

    files = installing.placements(installing.executable(), installing.profiles()[0])
    before, after = _steps(installing.BEFORE_UNINSTALL, root), _steps(installing.AFTER_UNINSTALL, root)
    if dry_run:
        removed = [f"remove {file.below(root)}" for file in files if not file.yours]
        runs = [[f"run {' '.join(step)}" for step in steps] for steps in (before, after)]
        _tell([*runs[0], *removed, *runs[1]], as_json=as_json)
        return
    _carry_out(before)
    done = installing.take_away(files, root)
    if not as_json:
        _tell(done, as_json=False)
    _carry_out(after)
    if as_json:
        _tell(done, as_json=True)


def _tell(steps: Sequence[str], *, as_json: bool) -> None:
    """What is done, or would be, in its order."""
    if as_json:
        print_json({"steps": steps})
        return
    for step in steps:
        console.print(step, soft_wrap=True, markup=False)


def _steps(steps: Sequence[Sequence[str]], root: Path) -> Sequence[Sequence[str]]:
    """The commands that are run: none, where it is not this very system."""
    return steps if root == Path("/") else ()


def _carry_out(steps: Sequence[Sequence[str]]) -> None:
    """Run the commands, each to its end; the first that fails is told, and the others are left."""
    from nightside.service.installing import StepFailed

    for step in steps:
        try:
            done = subprocess.run(step, capture_output=True, text=True, timeout=60, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise StepFailed(
                f"`{' '.join(step)}` could not be run: {error}.", remedy="Is this a system with systemd?"
            ) from error
        if done.returncode:
            raise StepFailed(
                f"`{' '.join(step)}` failed: {done.stderr.strip() or done.returncode}.",
                means="The files are in place; the system does not know of all of them yet.",
                remedy="Run that command by hand, and `nightside install` again.",
            )
