"""Following the engines: a page is told when something has changed, and asks nothing meanwhile."""

import asyncio
from collections.abc import Callable, Sequence

from nicegui import ui

from nightside.clock import Clock, rest
from nightside.engine.desk import Desk
from nightside.engine.snapshot import Snapshot
from nightside.service.page.lasting import while_open

CALM_S = 0.3
"""Machine seconds between two looks: of several changes in a row, a person needs the last."""


def follow(desk: Desk, clock: Clock, show: Callable[[Sequence[Snapshot]], None]) -> None:
    """Call `show` with the bodies' snapshots, now and whenever one changes, until the page is closed.

    It is called in the place in which this was: what it makes, it makes there.
    """
    place, client = ui.element("div"), ui.context.client
    with place:
        show(desk.snapshots)

    async def following() -> None:
        seen = desk.snapshots
        while not client.is_deleted:
            await _change(desk, seen)
            await rest(clock, CALM_S)
            seen = desk.snapshots
            with place:
                show(seen)

    while_open(following(), "follow the engines")


async def _change(desk: Desk, seen: Sequence[Snapshot]) -> None:
    """Wait until any body does something else."""
    waiting = [asyncio.create_task(board.after(before)) for board, before in zip(desk.boards, seen, strict=True)]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
