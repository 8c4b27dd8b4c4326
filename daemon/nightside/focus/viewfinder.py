"""`Viewfinder`: live view for one at a time, refused while the body belongs to the night, and always ended."""

import asyncio
import fcntl
import itertools
import math
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from nightside.clock import Clock
from nightside.errors import LiveViewRefused, LiveViewTaken
from nightside.focus.gate import Gate, Reserved
from nightside_drivers.api import LARGEST_VIEW, Capabilities, Look, View
from nightside_drivers.errors import BodyRefused, NightsideError
from nightside_drivers.protocol import Opened

log = structlog.stdlib.get_logger()

ASK_EVERY_S = 1.0
"""Machine time between two looks at the gate while live view is on."""


class Eye(Protocol):
    """As much of a body (nightside_drivers.proxy.HostedBody) as live view needs."""

    async def open(self) -> Opened:
        """Connect."""
        ...

    async def close(self) -> None:
        """Let go, which ends live view too."""
        ...

    async def view(self, look: Look, into: int) -> View:
        """The next picture."""
        ...

    async def end_view(self) -> None:
        """Mirror down."""
        ...


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture."""

    number: int
    """From 0 in its stream."""
    look: Look
    jpeg: bytes
    """As the body sent it: not decoded, and not to be trusted."""


class Stream:
    """Pictures, one after the other, for as long as somebody iterates and the body is free."""

    def __init__(self, body: Eye, opened: Opened, look: Look, ask: Callable[[], Awaitable[None]], place: int) -> None:
        """`Viewfinder.stream` makes these. `ask` raises when the body is needed elsewhere; `place` is a file for one picture."""
        self.look = look
        """How to look from the next picture on. May be changed between two."""
        self.opened = opened
        self._body = body
        self._ask = ask
        self._place = place

    @property
    def capabilities(self) -> Capabilities:
        """What the body can do."""
        return self.opened.capabilities

    def sensor_px(self, look: Look, width_px: int) -> float:
        """How many pixels of the sensor one pixel of a picture is wide that has `width_px` of them."""
        return 100 / look.percent if look.percent else self.capabilities.sensor_px[0] / width_px

    async def pictures(self, count: int | None = None) -> AsyncGenerator[Shown]:
        """So many pictures; without end, when not given.

        Raises:
            LiveViewRefused: a window is about to be armed.
            NightsideError: what the body said or did instead.
        """
        for number in itertools.count() if count is None else range(count):
            await self._ask()
            look = self.look
            os.lseek(self._place, 0, os.SEEK_SET)
            view = await self._body.view(look, self._place)
            yield Shown(number, look, os.pread(self._place, min(view.size, LARGEST_VIEW), 0))


class Viewfinder:
    """Whoever wants to look through the camera comes here: the command line, the API, the pages."""

    def __init__(self, body: Callable[[], Eye], gate: Gate, clock: Clock) -> None:
        """`body` makes a handle that is not open; it is opened for each stream, and closed with it."""
        self._make = body
        self._gate = gate
        self._clock = clock
        self._asked_at = -math.inf
        self._taken = False

    @property
    def taken(self) -> bool:
        """Whether somebody is looking."""
        return self._taken

    async def reserved(self) -> Reserved | None:
        """Why there is no live view now; `None` while there could be."""
        return await self._gate()

    @asynccontextmanager
    async def stream(self, look: Look | None = None) -> AsyncGenerator[Stream]:
        """Open the body and look through it. Live view has ended when the block is left, however that happens.

        Raises:
            LiveViewTaken: somebody else is looking.
            LiveViewRefused: the body belongs to the night.
            NightsideError: the body is not there, or has no live view.
        """
        if self._taken:
            raise LiveViewTaken(
                "Somebody else is looking through the camera.", remedy="Close the other view first: there is one at a time."
            )
        self._taken = True
        try:
            await self._refuse_if_reserved()
            async with self._opened() as (body, opened):
                with _place() as place:
                    yield Stream(body, opened, look or Look(), self._ask, place)
        finally:
            self._taken = False

    @asynccontextmanager
    async def _opened(self) -> AsyncGenerator[tuple[Eye, Opened]]:
        body = self._make()
        try:
            opened = await body.open()
            if not opened.capabilities.live_view:
                raise BodyRefused(
                    f"The {opened.identity.model} has no live view that can be started and ended over USB.",
                    remedy="Focus with its own screen, or by exposures of a second.",
                )
            try:
                yield body, opened
            finally:
                await _to_the_end(_end(body))
        finally:
            await _to_the_end(body.close())

    async def _ask(self) -> None:
        """Look at the gate, but not for every picture."""
        if self._clock.machine(self._clock.monotonic()) - self._asked_at >= ASK_EVERY_S:
            await self._refuse_if_reserved()

    async def _refuse_if_reserved(self) -> None:
        self._asked_at = self._clock.machine(self._clock.monotonic())
        reserved = await self._gate()
        if reserved is None:
            return
        until = reserved.until
        again = f"It is possible again at {until:%Y-%m-%d %H:%M:%S} UTC" if until else "It is possible again when that is done"
        raise LiveViewRefused(
            f"There is no live view now. {reserved.why}",
            means="The night comes first: a preview at the wrong moment ends it.",
            remedy=f"{again}.",
            until=until,
        )


async def _to_the_end(parting: Coroutine[Any, Any, None]) -> None:
    """See it through, however often whoever looks is cancelled meanwhile: by a second Ctrl-C, or by a server that goes on and on.

    The body's deadlines bound it. A child that is killed instead leaves the mirror up.
    """
    task = asyncio.ensure_future(parting)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled is not None:
        raise cancelled


async def _end(body: Eye) -> None:
    """Mirror down; in a new session where this one is broken, since a body that is opened ends what was left on."""
    try:
        await body.end_view()
    except NightsideError:
        try:
            await body.open()
        except NightsideError as error:
            log.warning(
                "live-view-may-be-on", why=str(error), remedy="Switch the body off and on, or press its live view button."
            )


@contextmanager
def _place() -> Generator[int]:
    """Memory for one picture that the body's process can write to, and that nothing can make larger."""
    place = os.memfd_create("nightside-view", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        os.truncate(place, LARGEST_VIEW)
        fcntl.fcntl(place, fcntl.F_ADD_SEALS, fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK)
        yield place
    finally:
        os.close(place)
