"""`Housekeeping`: whether there is room for a window before it is shot, and what is removed once its frames are safe."""

import asyncio

import structlog

from nightside.clock import Clock
from nightside.engine.hold import Hold
from nightside.errors import LedgerRefused
from nightside.ledger.journal import Journal
from nightside.ledger.records import WindowRecord
from nightside.ledger.store import Ledger
from nightside.plan.values import Plan
from nightside.storage.feeding import Feeding
from nightside.storage.policy import CardPolicy, Rules
from nightside.storage.retention import Retention
from nightside.storage.room import fitted, forecast, free_bytes
from nightside.storage.spool import Spool
from nightside_drivers.errors import NightsideError

log = structlog.stdlib.get_logger()


class Housekeeping:
    """Of one body's watch."""

    def __init__(self, policy: Rules, spool: Spool, feeding: Feeding, hold: Hold, journal: Journal, clock: Clock) -> None:
        """Nothing is removed yet."""
        required = [sink.name for sink in feeding.sinks if sink.required]
        others = [sink.name for sink in feeding.sinks if not sink.required]
        self._policy = policy
        self._required = frozenset(required)
        self._feeding = feeding
        self._spool = spool
        self._hold = hold
        self._journal = journal
        self._retention = Retention(policy, spool, journal, clock, required, others)

    async def resume(self) -> None:
        """Finish what a daemon that ended had only said."""
        await self._retention.resume()

    async def with_room(self, plan: Plan, serial: str) -> Plan:
        """Say what a window needs and what there is, and give what is shot of it by the policy.

        Raises:
            StorageFull: nothing is.
        """
        waiting = len(await self._journal.do(Ledger.to_drain, serial)) * plan.frame_bytes
        free = await asyncio.to_thread(free_bytes, self._spool.root)
        expected = forecast(plan, waiting, free, self._policy.spool_floor)
        tell = log.info if expected.fits else log.warning
        tell("room-forecast", window=plan.id, forecast=str(expected), fits=expected.fits, policy=self._policy.room)
        return fitted(plan, expected, self._policy.room)

    async def remove(self, window: WindowRecord) -> None:
        """Remove what need not be kept: from the card, if that was asked for, and from the spool. What fails is tried again.

        Nothing goes while a required sink may be another one than the one that holds the copies.
        """
        doubted = self._required & self._feeding.in_doubt
        if doubted:
            log.warning("not-removed", why=f"Whether {', '.join(sorted(doubted))} holds its copies is not known yet.")
            return
        try:
            if self._policy.card is CardPolicy.DELETE_WHEN_SAFE:
                frames = await self._retention.deletable(window.serial)
                if frames:
                    await self._hold.open()
                    await self._retention.clear_card(self._hold.body, frames)
            await self._retention.prune()
        except LedgerRefused:
            raise
        except (NightsideError, OSError) as error:
            log.warning("not-removed", why=str(error), next="It is tried again after the next window.")
        finally:
            await self._hold.let_go()
