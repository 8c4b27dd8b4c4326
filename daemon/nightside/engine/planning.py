"""`Planning`: the next window of a body, with room for its frames, in the ledger; and the same window again by newer elements."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from nightside.clock import Clock
from nightside.engine.controls import Controls
from nightside.engine.emergency import is_emergency
from nightside.engine.housekeeping import Housekeeping
from nightside.engine.notices import Notices
from nightside.engine.snapshot import DISARMED
from nightside.errors import ElementsStale, NoNight, PlanImpossible, ProgramRefused, StorageFull
from nightside.ledger.journal import Journal
from nightside.ledger.records import Arming, WindowRecord
from nightside.ledger.states import ArmingKind
from nightside.ledger.store import Ledger
from nightside.plan.programs import AnyProgram
from nightside.plan.values import Plan
from nightside_drivers.api import Capabilities
from nightside_drivers.errors import Refused
from nightside_drivers.protocol import Opened

log = structlog.stdlib.get_logger()

Planner = Callable[[datetime, Capabilities, AnyProgram | None], Plan]
"""Gives the next plan whose first shot opens at or after an instant, of a program or, for `None`, of the configured ones.

Raises `NoNight` or `PlanImpossible`.
"""

ASK_AGAIN_S = 300.0
"""How often (clock time) it is asked whether elements that were stale, missing or damaged have been replaced."""

NIGHT_AGAIN_S = 3600.0
"""How often (clock time) a night is looked for where there is none within a year: each look computes that year."""

FAR = timedelta(days=1)
"""A night that is farther away than this is said to be."""


class Planning:
    """Of one body."""

    def __init__(
        self,
        planner: Planner,
        housekeeping: Housekeeping,
        journal: Journal,
        clock: Clock,
        notices: Notices,
        controls: Controls,
    ) -> None:
        self._planner = planner
        self._housekeeping = housekeeping
        self._journal = journal
        self._clock = clock
        self._notices = notices
        self._controls = controls
        self._asked: tuple[datetime, Capabilities] | None = None
        """What the planner was asked when it gave the window that is waited for."""
        self._said = ""
        """Why there is no plan, as it was told last."""

    async def next(self, opened: Opened, after: datetime, *, patient: bool) -> WindowRecord | None:
        """The next window that there is room for, of what is armed; `None` when an emergency is wanted while there is none.

        Args:
            opened: the body.
            after: the end of the window before, or now.
            patient: whether elements or duty plans that cannot be used now are waited for, as they are once a night has been shot:
                they are fetched, or a person brings others. A night that does not come as far as can be seen always is.

        Raises:
            Refused: there is no next plan, or not now.
        """
        serial, self._said = opened.identity.serial, ""
        while not self._controls.emergency:
            try:
                arming = await self._journal.do(Ledger.chosen, serial)
            except ProgramRefused as error:
                self._tell(error, serial)
                await self._pause(ASK_AGAIN_S)
                continue
            if arming.kind is ArmingKind.NOTHING:
                self._controls.board.publish(next=DISARMED, next_at=None)
                await self._pause(ASK_AGAIN_S)
                continue
            self._controls.board.publish(next="planning", next_at=None)
            try:
                plan, asked = await self.following(opened, max(after, self._clock.utc()), arming)
            except Refused as error:
                if not _awaited(error, arming, patient=patient):
                    raise
                self._tell(error, serial)
                await self._pause(NIGHT_AGAIN_S if isinstance(error, NoNight) else ASK_AGAIN_S)
                continue
            try:
                plan = await self._housekeeping.with_room(plan, serial)
            except StorageFull as error:
                log.error("window-refused", window=plan.id, why=str(error))
                if not await self._pause((plan.span.end - self._clock.utc()).total_seconds()):
                    after = plan.span.end
                continue
            self._found(plan)
            self._asked = asked, opened.capabilities
            session = f"{plan.span.start:%Y%m%d}-{plan.program}"
            window = await self._journal.do(Ledger.begin, session, serial, plan, arming.id)
            log.info("window-planned", session=session, window=window.name, shots=len(plan.shots), warnings=list(plan.warnings))
            if plan.span.start - self._clock.utc() > FAR:
                log.info("no-night", until=plan.span.start.isoformat(), next="It is waited for, and looked for anew meanwhile.")
            return window
        return None

    async def following(self, opened: Opened, after: datetime, arming: Arming | None = None) -> tuple[Plan, datetime]:
        """The next plan of what is armed, and what the planner was asked for it."""
        serial, capabilities = opened.identity.serial, opened.capabilities
        if arming is None:
            arming = await self._journal.do(Ledger.chosen, serial)
        plan = await self._at(after, capabilities, arming)
        shot_until = await self._journal.do(Ledger.shot_until, serial, plan.program)
        if shot_until is not None and shot_until > plan.span.start:
            # A restart in mid-night: this program has had its window.
            plan, after = await self._at(shot_until, capabilities, arming), shot_until
        return plan, after

    async def at(self, after: datetime, capabilities: Capabilities, serial: str) -> Plan:
        """What the planner says of what is armed, whatever has been shot."""
        return await self._at(after, capabilities, await self._journal.do(Ledger.chosen, serial))

    async def _at(self, after: datetime, capabilities: Capabilities, arming: Arming) -> Plan:
        arming.require_something()
        return await asyncio.to_thread(self._planner, after, capabilities, arming.program)

    async def anew(self, window: WindowRecord) -> Plan | None:
        """What would be decided for a window that has not begun, now; `None` where the plan stands."""
        if self._asked is None or is_emergency(window.plan):
            return None
        try:
            plan = await self._housekeeping.with_room(await self.at(*self._asked, window.serial), window.serial)
        except (Refused, StorageFull) as error:
            log.warning("not-planned-anew", code=error.code, why=str(error), next="The plan stands as it is.")
            return None
        # How much room there is to the byte, which a warning may say, is no news.
        same = plan.model_copy(update={"warnings": window.plan.warnings}) == window.plan
        return None if same else plan

    def _tell(self, error: Refused, serial: str) -> None:
        if error.code != self._said:
            if _nightless(error):  # a summer, and nobody's fault
                log.warning("plan-awaited", code=error.code, why=str(error), next="It is looked again until a night comes.")
            else:
                log.error("plan-awaited", code=error.code, why=str(error), next="It is asked again until there is one.")
                self._notices.tell("call-a-person", str(error), code=error.code, body=serial)
        self._said = error.code
        self._controls.board.awaits("plan", str(error))

    def _found(self, plan: Plan) -> None:
        if self._said:
            log.info("plan-found", start=plan.span.start.isoformat())
        self._controls.board.awaits("plan", None)

    async def _pause(self, seconds: float) -> bool:
        """Wait so long (clock time), and say whether something was asked for meanwhile."""
        return await self._controls.until(self._clock, self._clock.monotonic() + seconds)


def _awaited(error: Refused, arming: Arming, *, patient: bool) -> bool:
    """Whether what refuses a plan may be mended while the daemon runs.

    A program that was armed and turns out to be impossible costs its windows, not the daemon: a person arms another.
    """
    if isinstance(error, PlanImpossible):
        return arming.kind is ArmingKind.PROGRAM
    return patient or _nightless(error)


def _nightless(error: Refused) -> bool:
    """Whether all is well, but for the night: it does not come within a year, or not while the elements are good."""
    return isinstance(error, NoNight) or (isinstance(error, ElementsStale) and error.ahead)
