"""Holding a body through its moods: opened again when its session breaks, within a budget, and never for ever."""

from dataclasses import dataclass

import structlog

from nightside.clock import Clock, rest
from nightside_drivers.errors import CallPerson, NightsideError, Reopen, Retry
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
    reopenings: int = 8
    """How often a window puts up with a broken session before a person is called."""


class Hold:
    """One body, kept open. Not shared between tasks."""

    def __init__(self, body: Body, clock: Clock, patience: Patience) -> None:
        """Nothing is opened yet."""
        self.body = body
        self.patience = patience
        self._clock = clock
        self._opened: Opened | None = None
        self._reopened = 0

    async def open(self) -> Opened:
        """The open body; opened now if it is not.

        Raises:
            CallPerson: it cannot be opened, and trying again will not help.
            Retry, Reopen: it could not be opened in as many attempts as patience has.
        """
        if self._opened is None:
            self._opened = await self._try_to_open()
        return self._opened

    async def reopen(self, why: NightsideError) -> Opened:
        """Open the body again after `why` broke its session.

        Raises:
            CallPerson: the window's budget of reopenings is spent.
        """
        self._reopened += 1
        log.warning("body-reopened", time=self._reopened, code=why.code, why=why.what)
        await self.let_go()
        if self._reopened > self.patience.reopenings:
            raise CallPerson(
                f"The connection to the body broke {self._reopened} times in this window, the last time so: {why.what}",
                means="It is not tried again before the next window.",
                remedy="Look at the cable, the hub and the battery.",
            )
        return await self.open()

    async def let_go(self) -> None:
        """Close the body. Its process ends, and with it whatever libgphoto2 leaked."""
        self._opened = None
        await self.body.close()

    def forgive(self) -> None:
        """Begin a new window with the whole budget."""
        self._reopened = 0

    async def _try_to_open(self) -> Opened:
        pause_s = self.patience.pause_s
        for attempt in range(1, self.patience.attempts + 1):
            try:
                return await self.body.open()
            except (Retry, Reopen) as error:
                if attempt == self.patience.attempts:
                    raise
                log.warning("body-not-open", attempt=attempt, code=error.code, why=error.what)
            await rest(self._clock, pause_s)
            pause_s *= 2
        raise AssertionError("unreachable: the last attempt returns or raises")
