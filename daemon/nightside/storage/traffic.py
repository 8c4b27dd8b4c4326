"""`Traffic`: whose turn it is on the bus that several bodies share, how fast each of them gives its files, and what that comes to.

A turn is one file, and turns are given in the order in which they are asked for: no body waits for more than one file of each of
the others. One file at a time is whole sooner than several that come side by side, and a bus carries no more by sharing it.
"""

import asyncio
import math
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field

from nightside.pulse import Part

USB2_BYTES_S = 20e6
"""What a body on USB 2.0 is taken to give until it has been measured (assumed)."""

MEMORY = 0.8
"""How much of a body's rate is what it was before its latest file."""

CAUTION = 1.5
"""How many times as long as expected a file is given before a shot that must not be late."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What a drain will take, before it begins."""

    frames: int
    bytes: int
    seconds: float
    measured: bool
    """Whether the rate behind `seconds` was measured on this body, or assumed."""
    dayside_s: float | None = None
    """Until the next window begins; `None` where nobody knows."""

    @property
    def fits(self) -> bool:
        """Whether it will be over before the next window."""
        return self.dayside_s is None or self.seconds <= self.dayside_s

    def __str__(self) -> str:
        """As in `59 frames, 0.8 GB, 52 s of a 56-min dayside`."""
        frames = "1 frame" if self.frames == 1 else f"{self.frames} frames"
        words = f"{frames}, {self.bytes / 1e9:.1f} GB, {self.seconds:.0f} s"
        if self.dayside_s is not None:
            words += f" of a {self.dayside_s / 60:.0f}-min dayside"
        return words if self.measured else f"{words} at an assumed rate"


@dataclass(slots=True)
class _Shared:
    """What all that speak of one bus share."""

    rates: dict[str, float] = field(default_factory=dict[str, float])
    bus: asyncio.Lock = field(default_factory=asyncio.Lock)


class Traffic:
    """The file traffic of all bodies on one bus. For the tasks of one event loop."""

    def __init__(
        self,
        shared: "_Shared | None" = None,
        part: Part | None = None,
        piece: Callable[[], AbstractAsyncContextManager[object]] = nullcontext,
    ) -> None:
        """Nothing is known of any body yet. For what is the same traffic as another, see `heard`."""
        self._shared: _Shared = _Shared() if shared is None else shared
        self._part = part
        self._piece = piece

    def heard(self, part: Part, piece: Callable[[], AbstractAsyncContextManager[object]] = nullcontext) -> "Traffic":
        """The same traffic, for one part of the daemon: it is known to wait for its turn while it does.

        `piece` is entered for every file: it lets none begin that is not to be begun any more.
        """
        return Traffic(self._shared, part, piece)

    @asynccontextmanager
    async def turn(self) -> AsyncGenerator[None]:
        """Wait for a turn, and have the bus for as long as the block runs."""
        with nullcontext() if self._part is None else self._part.until(math.inf, "its turn on the bus"):
            await self._shared.bus.acquire()
        try:
            async with self._piece():
                yield
        finally:
            self._shared.bus.release()

    def note(self, serial: str, count: int, seconds: float) -> None:
        """A body gave so many bytes in so long (machine time)."""
        if count > 0 and seconds > 0:
            now = count / seconds
            self._shared.rates[serial] = MEMORY * self._shared.rates.get(serial, now) + (1 - MEMORY) * now

    def rate(self, serial: str) -> float:
        """Bytes a second (machine time) that a body is expected to give."""
        return self._shared.rates.get(serial, USB2_BYTES_S)

    def expected_s(self, serial: str, count: int) -> float:
        """How long (machine time) a body will surely take for so many bytes, if it is not much slower than it was."""
        return count / self.rate(serial) * CAUTION

    def budget(self, serial: str, frames: int, count: int, dayside_s: float | None = None) -> Budget:
        """What it will take to drain so many frames with so many bytes."""
        return Budget(frames, count, count / self.rate(serial), serial in self._shared.rates, dayside_s)
