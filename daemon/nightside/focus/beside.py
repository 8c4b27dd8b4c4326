"""The gate of a program that opens a body beside a daemon: `nightside focus` and `nightside doctor`."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from nightside.clock import Clock
from nightside.errors import AlreadyRunning, BodyReserved, FolderUnwritable, LedgerMissing
from nightside.focus.gate import Gate, always_free, gate
from nightside.ledger.opening import read_ledger, sole_writer
from nightside.ledger.place import Place


@dataclass(frozen=True, slots=True)
class Neighbour:
    """What is known of the daemon of a configuration."""

    ledger: Place
    lead_s: float
    """How long (machine time) before a window it makes the body ready."""
    in_hand: Callable[[], bool | None]
    """Asks it whether it has the body open; `None` where it does not answer. May block."""


async def gate_beside(daemon: Neighbour, serial: str | None, clock: Clock, stack: AsyncExitStack) -> Gate:
    """Hold the ledger, so that no daemon begins a window meanwhile; where one runs already, ask its ledger again and again.

    A ledger on a server cannot be held without a station of one's own, nor one in a folder that is another user's: it is asked.
    `stack` is left when the body has been let go.

    Raises:
        LedgerRefused: a daemon works with it, and it cannot be read.
    """
    try:
        await asyncio.to_thread(stack.enter_context, sole_writer(daemon.ledger))
    except (AlreadyRunning, FolderUnwritable):
        held = False
    else:
        held = isinstance(daemon.ledger, Path)
    if held:
        return always_free
    try:
        ledger = await asyncio.to_thread(read_ledger, daemon.ledger, clock)
    except LedgerMissing:
        return always_free
    stack.callback(ledger.close)
    return gate(
        lambda: asyncio.to_thread(ledger.unfinished, serial), clock, daemon.lead_s, lambda: asyncio.to_thread(daemon.in_hand)
    )


async def require_free(ask: Gate) -> None:
    """Refuse to touch a body that belongs to the night.

    Raises:
        BodyReserved: it does.
    """
    reserved = await ask()
    if reserved is not None:
        raise BodyReserved(
            f"The body is not opened now. {reserved.why}",
            means="The daemon holds it: two that speak to one body end each other's session, and with it the window.",
            remedy=f"Try again {_when(reserved.until)}.",
        )


def _when(until: datetime | None) -> str:
    return f"after {until:%Y-%m-%d %H:%M:%S} UTC, when its frames have been fetched" if until else "when that is done"
