"""What is put together for one occasion: a ledger made anew of a damaged one, and the pictures of a card taken in from a reader."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from nightside.building import build_sinks, build_stores
from nightside.clock import Clock
from nightside.engine.adoption import Adopted, Adoption
from nightside.ledger.journal import Journal
from nightside.ledger.opening import sole_writer
from nightside.settings import Settings
from nightside.storage.promises import promised
from nightside.storage.rebuilding import Rebuilt, rebuild
from nightside.storage.spool import sole_user


async def rebuild_ledger(settings: Settings, clock: Clock, path: Path) -> Rebuilt:
    """Make a new ledger for a damaged one, which is set aside. For whoever holds the ledger against others."""
    lists = await promised(build_sinks(settings))
    spool, template = settings.path(settings.storage.spool), settings.storage.names
    return await asyncio.to_thread(rebuild, path, spool, lists, template, clock, settings.ledger.name)


async def adopt_card(settings: Settings, clock: Clock, card: Path, serial: str | None = None) -> Adopted:
    """Take the pictures of a card in a reader into the spool and the ledger. No daemon may work with them meanwhile.

    Raises:
        NightsideError: something cannot be read, written or believed.
    """
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(stack.enter_context, sole_writer(settings.ledger_place))
        await asyncio.to_thread(stack.enter_context, sole_user(settings.path(settings.storage.spool)))
        spool, ledger = await asyncio.to_thread(build_stores, settings, clock)
        journal = Journal(ledger)
        stack.push_async_callback(asyncio.to_thread, journal.close)
        return await Adoption(spool, journal, serial).adopt(card)
