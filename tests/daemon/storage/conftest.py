"""A window that is over, its frames on a card that is a folder, and a spool to drain them into."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from nightside.clock import VirtualClock
from nightside.ledger.journal import Journal
from nightside.ledger.records import FrameRecord, WindowRecord
from nightside.ledger.states import WindowPhase
from nightside.ledger.store import Ledger
from nightside.plan.values import Plan
from nightside.storage.drain import Drain
from nightside.storage.spool import Spool
from nightside.storage.traffic import Traffic
from nightside_drivers.api import CardFile
from tests.daemon.storage.folder_body import FolderBody

SERIAL = "2012345"
CARD_FOLDER = "store_00010001/DCIM/100ND3S_"


@dataclass
class Morning:
    """Shots were taken; their files are on the card, and in the ledger as on-card."""

    body: FolderBody
    spool: Spool
    journal: Journal
    ledger: Ledger
    clock: VirtualClock
    window: WindowRecord

    def drain(self, traffic: Traffic | None = None) -> Drain:
        return Drain(self.window, self.spool, self.journal, self.clock, traffic or Traffic())

    async def frames(self) -> list[FrameRecord]:
        return await self.journal.do(Ledger.frames, self.window.id)

    def content(self, frame: FrameRecord) -> bytes:
        return (self.body.card / frame.file.folder.strip("/") / frame.file.name).read_bytes()


Dawn = Callable[[Sequence[int]], Morning]
"""Makes a morning with files of so many bytes on the card, one a shot."""


@pytest.fixture
async def dawn(tmp_path: Path, ledger: Ledger, plan: Plan, clock: VirtualClock) -> AsyncIterator[Dawn]:
    journal = Journal(ledger)

    def make(sizes: Sequence[int]) -> Morning:
        card = tmp_path / "card" / CARD_FOLDER
        card.mkdir(parents=True)
        window = ledger.begin("20180703-star-trail", SERIAL, plan)
        ledger.remember_card(window.id, [])
        for index, size in enumerate(sizes):
            name = f"DSC_{index + 1:04}.NEF"
            (card / name).write_bytes(os.urandom(size))
            ledger.on_card(window.id, index, CardFile(f"/{CARD_FOLDER}", name))
        for phase in (WindowPhase.SHOOTING, WindowPhase.SETTLING, WindowPhase.DRAINING):
            ledger.enter(window.id, phase)
        return Morning(FolderBody(tmp_path / "card"), Spool(tmp_path / "spool"), journal, ledger, clock, window)

    yield make
    await asyncio.to_thread(journal.close)
