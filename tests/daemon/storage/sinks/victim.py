"""A feeder that the kernel kills at an instant it was told of: no handler runs, nothing is cleaned up, as with kill −9."""

import asyncio
import json
import signal
import sys
from pathlib import Path

from nightside.clock import SystemClock
from nightside.ledger.journal import Journal
from nightside.ledger.opening import open_ledger
from nightside.storage.feeding import Feeding
from nightside.storage.sinks.building import build
from nightside.storage.spool import Spool


async def feed(folder: Path, options: dict[str, object], dies_after_s: float) -> bool:
    clock = SystemClock()
    journal = Journal(open_ledger(folder / "ledger.sqlite", clock))
    sink = build(options)
    await sink.check()  # its libraries are loaded, and it is connected
    feeding = Feeding([sink], Spool(folder / "spool"), journal, clock)
    if dies_after_s > 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, dies_after_s)
    async with feeding.running():
        whole = await feeding.caught_up()
    journal.close()
    return whole


if __name__ == "__main__":
    where, how, when = sys.argv[1:]
    sys.exit(0 if asyncio.run(feed(Path(where), json.loads(how), float(when))) else 1)
