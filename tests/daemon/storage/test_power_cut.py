"""The power fails at any instant: a final name holds whole bytes or is not there, and the ledger claims nothing that may go."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from nightside.ledger.store import Ledger
from nightside.storage.sinks.folder import FolderSink
from nightside.storage.sinks.sink import Copy
from tests.daemon.storage.conftest import Dawn
from tests.daemon.storage.power import Disk, Log, Step, recording


async def test_no_power_cut_tears_a_drained_frame_or_makes_the_ledger_lie(
    dawn: Dawn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    morning = await asyncio.to_thread(dawn, [5000, 1, 70_000, 3000, 8000])
    drained = Ledger.drained
    with recording(monkeypatch) as log:

        def claim(ledger: Ledger, frame_id: int, fetched: Any, spool_path: str) -> None:
            log.note(Step("claimed", path=str(morning.spool.path(spool_path))))
            drained(ledger, frame_id, fetched, spool_path)

        monkeypatch.setattr(Ledger, "drained", claim)
        assert await morning.drain().run(morning.body) == 0
    cuts = Disk(morning.spool.root).replay(log)
    assert cuts > 5 * 4
    assert sum(step.what == "claimed" for step in log.steps) == 5


async def test_no_power_cut_tears_a_copy_in_a_folder(dawn: Dawn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    morning = await asyncio.to_thread(dawn, [5000, 70_000])
    await morning.drain().run(morning.body)
    sink = FolderSink("disk", tmp_path / "disk")
    with recording(monkeypatch) as log:
        await sink.prepare()
        for frame in await morning.frames():
            assert frame.spool_path is not None
            assert frame.size is not None
            assert frame.sha256 is not None
            path = f"session/window/{frame.file.name}"
            await sink.store(Copy(path, frame.size, frame.sha256), morning.spool.path(frame.spool_path))
            log.note(Step("claimed", path=str(tmp_path / "disk" / path)))
    disk = Disk(tmp_path / "disk")
    disk.durable.add(str(tmp_path / "disk"))
    assert disk.replay(log) > 8


FILE, PART, NAME = (1, 1), "/spool/.incoming/a.part", "/spool/w/a.nef"


@pytest.mark.parametrize(
    ("steps", "complaint"),
    [
        ([Step("dirty", FILE), Step("named", FILE, NAME)], "torn"),
        ([Step("dirty", FILE), Step("flushed", FILE), Step("dirty", FILE), Step("named", FILE, NAME)], "torn"),
        ([Step("dirty", FILE), Step("flushed", FILE), Step("named", FILE, NAME), Step("claimed", path=NAME)], "may be gone"),
        (
            [
                Step("named", (1, 2), "/spool/w"),
                Step("dirty", FILE),
                Step("flushed", FILE),
                Step("named", FILE, NAME),
                Step("folder-synced", path="/spool/w"),
                Step("claimed", path=NAME),
            ],
            "/spool/w may be gone",
        ),
    ],
)
def test_the_replay_finds_what_a_careless_write_path_would_do(steps: list[Step], complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        Disk(Path("/root")).replay(Log(steps))
