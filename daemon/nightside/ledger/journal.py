"""The daemon's door to the ledger: one thread, so that the event loop never waits for a disk to sync."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

from nightside.ledger.store import Ledger
from nightside.pulse import Part

P = ParamSpec("P")
T = TypeVar("T")


class Journal:
    """`await journal.do(Ledger.arm, window_id, index)`: done, and durable, when it returns.

    A call that is cancelled while it runs has still happened; one that was still waiting for its turn has not. The ledger never
    holds half of one.
    """

    def __init__(self, ledger: Ledger, part: Part | None = None, pool: ThreadPoolExecutor | None = None) -> None:
        """The ledger is this journal's from here on. For `part` and `pool`, see `heard`."""
        self._ledger = ledger
        self._part = part
        self._pool = pool or ThreadPoolExecutor(1, "nightside ledger")

    def heard(self, part: Part) -> "Journal":
        """The same journal, for one part of the daemon: each call tells that it gets on. Closed with the one that it is of."""
        return Journal(self._ledger, part, self._pool)

    async def do(self, act: Callable[Concatenate[Ledger, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one method of the ledger, after all that were asked for before it."""
        self._beat()
        done = await asyncio.get_running_loop().run_in_executor(self._pool, lambda: act(self._ledger, *args, **kwargs))
        self._beat()
        return done

    def _beat(self) -> None:
        if self._part is not None:
            self._part.beat("a step in the ledger")

    def close(self) -> None:
        """Finish what was asked for, and close the ledger."""
        self._pool.shutdown()
        self._ledger.close()
