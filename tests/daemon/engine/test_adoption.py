"""A card that was pulled: what the ledger awaits, what it missed, what it knows, and what nothing explains."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from nightside.engine.adoption import Adopted, Adoption
from nightside.engine.reasons import doubted
from nightside.errors import ImportRefused
from nightside.ledger.journal import Journal
from nightside.ledger.records import FrameRecord, ShotRecord, WindowRecord
from nightside.ledger.states import FrameState, ShotState, WindowPhase
from nightside.ledger.store import Ledger
from nightside.plan.values import Plan
from nightside.storage.spool import Spool
from nightside_drivers.api import CardFile

SERIAL = "2012345"
TAIL = "DCIM/100ND3S_"
AHEAD_S = 7200.0


@dataclass
class Desk:
    """A ledger whose window was shot, and a card in a reader."""

    card: Path
    spool: Spool
    journal: Journal
    window: WindowRecord
    plan: Plan

    def picture(self, number: int, made_at: float, content: bytes | None = None) -> None:
        folder = self.card / TAIL
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"DSC_{number:04}.NEF"
        path.write_bytes(content or os.urandom(3000))
        os.utime(path, (made_at, made_at))

    def time_of(self, shot: int) -> float:
        """When the body says that it took a shot."""
        return float(int(self.plan.shots[shot].open_at.timestamp() + AHEAD_S))

    async def adopt(self) -> Adopted:
        return await Adoption(self.spool, self.journal).adopt(self.card)

    async def frames(self) -> list[FrameRecord]:
        return await self.journal.do(Ledger.frames, self.window.id)

    async def shots(self) -> list[ShotRecord]:
        return await self.journal.do(Ledger.shots, self.window.id)

    async def given(self) -> dict[str, int | None]:
        return {frame.file.name: frame.shot_index for frame in await self.frames()}


@pytest.fixture
async def desk(tmp_path: Path, ledger: Ledger, plan: Plan) -> AsyncIterator[Desk]:
    journal = Journal(ledger)
    window = await journal.do(Ledger.begin, "20180703-star-trail", SERIAL, plan)
    await journal.do(Ledger.remember_card, window.id, [])
    for shot in plan.shots:
        await journal.do(Ledger.arm, window.id, shot.index)
        opened_at = shot.open_at + timedelta(seconds=0.1)
        await journal.do(Ledger.exposed, window.id, shot.index, opened_at, 0.1, shot.close_at)
    for phase in (WindowPhase.SHOOTING, WindowPhase.SETTLING, WindowPhase.DRAINING):
        await journal.do(Ledger.enter, window.id, phase)
    (tmp_path / "card").mkdir()
    spool = await asyncio.to_thread(Spool, tmp_path / "spool")
    yield Desk(tmp_path / "card", spool, journal, window, plan)
    await asyncio.to_thread(journal.close)


async def put(desk: Desk, shots: Sequence[int]) -> None:
    for number, shot in enumerate(shots, 1):
        await asyncio.to_thread(desk.picture, number, desk.time_of(shot))


async def test_frames_that_the_ledger_awaits_are_drained_from_the_reader(desk: Desk) -> None:
    await put(desk, range(5))
    for shot in range(5):
        file = CardFile(f"/store_00010001/{TAIL}", f"DSC_{shot + 1:04}.NEF", desk.time_of(shot))
        await desk.journal.do(Ledger.on_card, desk.window.id, shot, file)
    assert await desk.adopt() == Adopted(explained=5)
    assert [frame.state for frame in await desk.frames()] == [FrameState.DRAINED] * 5
    assert await desk.adopt() == Adopted(known=5)
    assert len(list(desk.spool.root.rglob("*.nef"))) == 5


async def test_shots_that_were_missed_are_found_by_their_times(desk: Desk) -> None:
    """Two of five have no file, and the body's clock is on local time."""
    for shot in range(5):
        await desk.journal.do(Ledger.missed, desk.window.id, shot, doubted("The cable was out."))
    await put(desk, [0, 2, 3])
    assert (await desk.adopt()).explained == 3
    assert await desk.given() == {"DSC_0001.NEF": 0, "DSC_0002.NEF": 2, "DSC_0003.NEF": 3}
    exposed = ShotState.EXPOSED
    assert [shot.state for shot in await desk.shots()] == [exposed, ShotState.MISSED, exposed, exposed, ShotState.MISSED]
    assert all(frame.adopted for frame in await desk.frames())


