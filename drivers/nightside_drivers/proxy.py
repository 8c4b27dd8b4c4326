"""The daemon's handle on one body: the child process that owns it, and a deadline on everything it is asked.

A body that hangs takes its child with it and nothing else. Whoever holds a `HostedBody` opens it, asks, and closes it; when an
error of the `Reopen` branch comes out, this handle is finished and a new one is made.
"""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

import msgspec

from nightside_drivers import protocol
from nightside_drivers.api import Applied, BodyState, CardFile, ClockOffset, Exposure, Look, Portion, Setting, Taken, View
from nightside_drivers.child import Child, end, start
from nightside_drivers.clock import machine_now
from nightside_drivers.errors import BodySilent, HostDied, NightsideError, Reopen
from nightside_drivers.preflight import busy_s
from nightside_drivers.priority import resident

T = TypeVar("T")

Telling = Callable[[str, float], AbstractContextManager[object]]
"""Is entered for as long as somebody is waited for: what for, and the machine time (s) after which that is over."""

RECYCLE_S = 10.0
"""Machine time before a release in which no child is replaced for being too large: opening a body takes seconds."""

OUT_OF_TURN = 0
"""The number of a request that has no answer."""

RSS_BUDGET = 256 << 20
"""Bytes. A child takes some 30 MiB with libgphoto2 loaded, and a whole frame where a body cannot be read in ranges."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long (machine time, s) each kind of call may take before the child is killed."""

    open_s: float = 30.0
    call_s: float = 15.0
    shot_margin_s: float = 15.0
    """Beyond the end of the exposure."""
    list_s: float = 60.0
    fetch_s: float = 120.0
    view_s: float = 10.0
    """For one picture of live view; the first one takes as long as the mirror."""
    close_s: float = 5.0
    busy_close_s: float = 0.3
    """For a child that is still at work when it is told to go."""
    part_s: float = 2.0
    """For one that is told to end, to close a shutter that it holds open over USB. Any other ends at once."""
    die_s: float = 5.0
    """For one that was killed: the kernel keeps a process that hangs in a USB transfer of its, whatever is sent to it."""


def _untold(_: str, __: float) -> AbstractContextManager[object]:
    return contextlib.nullcontext()


class Body(Protocol):
    """One body as the service half sees it. Times are machine time (s); errors are those of nightside_drivers.errors."""

    @property
    def left_changed(self) -> Mapping[Setting, str]:
        """Settings that should have been put back when the body was let go, and were not, with what they were before."""
        ...

    async def open(self) -> protocol.Opened:
        """Start whatever owns the body, connect, and say who it is and what it can do."""
        ...

    async def close(self) -> None:
        """Let the body go. Always works, and may be repeated."""
        ...

    async def state(self) -> BodyState:
        """`Driver.state`."""
        ...

    async def prepare(self, exposure: Exposure) -> Exposure:
        """`Driver.prepare`."""
        ...

    async def shoot(self, open_at: float, open_by: float, close_at: float) -> Taken:
        """`Driver.shoot`; `close_at` is when the exposure should end, and only bounds the wait."""
        ...

    async def close_earlier(self, close_at: float, frames: int) -> None:
        """Have a wired release that is held let go, so that `frames` of its exposures are over by `close_at`. Waits for nothing."""
        ...

    async def clock_offset(self, within_s: float) -> ClockOffset:
        """`Driver.clock_offset`."""
        ...

    async def set_clock(self) -> None:
        """`Driver.set_clock`."""
        ...

    async def reported(self, within_s: float) -> tuple[CardFile, ...]:
        """`Driver.reported`."""
        ...

    async def files(self) -> tuple[CardFile, ...]:
        """`Driver.files`."""
        ...

    async def fetch(self, file: CardFile, into: int, start: int = 0, until: float | None = None) -> Portion:
        """`Driver.fetch`."""
        ...

    async def delete(self, file: CardFile) -> None:
        """`Driver.delete`."""
        ...


@dataclass(frozen=True, slots=True)
class Wishes:
    """How a body should be set for as long as a session lasts."""

    settings: Mapping[Setting, str] = field(default_factory=dict[Setting, str])
    restore: bool = False
    """Whether it is put back at the session's end as it was found."""


