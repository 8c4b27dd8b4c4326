"""The daemon's door to the ledger: one thread, so that the event loop never waits for a disk to sync."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, ParamSpec, TypeVar

from nightside.ledger.store import Ledger

P = ParamSpec("P")
T = TypeVar("T")


class Journal:
    """`await journal.do(Ledger.arm, window_id, index)`: done, and durable, when it returns.

    A call that is cancelled while it runs has still happened; one that was still waiting for its turn has not. The ledger never
    holds half of one.
    """

    def __init__(self, ledger: Ledger) -> None:
        """The ledger is this journal's from here on."""
        self._ledger = ledger
        self._pool = ThreadPoolExecutor(1, "nightside ledger")

    async def do(self, act: Callable[Concatenate[Ledger, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run one method of the ledger, after all that were asked for before it."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: act(self._ledger, *args, **kwargs))

    def close(self) -> None:
        """Finish what was asked for, and close the ledger."""
        self._pool.shutdown()
        self._ledger.close()
