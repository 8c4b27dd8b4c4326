"""`Rereading`: SIGHUP has the configuration read again; the service manager is told of each reading, whoever asked for it."""

import asyncio
import signal
from collections.abc import Generator
from contextlib import contextmanager

from nightside.clock import Clock
from nightside.service.configuration import Configuration
from nightside.service.systemd import Systemd


class Rereading:
    """For one run of one daemon."""

    def __init__(self, clock: Clock, systemd: Systemd) -> None:
        """Nobody is heeded yet."""
        self._clock = clock
        self._systemd = systemd
        self._configuration: Configuration | None = None
        self._asked = False

    def heed(self) -> None:
        """From now on, SIGHUP ends nothing. What comes before there is anything to read anew is made up for then."""
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, self.asked)

    def of(self, configuration: Configuration | None) -> None:
        """The daemon is at work, by this configuration; `None` where there is no file."""
        self._configuration = configuration
        if configuration is not None:
            configuration.around = self._told
            if self._asked:
                configuration.soon()

    def asked(self) -> None:
        """Have it read; what comes of it is in the log, and a finding."""
        self._asked = True
        if self._configuration is not None:
            self._configuration.soon()

    @contextmanager
    def _told(self) -> Generator[None]:
        self._systemd.reloading(self._clock.machine(self._clock.monotonic()))
        try:
            yield
        finally:
            self._systemd.ready()
