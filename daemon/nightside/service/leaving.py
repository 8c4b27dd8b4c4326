"""`Leaving`: the daemon's way out when it is told to stop. Nothing is begun any more; what is in hand is finished if that is soon.

    told to stop ─► pieces of work in hand are finished, or it is too late for them ─► broken off, let go, gone
                    (told a second time: at once)                                      (the kernel's alarm is the last resort)

An exposure that would last longer ends now: its body's process closes the shutter as it goes. The plan stays as it is in the
ledger, so that the next start goes on with it.
"""

import asyncio
import signal
from collections.abc import Sequence

import structlog

from nightside.clock import Clock
from nightside.engine.controls import Controls
from nightside.service.systemd import Systemd

log = structlog.stdlib.get_logger()

LETTING_GO_S = 30.0
"""How long (machine time) bodies, sinks and clients may take to be let go; then the kernel ends the process, wherever it hangs."""


class Leaving:
    """For one run of one daemon."""

    def __init__(self, finish_s: float, clock: Clock, systemd: Systemd) -> None:
        """`finish_s` (machine time) is what a piece of work may take to be finished."""
        self.at_work: Sequence[Controls] = ()
        """Whose work is finished first: every body's, once there are any."""
        self._finish_s = finish_s
        self._clock = clock
        self._systemd = systemd
        self._finishing: asyncio.Task[None] | None = None

    def heed(self, running: "asyncio.Task[object] | None") -> None:
        """From now on, leave when the process is told to end: `running` is cancelled when nothing is in hand any more."""
        loop = asyncio.get_running_loop()
        if running is None:
            return
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self.asked, running)

    def asked(self, running: "asyncio.Task[object]") -> None:
        """Leave; at once when asked again."""
        if self._finishing is None:
            self._finishing = asyncio.create_task(self._finish(running), name="leaving")
        else:
            log.warning("stopping-now", next="What is in hand is broken off.")
            running.cancel()

    async def _finish(self, running: "asyncio.Task[object]") -> None:
        signal.setitimer(signal.ITIMER_REAL, self._finish_s + LETTING_GO_S)
        self._systemd.stopping("Finishes what is in hand, and stops.")
        log.info("stopping", finish_s=self._finish_s, next="What is in hand is finished if it is over by then. Again: at once.")
        by = self._clock.machine(self._clock.monotonic()) + self._finish_s
        done = await asyncio.gather(*(controls.put_down(self._clock, by) for controls in self.at_work))
        if not all(done):
            log.warning(
                "broken-off", next="Too long to wait for: its shutter is closed now, and the card is looked at next time."
            )
        running.cancel()
