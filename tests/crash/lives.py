"""`python -m tests.crash.lives FOLDER KILLS SEED`: a morning's work, drained, stored and deleted from the card, killed repeatedly.

Each life is a process that is killed −9 after a random time and looked at afterwards; the next one goes on. A morning that is
done is followed by another. There are no threads outside of lives, so that a life is a fork and costs no start of Python.
Prints what it met as JSON.
"""

import asyncio
import hashlib
import json
import os
import signal
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import structlog

from nightside.clock import SystemClock
from nightside.ledger.journal import Journal
from nightside.ledger.opening import open_ledger
from nightside.ledger.states import COPIED, FrameState, WindowPhase
from nightside.ledger.store import Ledger
from nightside.plan.values import Overrun, Plan, Shot, Span
from nightside.storage.drain import Drain
from nightside.storage.feeding import Feeding
from nightside.storage.policy import CardPolicy, Policy
from nightside.storage.retention import Retention
from nightside.storage.sinks.folder import FolderSink
from nightside.storage.spool import Spool
from nightside.storage.traffic import Traffic
from nightside_drivers.api import CardFile, Exposure
from nightside_drivers.clock import machine_now, pause
from tests.daemon.storage.folder_body import FolderBody

START = datetime(2018, 7, 3, 20, 6, 34, tzinfo=UTC)
SERIAL = "2012345"
CARD_FOLDER = "store_00010001/DCIM/100ND3S_"
FRAMES = 12
LARGEST = 40_000
GENTLE_S = 30.0


@dataclass
class Met:
    """What the lives met."""

    kills: int = 0
    mornings: int = 0
    torn: int = 0
    """Half-written files that were found, never under a final name."""
    states: dict[str, int] = field(default_factory=dict[str, int])
    """How far the frames had come when they were looked at, added up."""


def dawn(folder: Path, random: Random) -> list[bytes]:
    """A card full of frames, and a ledger that knows of them. Gives their contents."""
    card = folder / "card" / CARD_FOLDER
    card.mkdir(parents=True)
    opens = [START + timedelta(seconds=30 * index) for index in range(FRAMES)]
    shots = tuple(
        Shot(index=index, open_at=at, close_at=at + timedelta(seconds=29), exposure=Exposure(29.0))
        for index, at in enumerate(opens)
    )
    span = Span(start=START, end=START + timedelta(minutes=30), uncertainty_s=0.0)
    plan = Plan(
        program="trail", kind="star-trail", body="D3s", span=span, shots=shots, overrun=Overrun.PUSH, slack_s=1, frame_bytes=1
    )
    ledger = open_ledger(folder / "ledger.sqlite", SystemClock())
    window = ledger.begin("session", SERIAL, plan)
    ledger.remember_card(window.id, [])
    contents = [random.randbytes(random.randrange(1, LARGEST)) for _ in range(FRAMES)]
    for index, content in enumerate(contents):
        name = f"DSC_{index + 1:04}.NEF"
        (card / name).write_bytes(content)
        ledger.on_card(window.id, index, CardFile(f"/{CARD_FOLDER}", name))
    for phase in (WindowPhase.SHOOTING, WindowPhase.SETTLING, WindowPhase.DRAINING):
        ledger.enter(window.id, phase)
    ledger.close()
    return contents


async def work(folder: Path) -> None:
    """Drain, store, delete from the card, prune: whatever is left to do."""
    clock = SystemClock()
    journal = Journal(await asyncio.to_thread(open_ledger, folder / "ledger.sqlite", clock))
    spool = await asyncio.to_thread(Spool, folder / "spool")
    body = FolderBody(folder / "card")
    (window,) = await journal.do(Ledger.windows)
    feeding = Feeding([FolderSink("disk", folder / "disk")], spool, journal, clock)
    policy = Policy(card=CardPolicy.DELETE_WHEN_SAFE, spool_keep=timedelta(0))
    retention = Retention(policy, spool, journal, clock, ["disk"])
    await retention.resume()
    async with feeding.running():
        if window.phase is WindowPhase.DRAINING:
            assert await Drain(window, spool, journal, clock, Traffic()).run(body) == 0
            await journal.do(Ledger.enter, window.id, WindowPhase.CLOSED)
        feeding.wake()
        assert await feeding.caught_up()
        await retention.clear_card(body, await retention.deletable(SERIAL))
        await retention.prune()
    await asyncio.to_thread(journal.close)


