"""`Library`: what a running daemon can be asked of the past and of the future: its ledger, its plans, its agenda, its log.

The ledger is opened for reading, on a thread of its own: the engine's own journal never waits for a curious client. What is going
on now, and whoever wants to change it, is the business of the engine's `Desk`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from nightside.clock import Clock
from nightside.engine.report import Report
from nightside.engine.reporting import report_of
from nightside.errors import Refused
from nightside.ledger.journal import Journal
from nightside.ledger.records import FrameRecord, Tally, WindowEntry, WindowRecord
from nightside.ledger.states import FrameState
from nightside.ledger.store import Ledger
from nightside.plan.programs import AnyProgram
from nightside.plan.values import Plan
from nightside.service.agenda import Agenda, Entry, EntryKind
from nightside.service.programs import with_last_runs
from nightside.service.tail import Tail

P = ParamSpec("P")
T = TypeVar("T")

Tried = AnyProgram | tuple[AnyProgram, ...] | None
"""A program that is only tried; several that share a window, as a configuration's do; or none, for what is armed."""

Planning = Callable[[datetime, Tried], Awaitable[Plan]]
"""Gives the next plan from an instant on. Raises as the planner does."""


class Unknown(Refused):
    """Nothing of that name is in the ledger."""

    code = "unknown"
    exit_code = 82
    http_status = 404


class Library:
    """For one daemon, on its event loop."""

    def __init__(
        self, ledger: Callable[[], Awaitable[Journal]], planning: Planning, agenda: Agenda, tail: Tail, clock: Clock
    ) -> None:
        """`ledger` opens it for reading, when it is first asked for."""
        self.agenda = agenda
        self.tail = tail
        self.clock = clock
        self._ledger_opened = ledger
        self._planning = planning
        self._open: Journal | None = None
        self._one_plan = asyncio.Lock()

    async def plan(self, after: datetime | None = None, tried: Tried = None) -> Plan:
        """The next plan, of what is only tried or of what is armed. Raises as the planner does.

        One at a time: planning takes a processor, and the shutter has only so many.
        """
        async with self._one_plan:
            return await self._planning(after or self.clock.utc(), tried)

    async def ask(self, act: Callable[Concatenate[Ledger, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Anything else that can be read in the ledger: `await library.ask(Ledger.frame, 7)`."""
        return await (await self._ledger()).do(act, *args, **kwargs)

    async def entries(self) -> tuple[Entry, ...]:
        """Everything that is on the agenda, whatever comes next first, programs with what the ledger has of their last windows."""
        entries = self.agenda.entries
        programs = [entry for entry in entries if entry.kind is EntryKind.PROGRAM]
        if not programs:
            return entries
        known = {entry.name: entry for entry in await (await self._ledger()).do(with_last_runs, programs)}
        return tuple(known[entry.name] if entry.kind is EntryKind.PROGRAM else entry for entry in entries)

    async def windows(self, session: str | None, before: int | None, limit: int) -> list[WindowEntry]:
        """A page of the windows in the ledger, or of a session's, latest first."""
        return await (await self._ledger()).do(Ledger.entries, session, before=before, limit=limit)

    async def unfinished(self) -> list[WindowRecord]:
        """The windows of this station that are not closed, with their plans, oldest first."""
        return await (await self._ledger()).do(Ledger.unfinished)

    async def report(self, window_id: int) -> Report:
        """The account of one window.

        Raises:
            Unknown: there is none.
        """
        ledger = await self._ledger()
        window = await self._window(ledger, window_id)
        return await ledger.do(report_of, window)

    async def frames(self, window_id: int, after: int, limit: int) -> list[FrameRecord]:
        """A page of the files of one window, in the order in which they were found.

        Raises:
            Unknown: there is no such window.
        """
        ledger = await self._ledger()
        return await ledger.do(Ledger.frames, (await self._window(ledger, window_id)).id, after=after, limit=limit)

    async def tallies(self) -> dict[FrameState, Tally]:
        """How many of this station's files are in each state."""
        return await (await self._ledger()).do(Ledger.summary)

    async def owed_bytes(self, sink: str) -> int:
        """The bytes in the spool that a sink does not hold yet."""
        return await (await self._ledger()).do(Ledger.owed_bytes, sink)

    async def frame(self, frame_id: int) -> FrameRecord:
        """One file.

        Raises:
            Unknown: there is none of this number.
        """
        try:
            return await (await self._ledger()).do(Ledger.frame, frame_id)
        except ValueError:
            raise Unknown(f"The ledger has no frame {frame_id}.", remedy="`nightside frames` lists them.") from None

    async def close(self) -> None:
        """Let the ledger go."""
        if self._open is not None:
            journal, self._open = self._open, None
            await asyncio.to_thread(journal.close)

    async def _ledger(self) -> Journal:
        if self._open is None:
            self._open = await self._ledger_opened()
        return self._open

    async def _window(self, ledger: Journal, window_id: int) -> WindowRecord:
        try:
            return await ledger.do(Ledger.window, window_id)
        except ValueError:
            raise Unknown(f"The ledger has no window {window_id}.", remedy="`nightside frames` lists them.") from None