class HostedBody:
    """A `Body` in a child process of its own."""

    def __init__(
        self,
        driver: str,
        options: Mapping[str, str],
        deadlines: Deadlines | None = None,
        rss_budget: int = RSS_BUDGET,
        wishes: Wishes | None = None,
    ) -> None:
        """`driver` and its `options` are passed to the child; nothing is started before `open`. `wishes` hold for each session.

        A child whose memory exceeds `rss_budget` (bytes) after a transfer is replaced by a new one, unseen by the caller; where
        the transfer had to end for a release that is near, only one that exceeds it twice over.
        """
        self._rss_budget = rss_budget
        self._grown = 0
        """The child's memory (bytes) after the latest transfer, by its own word: to look here would hold up the next one."""
        self._wishes = wishes or Wishes()
        self._prepared: Exposure | None = None
        self._busy_s = 0.0
        """How long a body works after its exposures, as it said when it was prepared: for noise reduction."""
        self._found: dict[Setting, str] = {}
        """How settings were before they were set as wished, in the body's words: kept here, where it outlives a child."""
        self._found_on = ""
        """The serial number of the body that they were found on."""
        self.recycled = 0
        """How often a child has been replaced because of its memory."""
        self._driver = driver
        self._options = dict(options)
        self._deadlines = deadlines or Deadlines()
        self._child: Child | None = None
        self._ending: asyncio.Task[None] | None = None
        """Sees the last child off."""
        self._number = 0
        self._turn = asyncio.Lock()
        self.telling: Telling = _untold
        """Hears what the body is asked, and for how long (machine time, s) it may be silent about it, for as long as it is."""

    @property
    def pid(self) -> int | None:
        """Process id of the child, while there is one."""
        return self._child.process.pid if self._child else None

    @property
    def rss(self) -> int:
        """Memory (bytes) of the child; 0 while there is none, or where there is no /proc."""
        return 0 if self.pid is None else resident(self.pid)

    @property
    def left_changed(self) -> Mapping[Setting, str]:
        """What could not be put back when the last session ended. The end of the next one tries again."""
        return dict(self._found) if self._wishes.restore and self._child is None else {}

    async def open(self) -> protocol.Opened:
        """Start the child and connect to the body."""
        if self._child is None:
            await self._kill()
            self._child = await start()
        call = protocol.Open(protocol.VERSION, self._driver, self._options | {"home": self._child.home})
        try:
            opened = await self._ask(call, protocol.OPENED, self._deadlines.open_s, "connect")
            applied = await self.apply(self._wishes.settings) if self._wishes.settings else ()
        except NightsideError:
            await self._kill()
            raise
        if opened.identity.serial != self._found_on:  # another body, where the configuration names none: those were not its
            self._found.clear()
        self._found_on = opened.identity.serial
        for one in applied:
            if not one.absent and one.now != one.before:
                self._found.setdefault(one.setting, one.before)
        return msgspec.structs.replace(opened, applied=applied)

    async def close(self) -> None:
        """Say goodbye, and kill the child if it does not go.

        One that is at work is hardly waited for: a kill closes a wired shutter, and the body ends its own exposures.
        """
        await self._leave(restore=self._wishes.restore)

    async def _leave(self, *, restore: bool) -> None:
        if self._child is None:
            await self._kill()
            return
        busy = bool(self._child.waiting)
        patience_s = self._deadlines.busy_close_s if busy else self._deadlines.close_s
        with contextlib.suppress(NightsideError):
            if restore and self._found and not busy:
                back = protocol.Apply(dict(reversed(self._found.items())))
                restored = await self._ask(back, protocol.APPLIED, patience_s, "restore its settings")
                self._found = {one.setting: one.asked for one in reversed(restored) if not one.exact}
            await self._ask(protocol.Close(), protocol.NOTHING, patience_s, "say goodbye")
        await self._kill()

    async def kill(self) -> None:
        """End the child without a goodbye, but not with its shutter open. May be repeated."""
        await self._kill()

    async def state(self) -> BodyState:
        """Ask how the body is."""
        return await self._ask(protocol.ReadState(), protocol.STATE, self._deadlines.call_s, "read the body's state")

    async def prepare(self, exposure: Exposure) -> Exposure:
        """Write and read back an exposure's settings."""
        taken = await self._ask(protocol.Prepare(exposure), protocol.EXPOSURE, self._deadlines.call_s, "set up the exposure")
        self._prepared, self._busy_s = exposure, busy_s(taken)
        return taken

    async def shoot(self, open_at: float, open_by: float, close_at: float) -> Taken:
        """Hand over an instant; the child does the last wait."""
        deadline = max(close_at, machine_now()) - machine_now() + self._busy_s + self._deadlines.shot_margin_s
        return await self._ask(protocol.Shoot(open_at, open_by, close_at), protocol.TAKEN, deadline, "expose")

    async def close_earlier(self, close_at: float, frames: int) -> None:
        """Tell the child out of turn; one that is gone has let go."""
        child = self._child
        if child is not None and child.waiting:
            message = protocol.frame(protocol.Request(OUT_OF_TURN, protocol.CloseEarlier(close_at, frames)))
            with contextlib.suppress(OSError):
                await asyncio.get_running_loop().sock_sendall(child.connection, message)

    async def apply(self, wishes: Mapping[Setting, str]) -> tuple[Applied, ...]:
        """Set what can be set, and hear what came of it."""
        return await self._ask(protocol.Apply(dict(wishes)), protocol.APPLIED, self._deadlines.call_s, "apply settings")

    async def restore(self) -> tuple[Applied, ...]:
        """Have the body put back as `apply` found it."""
        return await self._ask(protocol.Restore(), protocol.APPLIED, self._deadlines.call_s, "restore its settings")

    async def clock_offset(self, within_s: float = 3.0) -> ClockOffset:
        """Measure the body's own clock, taking `within_s` (machine time) at the most."""
        deadline_s = within_s + self._deadlines.call_s
        return await self._ask(protocol.AskClock(within_s), protocol.CLOCK, deadline_s, "tell its time")

    async def set_clock(self) -> None:
        """Set the body's own clock to UTC."""
        await self._ask(protocol.SetClock(), protocol.NOTHING, self._deadlines.call_s, "set its clock")

    async def reported(self, within_s: float) -> tuple[CardFile, ...]:
        """Ask which files were announced."""
        return await self._ask(
            protocol.AskReported(within_s), protocol.FILES, within_s + self._deadlines.call_s, "read its events"
        )

    async def files(self) -> tuple[CardFile, ...]:
        """List the cards."""
        return await self._ask(protocol.ListFiles(), protocol.FILES, self._deadlines.list_s, "list its cards")

    async def fetch(self, file: CardFile, into: int, start: int = 0, until: float | None = None) -> Portion:
        """Have the child copy a file into our descriptor, or what is missing of it."""
        call = protocol.Fetch(file, start, until)
        portion = await self._ask(call, protocol.PORTION, self._deadlines.fetch_s, f"read {file.path}", into)
        release_is_near = until is not None and machine_now() + RECYCLE_S > until
        if self._grown > self._rss_budget * (2 if release_is_near else 1):
            await self._recycle()
        return portion

    async def _recycle(self) -> None:
        """Replace the child, and set the new one up as the old one was."""
        self.recycled += 1
        prepared = self._prepared
        await self._leave(restore=False)
        await self.open()
        if prepared is not None:
            await self.prepare(prepared)

    async def delete(self, file: CardFile) -> None:
        """Delete a file from the card."""
        await self._ask(protocol.Delete(file), protocol.NOTHING, self._deadlines.call_s, f"delete {file.path}")

    async def view(self, look: Look, into: int) -> View:
        """Have the child write the next picture of live view to our descriptor."""
        return await self._ask(protocol.LiveView(look), protocol.VIEW, self._deadlines.view_s, "show a picture", into)

    async def end_view(self) -> None:
        """End live view."""
        await self._ask(protocol.EndLiveView(), protocol.NOTHING, self._deadlines.view_s, "end live view")

    async def _ask(
        self,
        call: protocol.AnyCall,
        answer: msgspec.json.Decoder[T],
        deadline_s: float,
        doing: str,
        descriptor: int | None = None,
    ) -> T:
        """Send one call and give its typed answer, or kill the child when the deadline (machine time, s) passes."""
        try:
            with self.telling(f"the body, asked to {doing}", deadline_s):
                async with asyncio.timeout(deadline_s), self._turn:
                    reply = await self._exchange(call, descriptor)
        except HostDied:
            await self._kill()
            raise
        except TimeoutError:
            await self._kill()
            raise BodySilent(
                f"The body took longer than {deadline_s:.0f} s to {doing}, so its process was ended.",
                remedy="It is opened again; if this repeats, switch the body off and on, or pull and plug its cable.",
            ) from None
        self._grown = reply.resident
        if reply.failure is not None:
            error = reply.failure.error()
            if isinstance(error, Reopen):
                await self._kill()
            raise error
        try:
            return answer.decode(reply.value)
        except msgspec.MsgspecError:
            await self._kill()
            raise HostDied(
                "The process that owns the body gave an answer that makes no sense.", remedy="It is started again."
            ) from None

    async def _exchange(self, call: protocol.AnyCall, descriptor: int | None) -> protocol.Reply:
        child = self._child
        if child is None:
            raise HostDied("The process that owns the body is not running.", remedy="Open the body again.")
        self._number += 1
        reply: asyncio.Future[protocol.Reply] = asyncio.get_running_loop().create_future()
        child.waiting[self._number] = reply
        message = protocol.frame(protocol.Request(self._number, call))
        try:
            if descriptor is None:
                await asyncio.get_running_loop().sock_sendall(child.connection, message)
            else:
                # A frame with a descriptor is a few hundred bytes, and the child reads each before it answers: it fits.
                socket.send_fds(child.connection, [message], [descriptor])
        except OSError:
            raise HostDied("The process that owns the body has ended.", remedy="It is started again.") from None
        return await reply

    async def _kill(self) -> None:
        """End the child. Who is cancelled meanwhile leaves that to go on; whoever opens or closes next waits for it."""
        child, self._child = self._child, None
        self._prepared = None
        if child is not None:
            self._ending = asyncio.create_task(
                end(child, self._deadlines.part_s, self._deadlines.die_s), name="nightside host ends"
            )
        if self._ending is not None:
            await asyncio.shield(self._ending)