def live(folder: Path, longest_s: float | None) -> bool:
    """One life, killed after `longest_s` if it is given; whether it came to its end."""
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(work(folder))
        except BaseException as error:  # noqa: BLE001 — a life that fails says so, and must not go on as its parent
            os.write(2, f"{error!r}\n".encode())
            os._exit(1)
        os._exit(0)
    if longest_s is not None:
        pause(longest_s)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return False
    assert os.WEXITSTATUS(status) == 0, "a life failed"
    return True


def look(folder: Path, contents: list[bytes], met: Met) -> None:
    """What must hold at any instant."""
    sums = {hashlib.sha256(content).hexdigest(): index for index, content in enumerate(contents)}
    places: dict[str, dict[int, Path]] = {}
    for place in ("card", "spool", "disk"):
        found: dict[int, Path] = {}
        for path in (folder / place).rglob("*.*"):
            if path.is_file() and path.suffix.lower() == ".nef":
                index = sums.get(hashlib.sha256(path.read_bytes()).hexdigest())
                assert index is not None, f"torn: {path}"
                assert index not in found, f"doubled: {path} and {found[index]}"
                found[index] = path
            met.torn += path.suffix == ".part"
        places[place] = found
    for index in range(FRAMES):
        assert any(index in found for found in places.values()), f"lost: frame {index}"
        assert index in places["card"] or index in places["disk"], f"deleted before it was safe: frame {index}"
    believe(folder, places, met)


def believe(folder: Path, places: dict[str, dict[int, Path]], met: Met) -> None:
    """The ledger claims nothing that is not there."""
    ledger = open_ledger(folder / "ledger.sqlite", SystemClock())
    (window,) = ledger.windows()
    frames = ledger.frames(window.id)
    ledger.close()
    for frame in frames:
        assert frame.shot_index is not None
        if frame.state is not FrameState.ON_CARD and frame.pruned_at is None:
            assert frame.shot_index in places["spool"], f"not in the spool: {frame}"
        if frame.copies:
            assert frame.shot_index in places["disk"], f"not in the sink: {frame}"
        if frame.state is FrameState.ON_CARD:
            assert frame.shot_index in places["card"], f"not on the card: {frame}"
        assert frame.state not in COPIED or frame.copies
        met.states[frame.state.value] = met.states.get(frame.state.value, 0) + 1


def proved(folder: Path) -> None:
    """A finished morning's copy is proved without Nightside, by its own list of sums."""
    (manifest,) = (folder / "disk").rglob("SHA256SUMS")
    lines = [line.split("  ") for line in manifest.read_text().splitlines()]
    assert len(lines) == FRAMES
    for digest, name in lines:
        assert hashlib.sha256((manifest.parent / name).read_bytes()).hexdigest() == digest
    assert not list((folder / "card").rglob("*.NEF"))


def main(root: Path, kills: int, seed: int) -> None:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    random, met = Random(seed), Met()  # noqa: S311 — instants of kills are no secret
    calm = root / "calm"
    calm.mkdir()
    dawn(calm, random)
    began = machine_now()
    assert live(calm, None)
    life_s = min(machine_now() - began, GENTLE_S)
    while met.kills < kills:
        folder = root / f"morning-{met.mornings}"
        folder.mkdir()
        contents = dawn(folder, random)
        for _ in range(random.randrange(8, 25)):
            if live(folder, random.uniform(0, life_s)):
                break
            met.kills += 1
            look(folder, contents, met)
        assert live(folder, None)
        look(folder, contents, met)
        proved(folder)
        met.mornings += 1
    sys.stdout.write(json.dumps(met.__dict__) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
