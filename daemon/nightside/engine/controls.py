"""`Controls`: what a person has asked of one body's engine and has not happened yet. The runner heeds it between exposures."""

import asyncio
import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog

from nightside.clock import Clock
from nightside.engine.commands import Abort, Command, Confirm, Emergency, Pause, Resume, Skip, StopAfterShot
from nightside.engine.snapshot import Board, Shutter, Snapshot

log = structlog.stdlib.get_logger()

SKIPPED = "Skipped by hand."
PAUSED = "Paused by hand."
STOPPED = "Stopped by hand."
ABORTED = "Aborted by hand."
TAKEN_OVER = "An emergency program had the body."


class Controls:
    """For one body, on one event loop."""

    def __init__(self, board: Board) -> None:
        """`board` says what is going on, for the answers."""
        self.board = board
        self.paused = False
        self.stopping = False
        self.aborting = False
        self.emergency = False
        self.clock_confirmed = False
        """Whether a person vouches for the clock. It holds until the daemon ends."""
        self.stirs = 0
        """How often something has changed that plans follow from."""
        self._skips = 0
        self._confirmed = False
        self._changed = asyncio.Event()
        self._leaving = False
        self._in_hand: list[float] = []

    def give(self, command: Command) -> str:
        """Take a command, and say in a sentence what will come of it."""
        before = self.board.now
        says = self._take(command, before)
        log.info("command", kind=command.kind, body=before.body, answer=says)
        self.board.publish(paused=self.paused)
        self._wake()
        return says

    def rouse(self) -> None:
        """Have whoever waits look again: something that plans follow from has changed, such as what is armed."""
        self.stirs += 1
        self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    @property
    def ending(self) -> str | None:
        """Why this window is not to go on, if it is not."""
        return ABORTED if self.aborting else STOPPED if self.stopping else None

    def skip(self) -> bool:
        """Whether the next release is to be left out; asked once for each."""
        skipping = self._skips > 0
        self._skips -= skipping
        return skipping

    def confirmed(self) -> bool:
        """Whether somebody has said that what is prompted for is done; asked once for each prompt."""
        confirmed, self._confirmed = self._confirmed, False
        return confirmed

    def begin(self) -> None:
        """Another window: whoever ended the one before did not mean this one. A pause between the two holds for this one."""
        self.stopping = self.aborting = self._confirmed = False

    def over(self) -> None:
        """A window has been shot: what was asked for it is over."""
        self.begin()
        self.paused = False
        self._skips = 0
        self.board.publish(paused=False)

    def interrupt(self) -> bool:
        """The emergency program begins: nothing of the plan's holds it up. Gives whether the plan was paused."""
        paused = self.paused
        self.over()
        self.emergency = False
        return paused

    def go_back(self, *, paused: bool) -> None:
        """The emergency program is over, and what was asked for meanwhile was about it."""
        self.interrupt()
        self.paused = paused
        self.board.publish(paused=paused)

    @asynccontextmanager
    async def piece(self, until: float = -math.inf) -> AsyncGenerator[None]:
        """A piece of work that is better finished than broken off: an exposure, a file. None begins once the daemon is leaving.

        `until` is when it will surely not be over before, machine time (s).
        """
        if self._leaving:
            await asyncio.Future()  # whoever made it leave cancels this
        self._in_hand.append(until)
        try:
            yield
        finally:
            self._in_hand.remove(until)
            self.rouse()

    async def put_down(self, clock: Clock, by: float) -> bool:
        """Begin no other piece of work, and wait for the one in hand where that can be over by machine time `by` (s).

        Whether nothing is in hand any more. What is left is for whoever asks to break off.
        """
        self._leaving = True
        if self._in_hand and max(self._in_hand) <= by:
            waiting = asyncio.create_task(clock.sleep_until(clock.instant(by)))
            while self._in_hand and not waiting.done():
                changed = asyncio.create_task(self._changed.wait())
                await asyncio.wait({waiting, changed}, return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
            waiting.cancel()
        return not self._in_hand

    async def until(self, clock: Clock, instant: float) -> bool:
        """Wait until clock time `instant`, and say whether a command came before it."""
        if clock.monotonic() >= instant:
            return False
        return await self._first(asyncio.create_task(_sleep(clock, instant)))

    async def aborted(self) -> None:
        """Wait until somebody aborts."""
        while not self.aborting:
            await self._changed.wait()

    async def wanted_now(self) -> None:
        """Wait until somebody wants the emergency program."""
        while not self.emergency:
            await self._changed.wait()

    async def _first(self, waiting: "asyncio.Task[bool]") -> bool:
        changed = asyncio.create_task(self._changed.wait())
        try:
            await asyncio.wait({waiting, changed}, return_when=asyncio.FIRST_COMPLETED)
            return changed.done() and changed.result()
        finally:
            waiting.cancel()
            changed.cancel()
            await asyncio.gather(waiting, changed, return_exceptions=True)

    def _take(self, command: Command, now: Snapshot) -> str:
        match command:
            case Pause():
                self.paused = True
                return f"No further exposure is begun.{_flight(now)}"
            case Resume():
                was, self.paused = self.paused, False
                return "The plan goes on." if was else "Nothing was paused."
            case Skip(releases=count):
                self._skips += count
                return f"The next {'release is' if count == 1 else f'{count} releases are'} left out.{_flight(now)}"
            case StopAfterShot():
                self.stopping = True
                return f"This window ends here; its frames are drained.{_flight(now)}"
            case Abort():
                self.aborting = True
                return f"This window is over.{_closing(now)}"
            case Emergency():
                self.emergency = True
                return f"The emergency program begins as soon as the body is free.{_flight(now)}"
            case Confirm(what="clock"):
                self.clock_confirmed = True
                return "The clock is taken to be right."
            case Confirm():
                self._confirmed = now.prompt is not None
                return "The plan goes on." if now.prompt else "Nothing was asked for."


async def _sleep(clock: Clock, instant: float) -> bool:
    await clock.sleep_until(instant)
    return True


def _flight(now: Snapshot) -> str:
    if now.shutter is Shutter.OPEN and now.closes_at is not None:
        return f" The exposure in flight goes on until {now.closes_at:%H:%M:%S} UTC."
    return ""


def _closing(now: Snapshot) -> str:
    if now.shutter is not Shutter.OPEN:
        return ""
    if now.closes_by_itself and now.closes_at is not None:
        return f" The body times this exposure itself: nothing else can close its shutter before {now.closes_at:%H:%M:%S} UTC."
    return " The shutter is closed now."
