"""Holding a body through its moods: opened again when its session breaks, within a budget, and never for ever."""

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from nightside.clock import Clock, rest
from nightside.engine.bodyclock import ClockCare
from nightside_drivers.clock import machine_now
from nightside_drivers.errors import (
    BodyHeld,
    BodyNotFound,
    BodyUnfit,
    NightsideError,
    ReleaseHeld,
    Reopen,
    Retry,
    StopNight,
)
from nightside_drivers.finding.plugging import Plugging
from nightside_drivers.ladder import Ladder, Rung
from nightside_drivers.protocol import Opened
from nightside_drivers.proxy import Body
from nightside_drivers.rescue import PlainRescue, Rescue

log = structlog.stdlib.get_logger()

PASSES = (Retry, Reopen, BodyNotFound, BodyHeld, BodyUnfit, ReleaseHeld)
"""What a cable, a switch or the end of another program mends while Nightside runs. Missing software is none of it."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the engine puts up with a body. Seconds of machine time: bodies are no quicker in a rehearsal."""

    lead_s: float = 20.0
    """Before the first shot, to connect and set up."""
    settle_s: float = 3.0
    """After the last shot, for the body to announce its last file."""
    writing_s: float = 10.0
    """For the body to write one frame: 25 MB of raw file and 5 MB of JPEG on a card that takes 3 MB/s."""
    pause_s: float = 1.0
    """Between the first two attempts to open it; doubled from rung to rung of the ladder, up to four times as long."""
    look_s: float = 5.0
    """Between two looks for a body that has not been found yet."""
    calm_s: float = 300.0
    """After so long without trouble, the ladder is begun from its foot again."""
    courtesy_s: float = 4.0
    """For another program that holds it, such as one that shows live view, to let it go."""
    breaks: int = 8
    """How many broken sessions a window puts up with."""


class SessionsSpent(StopNight):
    """The body's session broke more often than a window puts up with."""

    code = "sessions-spent"
    exit_code = 28


