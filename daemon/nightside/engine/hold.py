"""Holding a body through its moods: opened again when its session breaks, within a budget, and never for ever."""

from dataclasses import dataclass

import structlog

from nightside.clock import Clock, rest
from nightside_drivers.errors import NightsideError, Reopen, Retry, StopNight
from nightside_drivers.protocol import Opened
from nightside_drivers.proxy import Body

log = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the engine puts up with a body. Seconds of machine time: bodies are no quicker in a rehearsal."""

    lead_s: float = 20.0
    """Before the first shot, to connect and set up."""
    settle_s: float = 3.0
    """After the last shot, for the body to announce its last file."""
    attempts: int = 4
    """How often in a row opening a body is tried."""
    pause_s: float = 1.0
    """Between the first two attempts; doubled each time."""
    breaks: int = 8
    """How many broken sessions a window puts up with."""


class SessionsSpent(StopNight):
    """The body's session broke more often than a window puts up with."""

    code = "sessions-spent"
    exit_code = 28


class Hold:
    """One body, kept open. Not shared between tasks."""

    def __init__(self, body: Body, clock: Clock, patience: Patience) -> None:
        """Nothing is opened yet."""
        self.body = body
        self.patience = patience
        self._clock = clock
        self._opened: Opened | None = None
        self._broken = 0

    async def open(self) -> Opened:
        """The open body; opened now if it is not, in as many attempts as patience has.

        Raises:
            NightsideError: it could not be opened.
        """
        pause_s = self.patience.pause_s
        for attempt in range(1, self.patience.attempts):
            try:
                return await self.open_once()
            except (Retry, Reopen) as error:
                log.warning("body-not-open", attempt=attempt, code=error.code, why=error.what)
            await rest(self._clock, pause_s)
            pause_s *= 2
        return await self.open_once()

    async def open_once(self) -> Opened:
        """The open body; tried once if it is not open.

        Raises:
            NightsideError: it could not be opened.
        """
        if self._opened is None:
            self._opened = await self.body.open()
        return self._opened

    async def broken(self, why: NightsideError) -> None:
        """Take note that `why` broke the body's session: it is closed, and `open` opens another.

        Raises:
            StopNight: the window's budget of broken sessions is spent.
        """
        self._broken += 1
        log.warning("session-broken", times=self._broken, code=why.code, why=why.what)
        await self.let_go()
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

    def forgive(self) -> None:
        """Begin a new window with the whole budget."""
        self._broken = 0
