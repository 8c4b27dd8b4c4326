"""Keys of the terminal in which `nightside run` runs: the same typed commands that any other way in gives."""

import asyncio
import os
import termios
import tty
from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO

from rich.markup import escape

from nightside.cli.output import aside
from nightside.engine.commands import Abort, Command, Confirm, Emergency, Pause, Resume, Skip, StopAfterShot
from nightside.engine.desk import Desk
from nightside.engine.snapshot import DISARMED, Shutter, Snapshot
from nightside.errors import NightsideError
from nightside.ledger.states import SessionPhase

HELP = "p pause/resume · s skip · q stop after this shot · A abort · e emergency: shoot now · c confirm · ? this"


@contextmanager
def keys(desk: Desk, terminal: TextIO) -> Generator[None]:
    """Listen to the keys of a terminal for as long as the block runs; to nothing where it is none. Ctrl-C stays what it is."""
    if not terminal.isatty() or not _in_front(terminal.fileno()):
        yield
        return
    # Opened anew, since whether reads wait belongs to what was opened: the output would share it.
    descriptor = os.open(os.ttyname(terminal.fileno()), os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    before = termios.tcgetattr(descriptor)
    loop = asyncio.get_running_loop()
    tty.setcbreak(descriptor)
    loop.add_reader(descriptor, _read, desk, descriptor)
    aside.print(f"[dim]{HELP}[/]")
    try:
        yield
    finally:
        loop.remove_reader(descriptor)
        if _in_front(descriptor):
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
        os.close(descriptor)


def _in_front(descriptor: int) -> bool:
    """Whether keys are meant for us: whoever reads a terminal from the background is stopped by it."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:
        return True  # a terminal that controls nobody stops nobody


def command_of(key: str, snapshots: tuple[Snapshot, ...]) -> Command | None:
    """What a key commands, as things stand; nothing where it is no command."""
    paused = any(snapshot.paused for snapshot in snapshots)
    prompted = any(snapshot.prompt for snapshot in snapshots)
    commands: dict[str, Command] = {
        "p": Resume() if paused else Pause(),
        "s": Skip(),
        "q": StopAfterShot(),
        "A": Abort(),
        "e": Emergency(),
        "c": Confirm(what="prompt" if prompted else "clock"),
    }
    return commands.get(key)


def line_of(snapshot: Snapshot) -> str:
    """What one body is doing, in a line."""
    shot = "" if snapshot.shot is None else f", shot {snapshot.shot + 1} of {snapshot.shots}"
    shutter = f", shutter {snapshot.shutter}" if snapshot.shutter is not Shutter.CLOSED else ""
    until = f" until {snapshot.closes_at:%H:%M:%S}" if snapshot.shutter is Shutter.OPEN and snapshot.closes_at else ""
    following = f"; next {snapshot.next}" if snapshot.next else ""
    at = f" at {snapshot.next_at:%H:%M:%S} UTC" if snapshot.next and snapshot.next_at else ""
    held = "; paused" if snapshot.paused else ""
    asked = "".join(f"; {part}" for part in (snapshot.prompt, snapshot.trouble) if part)
    if snapshot.next == DISARMED and snapshot.session_phase is SessionPhase.PLANNING:
        return f"{snapshot.body or 'body'}: disarmed, no window is begun until something is armed{held}{asked}"
    where = snapshot.phase or snapshot.session_phase
    return f"{snapshot.body or 'body'}: {where}{shot}{shutter}{until}{following}{at}{held}{asked}"


def _read(desk: Desk, descriptor: int) -> None:
    if not _in_front(descriptor):
        asyncio.get_running_loop().remove_reader(descriptor)  # it was sent to the background: keys are the shell's
        return
    try:
        pressed = os.read(descriptor, 64).decode("utf-8", "replace")
    except OSError:
        pressed = ""
    if not pressed:
        asyncio.get_running_loop().remove_reader(descriptor)  # the terminal is gone
    for key in pressed:
        command = command_of(key, desk.snapshots)
        if command is not None:
            _say(desk, command)
        elif key == "?":
            aside.print(HELP)
            for snapshot in desk.snapshots:
                aside.print(escape(line_of(snapshot)))


def _say(desk: Desk, command: Command) -> None:
    try:
        answers = desk.give(command)
    except NightsideError as error:
        aside.print(escape(str(error)))
        return
    for answer in answers:
        aside.print(escape(f"{answer.body}: {answer.says}" if len(answers) > 1 else answer.says))
