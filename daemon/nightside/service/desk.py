"""`Desk`: whatever a running daemon can be asked from outside, whoever asks: the HTTP API, the page, the command line.

Reading goes to the boards of the engines and to a ledger opened for reading, on a thread of its own: the engine's own journal never
waits for a curious client. Telling goes to the controls, which take a command at once and let the engine heed it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from nightside.clock import Clock
from nightside.engine.commands import Command
from nightside.engine.controls import Controls
from nightside.engine.report import Report, report
from nightside.engine.snapshot import Snapshot
from nightside.errors import Refused
from nightside.ledger.journal import Journal
from nightside.ledger.records import FrameRecord, WindowEntry, WindowRecord
from nightside.ledger.store import Ledger
from nightside.plan.programs import AnyProgram
from nightside.plan.values import Plan
from nightside.service.agenda import Agenda
from nightside.service.tail import Tail

Planning = Callable[[datetime, AnyProgram | None], Awaitable[Plan]]
"""Gives the next plan from an instant on, of a program or of the configured ones. Raises as the planner does."""


class Unknown(Refused):
    """Nothing of that name is in the ledger, or on this daemon."""

    code = "unknown"
    exit_code = 82
    http_status = 404


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a command, body by body."""

    body: str
    says: str


class Desk:
    """For one daemon, on its event loop."""

    def __init__(
        self,
        controls: Sequence[Controls],
        library: Callable[[], Awaitable[Journal]],
        planning: Planning,
        agenda: Agenda,
        tail: Tail,
        clock: Clock,
    ) -> None:
        """`library` opens the ledger for reading; it is opened when it is first asked for."""
        self.controls = tuple(controls)
        self.tail = tail
        self.agenda = agenda
        self.clock = clock
        self._library = library
        self._planning = planning
        self._open: Journal | None = None

    @property
    def snapshots(self) -> tuple[Snapshot, ...]:
        """What each engine is doing now."""
        return tuple(one.board.now for one in self.controls)

    def give(self, command: Command) -> tuple[Answer, ...]:
        """Hand a command to the engine of the body that is meant, or to all of them.

        Raises:
            Unknown: no engine has that body.
        """
        meant = [one for one in self.controls if command.body in {None, one.board.now.body}]
        if not meant:
            known = ", ".join(one.board.now.body or "one that has not been found yet" for one in self.controls)
            raise Unknown(f"No body {command.body} is watched here.", remedy=f"There is: {known}.")
        return tuple(Answer(one.board.now.body, one.give(command)) for one in meant)

    async def plan(self, after: datetime | None = None, program: AnyProgram | None = None) -> Plan:
        """The next plan, of a program that is only tried or of the configured ones. Raises as the planner does."""
        return await self._planning(after or self.clock.utc(), program)

    async def windows(self, session: str | None, before: int | None, limit: int) -> list[WindowEntry]:
        """A page of the windows in the ledger, or of a session's, latest first."""
        return await (await self._ledger()).do(Ledger.entries, session, before=before, limit=limit)

    async def report(self, window_id: int) -> Report:
        """The account of one window.

        Raises:
            Unknown: there is none.
        """
        ledger = await self._ledger()
        window = await self._window(ledger, window_id)
        shots, frames = await ledger.do(Ledger.shots, window.id), await ledger.do(Ledger.frames, window.id)
        return report(window, shots, frames, await ledger.do(Ledger.readings, window.id))

    async def frames(self, window_id: int, after: int, limit: int) -> list[FrameRecord]:
        """A page of the files of one window, in the order in which they were found.

        Raises:
            Unknown: there is no such window.
        """
        ledger = await self._ledger()
        return await ledger.do(Ledger.frames, (await self._window(ledger, window_id)).id, after=after, limit=limit)

    async def close(self) -> None:
        """Let the ledger go."""
        if self._open is not None:
            journal, self._open = self._open, None
            await asyncio.to_thread(journal.close)

    async def _ledger(self) -> Journal:
        if self._open is None:
            self._open = await self._library()
        return self._open

    async def _window(self, ledger: Journal, window_id: int) -> WindowRecord:
        try:
            return await ledger.do(Ledger.window, window_id)
        except IndexError:
            raise Unknown(f"The ledger has no window {window_id}.", remedy="`nightside frames` lists them.") from None
