"""`Metrics`: all metrics of one daemon, and their text. The registry is the daemon's own; there is no global one."""

import asyncio
import platform
from collections.abc import Awaitable, Callable
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector
from prometheus_client.exposition import choose_encoder

from nightside.service.metrics import table
from nightside.service.metrics.events import Told
from nightside.service.metrics.lag import Lag
from nightside.service.metrics.readings import Gauges, Readings
from nightside.service.metrics.requests import Requests

OPENMETRICS = "application/openmetrics-text"

Reading = Callable[[], Awaitable[Readings]]
"""Reads whatever is so now. It may wait for disks, on threads."""


class Metrics:
    """Of one daemon, on its event loop."""

    def __init__(self, read: Reading) -> None:
        """`read` is asked at each scrape."""
        registry = CollectorRegistry(auto_describe=False)
        self.told = Told(registry)
        """Hears notices."""
        self.requests = Requests(registry)
        """Counts the API's requests."""
        self.lag = Lag(registry)
        """Measures the event loop, while it is let."""
        self._registry = registry
        self._read = read
        self._gauges = Gauges()
        self._turn = asyncio.Lock()
        registry.register(self._gauges)
        ProcessCollector(registry=registry)
        build = Gauge(table.BUILD.name, table.BUILD.about, table.BUILD.labels, registry=registry)
        build.labels(version("nightside"), platform.python_version()).set(1)

    async def now(self) -> Readings:
        """What is measured, as values. What cannot be read is left out."""
        async with self._turn:
            return await self._read()

    async def text(self, accept: str = "") -> tuple[bytes, str]:
        """Everything as it is now, and its media type: OpenMetrics where a client accepts that, else Prometheus's text."""
        async with self._turn:
            self._gauges.readings = await self._read()
            # What a client writes is not passed on: the library makes numbers of it, and gives it back as a header.
            encode, media_type = choose_encoder(f"{OPENMETRICS}; version=1.0.0" if OPENMETRICS in accept else "")
            return await asyncio.to_thread(encode, self._registry), media_type
