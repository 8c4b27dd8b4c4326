"""`Party`: several bodies on the same windows, each with a watch of its own. One that fails leaves the others at work."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import structlog

from nightside.engine.report import Report
from nightside.engine.watch import Watch
from nightside.errors import NightsideError
from nightside.ledger.records import WindowRecord

log = structlog.stdlib.get_logger()


class Party:
    """All watches of a daemon. They share one ledger, one spool and the instant at which a window began."""

    def __init__(self, watches: Sequence[Watch]) -> None:
        """At least one."""
        self.watches = tuple(watches)

    async def run(
        self, windows: int | None = None, on_plan: Callable[[WindowRecord], None] = lambda _: None
    ) -> AsyncIterator[Report]:
        """Every body's reports, as they come; `windows` of each body, without end when not given.

        Raises:
            NightsideError: the first that ended a watch, once all the others have ended too.
        """
        if len(self.watches) == 1:
            with self.watches[0].part:
                async for report in self.watches[0].run(windows, on_plan):
                    yield report
            return
        reports: asyncio.Queue[Report | None] = asyncio.Queue()
        failed: list[NightsideError] = []

        async def keep(watch: Watch) -> None:
            try:
                with watch.part:
                    async for report in watch.run(windows, on_plan):
                        reports.put_nowait(report)
            except NightsideError as error:
                failed.append(error)
                log.error("watch-ended", body=watch.board.now.body, code=error.code, why=str(error), next="The others go on.")
            finally:
                reports.put_nowait(None)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(keep(watch)) for watch in self.watches]
            try:
                left = len(tasks)
                while left:
                    if (found := await reports.get()) is None:
                        left -= 1
                    else:
                        yield found
            finally:
                for task in tasks:
                    task.cancel()
        if failed:
            raise failed[0]
