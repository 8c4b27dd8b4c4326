"""`Arming`: what is to be shot at the next windows, chosen while the daemon runs: the configured programs, another, or nothing.

A choice is checked by planning the next window with it, is durable before it is answered, and holds across restarts. The window in
flight is never touched: `abort` is for that. One that is only waited for is planned anew, by the engine.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from nightside.clock import Clock
from nightside.engine.controls import Controls
from nightside.engine.planning import Planner
from nightside.engine.snapshot import Shutter
from nightside.errors import CommandRefused, PlanImpossible, ProgramRefused
from nightside.ledger.armings import EVERY_BODY
from nightside.ledger.journal import Journal
from nightside.ledger.records import Arming as Choice
from nightside.ledger.states import ArmingKind, SessionPhase, WindowPhase
from nightside.ledger.store import Ledger
from nightside.plan.programs import AnyProgram, Program
from nightside.plan.recipes import recipe
from nightside.plan.values import Utc, Value
from nightside_drivers.api import Capabilities

if TYPE_CHECKING:
    from nightside.service.wish import Wish

TRIES = 4
"""How many times what is offered in the place of an impossible program is tried, with bodies that differ."""


class Armed(Value):
    """What is to be shot at one body's next window."""

    body: str
    """Its serial number; empty until the body has been found."""
    kind: ArmingKind
    programs: tuple[AnyProgram, ...] = ()
    """What is shot: those of the configuration, or the one that was given; none where nothing is armed."""
    left: int | None = None
    """For how many windows more; `None`: until something else is armed."""
    since: datetime | None = None
    """When a person said so (UTC); `None` where nobody ever has."""
    in_flight: str = ""
    """The window that its body has been made ready for, or shoots, and arming does not touch; where nothing is armed, one that it
    shoots: before its first release, disarming takes it off the ledger. Empty where none is."""
    trouble: str = ""
    """Why what was armed cannot be shot; empty where it can."""


class Overlap(Value):
    """A window in the ledger that is not over, and lies in the time of a plan that is asked about."""

    body: str
    window: str
    program: str
    start: Utc
    end: Utc
    shots: int
    """How many of its shots are in that time."""
    phase: WindowPhase


@dataclass(frozen=True, slots=True)
class Crew:
    """One body, as far as arming is concerned."""

    controls: Controls
    serial: str | None
    """As configured; the one that was found wins."""
    capabilities: Callable[[], Capabilities]
    """What it can do: as it said, or, until it has been met, as the configured model. May block."""

    @property
    def name(self) -> str:
        """Its serial number, as far as it is known."""
        return self.controls.board.now.body or self.serial or EVERY_BODY

    def in_flight(self, *, disarmed: bool) -> str:
        """The window that is begun, or made ready for; where it was `disarmed`, only one of which something has been shot."""
        now = self.controls.board.now
        begun = now.session_phase is SessionPhase.WORKING and now.phase in {WindowPhase.PLANNED, WindowPhase.SHOOTING}
        shooting = now.taken > 0 or now.shutter is not Shutter.CLOSED
        return now.window or "" if begun and (shooting or not disarmed) else ""


