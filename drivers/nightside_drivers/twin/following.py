"""Lets a body live on between requests, for faces that run on an event loop."""

import asyncio
from collections.abc import Callable
from typing import Any, NoReturn

from nightside_drivers.twin.body import BodyModel


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


async def _either(moved: asyncio.Event, body: BodyModel) -> None:
    waits: list[asyncio.Task[Any]] = [asyncio.create_task(moved.wait())]
    if body.due is not None:
        waits.append(asyncio.create_task(body.clock.sleep_until(body.due)))
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
