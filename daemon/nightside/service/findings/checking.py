"""Running checks: each by itself and for a bounded time, so that a disk that hangs or a fault of ours costs one finding only."""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from nightside.errors import NightsideError
from nightside.service.findings.values import Finding, bad, doubt, refused

T = TypeVar("T")

WITHIN_S = 10.0
"""Machine time. A disk that was asleep turns within it."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at."""

    name: str
    """Of its finding where it fails; what it finds may have other names."""
    look: Callable[[], Awaitable[Sequence[Finding]]]
    within_s: float = WITHIN_S


def check(name: str, look: Callable[[], Finding | Sequence[Finding]], within_s: float = WITHIN_S) -> Check:
    """A check that may block, and so has a thread of its own while it runs."""

    async def looked() -> Sequence[Finding]:
        found = await apart(look)
        return (found,) if isinstance(found, Finding) else found

    return Check(name, looked, within_s)


async def examine(checks: Iterable[Check], together: int) -> list[Finding]:
    """What all of them find, in their order; `together` of them are at work at a time."""
    turns = asyncio.Semaphore(together)

    async def taken(one: Check) -> Sequence[Finding]:
        async with turns:
            return await _found(one)

    return [finding for findings in await asyncio.gather(*map(taken, checks)) for finding in findings]


async def _found(one: Check) -> Sequence[Finding]:
    try:
        async with asyncio.timeout(one.within_s):
            return await one.look()
    except TimeoutError:
        says = f"Nothing came of looking at it for {one.within_s:g} s."
        return (bad(one.name, says, "What it stands on hangs.", "See whether that disk, bus or server answers at all."),)
    except NightsideError as error:
        return (refused(one.name, error),)
    except Exception as error:  # noqa: BLE001 — a check that fails must not cost the others: what failed is its finding
        return (doubt(one.name, f"It could not be looked at: {type(error).__name__}: {error}".rstrip(": ") + "."),)


async def apart(act: Callable[[], T]) -> T:
    """Do something that blocks, on a thread that nobody waits for at the end of the program: the kernel may hold it for hours."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(settled: Callable[[], None]) -> None:
        if not done.done():
            settled()

    def run() -> None:
        try:
            settled = partial(done.set_result, act())
        except Exception as error:  # noqa: BLE001 — it is raised where it is waited for
            settled = partial(done.set_exception, error)
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits
            loop.call_soon_threadsafe(settle, settled)

    threading.Thread(target=run, name="nightside check", daemon=True).start()
    return await done
