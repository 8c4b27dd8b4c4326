"""How fast bytes go into a sink, and that they still do."""

from collections.abc import Callable, Iterator

from nightside.clock import Clock, SystemClock
from nightside_drivers.clock import pause

CHUNK = 1 << 18
"""Bytes that are in our hands at a time."""
SIGN_S = 5.0
"""How often (s) somebody who waits for a limit to be kept says so: waiting is not hanging."""


class Flow:
    """Counts the bytes that pass, tells a listener, and says how long to wait so that a limit is kept.

    The limit holds for every second, not only on the average: a pause in the flow earns no burst after it.
    """

    def __init__(self, bytes_s: float | None = None, clock: Clock | None = None) -> None:
        """`bytes_s` is the limit, if there is one. Rates are about real disks and networks: no rehearsal speeds them up."""
        self._bytes_s = bytes_s
        self._clock = clock or SystemClock()
        self._due = self._clock.monotonic()
        self.listener: Callable[[int], None] | None = None

    def passed(self, size: int) -> float:
        """Say that `size` bytes went by; gives how long (s) to wait before the next ones."""
        if self.listener is not None:
            self.listener(size)
        if self._bytes_s is None:
            return 0.0
        now = self._clock.monotonic()
        self._due = max(self._due, now) + size / self._bytes_s
        return self._due - now

    def hold(self, size: int) -> None:
        """`passed`, and wait. For threads."""
        for wait_s in self._waits(size):
            pause(wait_s)

    async def let(self, size: int) -> None:
        """`passed`, and wait. For the event loop."""
        for wait_s in self._waits(size):
            await self._clock.sleep_until(self._clock.monotonic() + wait_s)

    def alive(self) -> None:
        """Tell the listener that there is progress without bytes."""
        if self.listener is not None:
            self.listener(0)

    def _waits(self, size: int) -> Iterator[float]:
        left_s = self.passed(size)
        while left_s > 0:
            yield min(left_s, SIGN_S)
            left_s -= SIGN_S
            self.alive()
