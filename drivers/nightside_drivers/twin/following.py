"""What the faces that run on an event loop share: letting a body live on between requests, and ending a connection."""

import asyncio
from collections.abc import Callable
from typing import Any, NoReturn

from nightside_drivers.twin.body import BodyModel

HANG_UP_S = 2.0
"""Machine seconds that a peer has to take what is left for it."""


async def follow(body: BodyModel, look: Callable[[], None]) -> NoReturn:
    """Let everything happen to `body` when it is due, and call `look` after each thing and each change. Until cancelled."""
    moved = asyncio.Event()
    body.timeline.watchers.append(moved.set)
    try:
        while True:
            body.settle()
            look()
            moved.clear()
            await _either(moved, body)
    finally:
        body.timeline.watchers.remove(moved.set)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    """Close a connection when what was written has gone out, or after a while when the peer does not take it."""
    writer.close()
    try:
        async with asyncio.timeout(HANG_UP_S):
            await writer.wait_closed()
    except (TimeoutError, ConnectionError):
        pass  # the peer is gone, or does not want it
    finally:
        writer.transport.abort()


async def _either(moved: asyncio.Event, body: BodyModel) -> None:
    waits: list[asyncio.Task[Any]] = [asyncio.create_task(moved.wait())]
    if body.due is not None:
        waits.append(asyncio.create_task(body.clock.sleep_until(body.due)))
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