class Arming:
    """For one daemon, on its event loop."""

    def __init__(
        self,
        journal: Journal,
        crew: Sequence[Crew],
        planner: Planner,
        configured: Callable[[], tuple[AnyProgram, ...]],
        clock: Clock,
    ) -> None:
        """`configured` gives the programs of the configuration that is in force."""
        self._journal = journal
        self._crew = tuple(crew)
        self._planner = planner
        self._configured = configured
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()

    async def armed(self) -> list[Armed]:
        """What is armed, body by body."""
        return [await self._armed(one) for one in self._crew]

    async def overlaps(self, start: datetime, end: datetime) -> list[Overlap]:
        """The windows of this station that are not over, and have shots between two instants."""
        found: list[Overlap] = []
        for window in await self._journal.do(Ledger.unfinished):
            plan = window.plan
            shots = sum(1 for shot in plan.shots if shot.open_at < end and shot.close_at > start)
            if shots:
                found.append(
                    Overlap(
                        body=window.serial,
                        window=window.name,
                        program=plan.program,
                        start=plan.span.start,
                        end=plan.span.end,
                        shots=shots,
                        phase=window.phase,
                    )
                )
        return found

    async def next_program(self) -> AnyProgram | None:
        """What the first body shoots next; `None` for the configuration's programs.

        Raises:
            NothingArmed: nothing.
        """
        choice = await self._journal.do(Ledger.chosen, self._crew[0].name)
        choice.require_something()
        return choice.program

    async def arm(self, wish: "Wish") -> list[Armed]:
        """Arm what is wished for, from the next window on that has not begun, and give what is armed then.

        Raises:
            PlanImpossible: it cannot be shot; the nearest possible is offered, where there is one.
            Refused: there is no such recipe, body or window, or nothing can be planned now.
        """
        async with self._one_at_a_time:
            meant = self._meant(wish.body)
            program = (await asyncio.to_thread(recipe, wish.recipe)).program if wish.recipe is not None else wish.program
            if program is not None:
                program = await self._possible(program, meant, nearest=wish.nearest)
            kind = ArmingKind.CONFIGURED if program is None else ArmingKind.PROGRAM
            return await self._choose(meant, kind, wish.body, program, wish.windows)

    async def disarm(self, body: str | None = None) -> list[Armed]:
        """Begin no further window, on one body or on all, until something is armed. One of which nothing was shot yet is withdrawn.

        Raises:
            CommandRefused: there is no such body.
        """
        async with self._one_at_a_time:
            return await self._choose(self._meant(body), ArmingKind.NOTHING, body)

    async def _choose(self, meant: Sequence[Crew], kind: ArmingKind, body: str | None, *what: Any) -> list[Armed]:
        program, windows = what or (None, None)
        await self._journal.do(Ledger.choose, kind, program, windows, body or EVERY_BODY)
        for one in meant:
            one.controls.rouse()
        return await self.armed()

    def _meant(self, body: str | None) -> list[Crew]:
        meant = [one for one in self._crew if body in {None, one.name}]
        if not meant:
            known = ", ".join(one.name or "one that has not been found yet" for one in self._crew)
            raise CommandRefused(f"No body {body} is at work here.", remedy=f"Here: {known}.")
        return meant

    async def _possible(self, program: AnyProgram, meant: Sequence[Crew], *, nearest: bool) -> AnyProgram:
        """The program, as every body that is meant can shoot it at the next window."""
        for left in reversed(range(TRIES)):
            try:
                for one in meant:
                    await asyncio.to_thread(self._plan, one, program)
            except PlanImpossible as error:
                offered = error.offered if error.refused == program else None
                if not (nearest and left and isinstance(offered, Program)):
                    raise
                program = offered
            else:
                return program
        raise AssertionError("unreachable: the last try returns or raises")

    def _plan(self, one: Crew, program: AnyProgram) -> None:
        self._planner(self._clock.utc(), one.capabilities(), program)

    async def _armed(self, one: Crew) -> Armed:
        try:
            choice = await self._journal.do(Ledger.chosen, one.name)
            disarmed = await self._journal.do(Ledger.disarmed, one.name)
        except ProgramRefused as error:
            return Armed(body=one.name, kind=ArmingKind.PROGRAM, in_flight=one.in_flight(disarmed=False), trouble=str(error))
        return Armed(
            body=one.name,
            kind=choice.kind,
            programs=self._programs(choice),
            left=choice.left,
            since=choice.at,
            in_flight=one.in_flight(disarmed=disarmed),
        )

    def _programs(self, choice: Choice) -> tuple[AnyProgram, ...]:
        if choice.kind is ArmingKind.CONFIGURED:
            return self._configured()
        return () if choice.program is None else (choice.program,)
