"""`nightside install` and `nightside uninstall`: the daemon as a service of the system, and its end as one."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from nightside.cli.output import console

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]
Root = Annotated[
    Path, typer.Option(help="Another root than /: files are put below it, and no command is run.", show_default=True)
]


def install(
    profile: Annotated[str, typer.Option(help="The configuration to begin with, where there is none yet.")] = "raspberry-pi",
    dry_run: DryRun = False,
    root: Root = Path("/"),
) -> None:
    """Make Nightside a service of the system: unit, user, folders, udev rule and a configuration to begin with. Needs root.

    [bold]nightside install --dry-run[/] says what would be done.
    """
    from nightside.service import installing

    installing.require_visible(installing.executable())
    files = installing.placements(installing.executable(), profile)
    if dry_run:
        for file in files:
            console.print(f"write {file.below(root)}", soft_wrap=True)
        _say_steps(installing.AFTER_INSTALL, root)
        return
    for said in installing.put(files, root):
        console.print(said, soft_wrap=True)
    _carry_out(installing.AFTER_INSTALL, root)
    console.print(
        f"\nNow look through {installing.CONFIGURATION}, ask `nightside doctor -c {installing.CONFIGURATION}`, and start it: "
        "systemctl enable --now nightside",
        soft_wrap=True,
    )


def uninstall(dry_run: DryRun = False, root: Root = Path("/")) -> None:
    """Take the service away again. Frames, ledger and configuration stay where they are. Needs root.

    [bold]nightside uninstall --dry-run[/] says what would be removed.
    """
    from nightside.service import installing

    files = installing.placements(installing.executable(), installing.profiles()[0])
    if dry_run:
        _say_steps(installing.BEFORE_UNINSTALL, root)
        for file in files:
            if not file.yours:
                console.print(f"remove {file.below(root)}", soft_wrap=True)
        _say_steps(installing.AFTER_UNINSTALL, root)
        return
    _carry_out(installing.BEFORE_UNINSTALL, root)
    for said in installing.take_away(files, root):
        console.print(said, soft_wrap=True)
    _carry_out(installing.AFTER_UNINSTALL, root)


def _say_steps(steps: Sequence[Sequence[str]], root: Path) -> None:
    if root == Path("/"):
        for step in steps:
            console.print(f"run {' '.join(step)}", soft_wrap=True)


def _carry_out(steps: Sequence[Sequence[str]], root: Path) -> None:
    """Run the commands, each to its end; the first that fails is told, and the others are left."""
    from nightside.service.installing import StepFailed

    if root != Path("/"):
        return
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
