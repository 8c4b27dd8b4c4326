"""Starting with things missing: what is waited for before anything else can be built, and what goes on beside it all."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import structlog

from nightside.clock import Clock, rest
from nightside.errors import LedgerAway

T = TypeVar("T")

log = structlog.stdlib.get_logger()

Waiting = Callable[[str], None]
"""Hears what is waited for, in a sentence, as often as it is tried."""

TRY_AGAIN_S = 5.0
"""Machine time between two tries."""


async def when_it_is_there(opened: Callable[[], Awaitable[T]], clock: Clock, waiting: Waiting) -> T:
    """What `opened` gives, as soon as the ledger's server can be reached. Without a ledger nothing is shot, so it is waited for.

    Raises:
        NightsideError: waiting does not mend it.
    """
    awaited = False
    while True:
        try:
            found = await opened()
        except LedgerAway as error:
            if not awaited:
                log.warning("ledger-awaited", code=error.code, why=str(error), next="It is tried until it is there.")
            awaited = True
            waiting(str(error))
        else:
            if awaited:
                log.info("ledger-found")
            return found
        await rest(clock, TRY_AGAIN_S)


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    """Have something done beside the block, until it is left. What it fails at ends the block."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(work)
        try:
            yield
        finally:
            task.cancel()