class Hold:
    """One body, kept open. Not shared between tasks."""

    def __init__(
        self,
        body: Body,
        clock: Clock,
        patience: Patience,
        rescue: Rescue | None = None,
        plugging: Plugging | None = None,
        clock_care: ClockCare = ClockCare.MEASURE,
    ) -> None:
        """Nothing is opened yet.

        `rescue` takes the ladder's rungs; without one, a new session is all that is tried. `plugging` ends a pause when something
        is plugged in; without it, pauses are waited out. `clock_care` is what is done about the body's own clock.
        """
        self.body = body
        self.patience = patience
        self.ladder = Ladder()
        """How far up the present trouble has come, and how often each rung was ever taken."""
        self._rescue = rescue or PlainRescue(body)
        self.clock_care = clock_care
        self._plugging = plugging
        self._clock = clock
        self._opened: Opened | None = None
        self._broken = 0
        self._why: NightsideError | None = None
        self._lost_at: float | None = None
        self._troubled_at = -math.inf
        self._called = False
        self.calling: Callable[[NightsideError], None] = lambda _: None
        """Hears of it when a person is called: once in each trouble."""
        self.holding: Callable[[bool], None] = lambda _: None
        """Hears when the body is about to be opened, and when it has been let go."""
        self.awaiting: Callable[[str | None], None] = lambda _: None
        """Hears why the body is waited for, and `None` when it is there."""

    async def open(self) -> Opened:
        """The open body; opened now if it is not, rung by rung until the ladder is at its end.

        Whoever looks through it meanwhile is told to end that, and given `courtesy_s`.

        Raises:
            NightsideError: it could not be opened.
        """
        courteous_until = self._machine + self.patience.courtesy_s
        while True:
            try:
                return await self.open_once()
            except BodyHeld:
                if self._machine > courteous_until:
                    raise
                pause_s = self.patience.pause_s
            except (Retry, Reopen):
                if self.ladder.exhausted:
                    raise
                pause_s = self.patience.pause_s * self.ladder.pause
            await self.pause(pause_s)

    @property
    def _machine(self) -> float:
        return self._clock.machine(self._clock.monotonic())

    async def await_body(self) -> Opened:
        """The open body, waited for as long as it takes: until it is plugged in, switched on, or let go by another program.

        Raises:
            NightsideError: waiting does not mend it, such as software that is missing.
        """
        said = ""
        while True:
            try:
                opened = await self.open()
            except PASSES as error:
                self.awaiting(str(error))
                if error.what != said:
                    log.warning("body-awaited", code=error.code, why=str(error), next="Nightside waits and goes on by itself.")
                    said = error.what
            else:
                self.awaiting(None)
                return opened
            await self.pause(self.patience.look_s)

    async def pause(self, machine_s: float) -> None:
        """Wait for so long (machine time), or only until something is plugged in."""
        if self._plugging is None:
            await rest(self._clock, machine_s)
            return
        waits = (asyncio.ensure_future(rest(self._clock, machine_s)), asyncio.ensure_future(self._plugging.plugged()))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            if waits[1].done():
                log.info("plugged-in", what=waits[1].result())
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def open_once(self) -> Opened:
        """The open body; tried once if it is not open, after the rung that is due if it failed before.

        Raises:
            NightsideError: it could not be opened.
        """
        if self._opened is None:
            self.holding(True)
            await self._mend()
            try:
                opened = await self.body.open()
            except (Retry, Reopen) as error:
                self._note(error)
                raise
            self._found()
            self._opened = opened
            for wish in opened.applied:
                if not (wish.exact or wish.absent):
                    log.warning("setting-not-as-wished", says=str(wish))
        return self._opened

    async def lost(self, why: NightsideError) -> None:
        """Take note that `why` ended the session; it costs nothing of the window's budget."""
        self._note(why)
        await self.let_go()

    async def broken(self, why: NightsideError) -> None:
        """Take note that `why` broke the body's session: it is closed, and `open` opens another.

        Raises:
            StopNight: the window's budget of broken sessions is spent.
        """
        self._broken += 1
        log.warning("session-broken", times=self._broken, code=why.code, why=why.what)
        await self.lost(why)
        if self._broken > self.patience.breaks:
            raise SessionsSpent(
                f"The connection to the body broke {self._broken} times in this window, the last time so: {why.what}",
                means="It is not tried again before the next window.",
                remedy="Look at the cable, the hub and the battery.",
            )

    async def let_go(self) -> None:
        """Close the body. Its process ends, and with it whatever libgphoto2 leaked."""
        self._opened = None
        await self.body.close()
        self.holding(False)

    def forgive(self) -> None:
        """Begin a new window with the whole budget."""
        self._broken = 0
        self.ladder.descend()

    def _note(self, why: NightsideError) -> None:
        """A failure: said once when the trouble begins."""
        now = self._clock.monotonic()
        machine = self._clock.machine(now)
        if machine - self._troubled_at > self.patience.calm_s:
            self.ladder.descend()
        self._troubled_at = machine
        self._why = why
        if self._lost_at is None:
            self._lost_at = now
            log.warning("body-lost", code=why.code, why=why.what)

    def _found(self) -> None:
        """The body is there: said once when the trouble ends."""
        if self._lost_at is not None:
            log.info("body-back", after_s=round(self._clock.monotonic() - self._lost_at, 1), rungs=dict(self.ladder.counts))
        self._lost_at = None
        self._why = None
        self._called = False

    async def _mend(self) -> None:
        """Take the rung that is due after a failure; one that has nothing to do is passed over."""
        why = self._why
        while why is not None:
            rung = self.ladder.climb(why)
            if rung is Rung.PERSON:
                self._call(why)
                await self.body.close()
                return
            began = machine_now()
            done = await self._rescue.perform(rung)
            log.warning("rung", rung=rung, done=done, took_s=round(machine_now() - began, 2), times=self.ladder.counts[rung])
            if done:
                return

    def _call(self, why: NightsideError) -> None:
        if not self._called:
            log.error("call-a-person", code=why.code, what=why.what, remedy=why.remedy or "Look at the body and its cable.")
            self.calling(why)
        self._called = True