async def test_a_picture_that_no_shot_explains_is_kept_beside_them(desk: Desk) -> None:
    await put(desk, range(5))
    await asyncio.to_thread(desk.picture, 6, desk.time_of(4) + 500)
    assert await desk.adopt() == Adopted(explained=5, extra=1)
    assert (await desk.given())["DSC_0006.NEF"] is None


async def test_another_file_under_an_awaited_name_is_not_taken_for_it(desk: Desk) -> None:
    """The counter passed 9999: a month later the same name is another picture."""
    file = CardFile(f"/store_00010001/{TAIL}", "DSC_0001.NEF", desk.time_of(0))
    await desk.journal.do(Ledger.on_card, desk.window.id, 0, file)
    await asyncio.to_thread(desk.picture, 1, desk.time_of(0) + 30 * 86_400)
    found = await desk.adopt()
    assert found.explained == 0


async def test_an_import_that_was_interrupted_is_gone_on_with(desk: Desk) -> None:
    await put(desk, range(5))
    half = desk.card.with_name("half")
    await asyncio.to_thread((half / TAIL).mkdir, parents=True)
    for path in sorted((desk.card / TAIL).iterdir())[:2]:
        await asyncio.to_thread(os.link, path, half / TAIL / path.name)
    await Adoption(desk.spool, desk.journal).adopt(half)
    found = await desk.adopt()
    assert (found.known, found.explained + found.extra) == (2, 3)
    assert len(await desk.frames()) == 5


async def test_pictures_of_a_body_that_the_ledger_does_not_know_are_left(desk: Desk) -> None:
    await put(desk, range(2))
    assert await Adoption(desk.spool, desk.journal, "3000001").adopt(desk.card) == Adopted(strangers=2)
    assert await desk.frames() == []


async def test_links_and_other_files_are_passed_over(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "secret.nef").write_bytes(b"not of this card")
    (desk.card / "DCIM").mkdir()
    (desk.card / "DCIM" / "DSC_0001.NEF").symlink_to(tmp_path / "secret.nef")
    (desk.card / "DCIM" / "up").symlink_to(tmp_path)
    (desk.card / "DCIM" / "index.txt").write_text("hello")
    assert await desk.adopt() == Adopted()


async def test_what_is_no_folder_is_refused(desk: Desk) -> None:
    with pytest.raises(ImportRefused):
        await Adoption(desk.spool, desk.journal).adopt(desk.card / "nowhere")


def test_the_command_says_what_it_did(tmp_path: Path) -> None:
    (tmp_path / "card").mkdir()
    (tmp_path / "n.toml").write_text(
        '[site]\nlatitude_deg = 0\nlongitude_deg = 0\n[night]\ncondition = "sun < -18"\n'
        '[storage]\nspool = "spool"\nsinks = [{ name = "disk", path = "disk" }]\n[ledger]\npath = "ledger.sqlite"\n'
    )
    words = [sys.executable, "-m", "nightside", "import", str(tmp_path / "card"), "-c", str(tmp_path / "n.toml")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "0 pictures are frames of shots" in done.stdout
    words[4] = str(tmp_path / "nowhere")
    refused = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (refused.returncode, "is no folder" in refused.stderr) == (55, True)


@pytest.mark.parametrize("name", [b"DSC_\xff\xfe.NEF", b"DSC\n0001.NEF", b"-rf.NEF", "Änderung 😀.NEF".encode()])
async def test_a_picture_may_have_any_name(desk: Desk, name: bytes) -> None:
    folder = desk.card / TAIL
    await asyncio.to_thread(folder.mkdir, parents=True)
    await asyncio.to_thread((folder / os.fsdecode(name)).write_bytes, b"a picture")
    assert await desk.adopt() == Adopted(extra=1)
    assert await desk.adopt() == Adopted(known=1)


async def test_the_second_file_of_a_pair_that_only_the_card_has_completes_its_shot(desk: Desk) -> None:
    """Its NEF came over the cable; the announcement of its JPEG was lost, and then the card was pulled."""
    await desk.journal.do(Ledger.set_to, desk.window.id, "NEF+Fine")
    await put(desk, range(5))
    await desk.adopt()
    folder = desk.card / TAIL
    await asyncio.to_thread((folder / "DSC_0003.JPG").write_bytes, os.urandom(2000))
    os.utime(folder / "DSC_0003.JPG", (desk.time_of(2), desk.time_of(2)))
    assert await desk.adopt() == Adopted(explained=1, known=5)
    assert (await desk.given())["DSC_0003.JPG"] == 2
    assert await desk.adopt() == Adopted(known=6)
