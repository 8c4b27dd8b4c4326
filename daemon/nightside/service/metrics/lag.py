"""How late the event loop wakes up: what everything else in the daemon waits behind."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from nightside.clock import Clock, SystemClock
from nightside.service.metrics import table
from nightside.service.metrics.counts import Spread

EVERY_S = 1.0
"""Machine time."""


class Lag:
    """Of the loop that it runs on."""

    def __init__(self, machine: Clock | None = None) -> None:
        """Nothing is measured before `measured`."""
        self.latency = Spread(table.LOOP_LATENCY)
        self.latency.begin()
        self._machine = machine or SystemClock()

    @asynccontextmanager
    async def measured(self) -> AsyncGenerator[None]:
        """Measure for as long as the block runs."""
        task = asyncio.create_task(self._measure(), name="nightside loop latency")
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _measure(self) -> None:
        while True:
            due = self._machine.monotonic() + EVERY_S
            await self._machine.sleep_until(due)
            self.latency.add(max(0.0, self._machine.monotonic() - due))
