"""`Exposition`: the text of all metrics, by prometheus-client. Its registry is the daemon's own; there is no global one."""

import platform
from collections.abc import Sequence
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Gauge, ProcessCollector
from prometheus_client.exposition import choose_encoder

from nightside.service.metrics import table
from nightside.service.metrics.counts import Counts, Spread
from nightside.service.metrics.families import Families
from nightside.service.metrics.readings import Readings

OPENMETRICS = "application/openmetrics-text"


class Exposition:
    """Of one daemon. For one thread at a time."""

    def __init__(self, grown: Sequence[Counts | Spread]) -> None:
        """`grown` is read at each scrape. Reads a file."""
        self._registry = CollectorRegistry(auto_describe=False)
        self._families = Families(grown)
        self._registry.register(self._families)
        ProcessCollector(registry=self._registry)
        build = Gauge(table.BUILD.name, table.BUILD.about, table.BUILD.labels, registry=self._registry)
        build.labels(version("nightside"), platform.python_version()).set(1)

    def text(self, readings: Readings, accept: str = "") -> tuple[bytes, str]:
        """Everything, and its media type: OpenMetrics where a client accepts that, else Prometheus's text."""
        self._families.readings = readings
        # What a client writes is not passed on: the library makes numbers of it, and gives it back as a header.
        encode, media_type = choose_encoder(f"{OPENMETRICS}; version=1.0.0" if OPENMETRICS in accept else "")
        return encode(self._registry), media_type
