"""How fast bytes go into a sink, and that they still do."""

from collections.abc import Callable

from nightside.clock import Clock, SystemClock
from nightside_drivers.clock import pause

CHUNK = 1 << 18
"""Bytes that are in our hands at a time."""


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
        pause(self.passed(size))

    async def let(self, size: int) -> None:
        """`passed`, and wait. For the event loop."""
        wait_s = self.passed(size)
        if wait_s > 0:
            await self._clock.sleep_until(self._clock.monotonic() + wait_s)
