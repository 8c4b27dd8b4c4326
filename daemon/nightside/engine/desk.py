"""`Desk`: all bodies of a daemon from one place, for whoever commands them and whoever looks: a terminal, a socket, an API."""

from collections.abc import Sequence
from dataclasses import dataclass

from nightside.engine.commands import Command
from nightside.engine.controls import Controls
from nightside.engine.notices import Notices
from nightside.engine.snapshot import Board, Snapshot
from nightside.errors import CommandRefused


@dataclass(frozen=True, slots=True)
class Answer:
    """What will come of a command on one body."""

    body: str
    says: str


class Desk:
    """For one event loop."""

    def __init__(self, controls: Sequence[Controls], notices: Notices) -> None:
        """One `Controls` a body."""
        self._controls = tuple(controls)
        self._notices = notices

    @property
    def boards(self) -> tuple[Board, ...]:
        """Where what every body is doing is published, for whoever waits for changes."""
        return tuple(controls.board for controls in self._controls)

    @property
    def snapshots(self) -> tuple[Snapshot, ...]:
        """What every body is doing."""
        return tuple(controls.board.now for controls in self._controls)

    def give(self, command: Command) -> list[Answer]:
        """Pass a command on, to the body that it names or to all.

        Raises:
            CommandRefused: no such body is at work here.
        """
        meant = [one for one in self._controls if command.body in {None, one.board.now.body}]
        if not meant:
            known = ", ".join(one.board.now.body or "one that has not been found yet" for one in self._controls)
            raise CommandRefused(f"No body {command.body} is at work here.", remedy=f"Here: {known}.")
        self._notices.tell("command", kind=command.kind, body=command.body)
        return [Answer(one.board.now.body, one.give(command)) for one in meant]
