"""`Configuration`: one that changed on disk is checked before it is taken; a bad one is refused, and the old one kept."""

import asyncio
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager, nullcontext

import structlog

from nightside.errors import NightsideError
from nightside.ledger.journal import Journal
from nightside.ledger.store import Ledger
from nightside.plan.values import Value

log = structlog.stdlib.get_logger()


class Reloaded(Value):
    """What came of reading the configuration again."""

    taken: tuple[str, ...] = ()
    """Tables that are in force now, from the next window on that has not begun."""
    restart: tuple[str, ...] = ()
    """Tables that are other than what the daemon was started with, and wait for a restart."""


class Configuration:
    """Of one daemon, on its event loop."""

    def __init__(
        self,
        changes: Callable[[], Hashable],
        read: Hashable,
        take: Callable[[], Reloaded],
        journal: Journal,
        rouse: Callable[[], None],
    ) -> None:
        """Nothing is read again yet.

        Args:
            changes: gives something that is another when the file is. May block.
            read: what that gave when the configuration was read.
            take: reads, checks and takes it, or raises `NightsideError` and has changed nothing. May block.
            journal: where that is noted.
            rouse: has the engine look again.
        """
        self.around: Callable[[], AbstractContextManager[None]] = nullcontext
        """Is entered while it is read: for whoever is to know that."""
        self._changes = changes
        self._take = take
        self._journal = journal
        self._rouse = rouse
        self._read = read
        self._seen = read
        self._refused: str | None = None
        self._restart: tuple[str, ...] = ()
        self._one_at_a_time = asyncio.Lock()
        self._reading: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()

    async def reload(self) -> Reloaded:
        """Read the configuration now, check it whole, and take what can be taken while the daemon runs.

        Raises:
            NightsideError: it is refused, and the old one kept.
        """
        async with self._one_at_a_time:
            with self.around():
                return await self._reread_now()

    def soon(self) -> None:
        """Read it as soon as may be, and tell nobody but the log, the ledger and `finding`."""
        self._reading = self._loop.create_task(self._reread())

    def look(self) -> str | None:
        """Whether the configuration on disk is the one that is in force; one that has changed is read. For the agenda's thread.

        It is read when it has not changed any more since the look before: somebody may still be writing it.
        """
        now, before = self._changes(), self._seen
        self._seen = now
        if now not in {before, self._read}:
            return self.finding
        if now != self._read:
            asyncio.run_coroutine_threadsafe(self._reread(), self._loop).result()
        return self.finding

    @property
    def finding(self) -> str | None:
        """Why the configuration on disk is not the one that is in force; `None` where it is."""
        if self._refused is not None:
            return f"The configuration on disk is refused, and the old one is kept: {self._refused}"
        if self._restart:
            return f"The configuration has changed in {', '.join(self._restart)}, which a restart will take."
        return None

    async def _reread(self) -> None:
        try:
            await self.reload()
        except NightsideError:
            return  # it is told, and a finding until it is mended

    async def _reread_now(self) -> Reloaded:
        self._read = self._seen = await asyncio.to_thread(self._changes)
        try:
            found = await asyncio.to_thread(self._take)
        except NightsideError as error:
            self._refused = str(error)
            log.error("configuration-refused", code=error.code, why=str(error), next="The old one is kept.")
            await self._journal.do(Ledger.reconfigured, taken=False, detail={"code": error.code, "says": str(error)})
            raise
        self._refused, self._restart = None, found.restart
        if found.taken or found.restart:
            log.info("configuration-taken", taken=list(found.taken), restart=list(found.restart))
            detail = {"tables": list(found.taken), "restart": list(found.restart)}
            await self._journal.do(Ledger.reconfigured, taken=True, detail=detail)
        self._rouse()
        return found
