"""`Metrics`: all metrics of one daemon, and their text. The registry is the daemon's own; there is no global one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from nightside.service.metrics.events import Told
from nightside.service.metrics.lag import Lag
from nightside.service.metrics.readings import Readings
from nightside.service.metrics.requests import Requests

if TYPE_CHECKING:
    from nightside.service.metrics.exposition import Exposition

Reading = Callable[[], Awaitable[Readings]]
"""Reads whatever is so now. It may wait for disks, on threads."""


class Metrics:
    """Of one daemon, on its event loop."""

    def __init__(self, read: Reading) -> None:
        """`read` is asked at each scrape."""
        self.told = Told()
        """Hears notices."""
        self.requests = Requests()
        """Counts the API's requests."""
        self.lag = Lag()
        """Measures the event loop, while it is let."""
        self._read = read
        self._exposition: Exposition | None = None
        self._turn = asyncio.Lock()

    async def now(self) -> Readings:
        """What is measured, as values. What cannot be read is left out."""
        async with self._turn:
            return await self._read()

    async def text(self, accept: str = "") -> tuple[bytes, str]:
        """Everything as it is now, and its media type: OpenMetrics where a client accepts that, else Prometheus's text."""
        async with self._turn:
            readings = await self._read()
            return await asyncio.to_thread(self._exposed, readings, accept)

    def _exposed(self, readings: Readings, accept: str) -> tuple[bytes, str]:
        if self._exposition is None:
            from nightside.service.metrics.exposition import Exposition  # a library, for those who scrape

            grown = (*self.told.grown, self.requests.count, self.requests.answered, self.lag.latency)
            self._exposition = Exposition(grown)
        return self._exposition.text(readings, accept)
