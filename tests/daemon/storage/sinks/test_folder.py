"""Folders: disks that are not there, are full, are read-only, or belong to somebody else."""

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from nightside.clock import VirtualClock
from nightside.errors import FolderUnwritable, StorageFull
from nightside.storage.sinks.flow import Flow
from nightside.storage.sinks.folder import FolderSink
from nightside.storage.sinks.host import Signs
from nightside.storage.sinks.marker import MARKER, Notes
from nightside.storage.sinks.sink import CopyDamaged, CopyDiffers, SinkAbsent
from nightside.storage.writing import INCOMING
from tests.daemon.storage.sinks.conftest import MakeCopy
from tests.disks import small_disk


@pytest.fixture
def disk(tmp_path: Path) -> FolderSink:
    return FolderSink("usb", tmp_path / "usb", notes=Notes(tmp_path / "spool", "usb"))


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


async def test_an_unplugged_disk_is_not_an_empty_one(disk: FolderSink, make_copy: MakeCopy) -> None:
    await disk.prepare()
    disk.root.rename(disk.root.with_name("in a drawer"))
    disk.root.mkdir()  # the mount point is still there
    copy, source = make_copy()
    for act in (disk.prepare(), disk.check(), disk.store(copy, source), disk.keep_text("s/m.txt", ""), disk.measure(copy.path)):
        with pytest.raises(SinkAbsent, match=r"has lost its marker file .* Plug in or mount the right disk"):
            await act
    assert files(disk.root) == []


async def test_another_disk_in_its_place_is_not_it(disk: FolderSink, make_copy: MakeCopy, tmp_path: Path) -> None:
    await disk.prepare()
    other = FolderSink("usb", tmp_path / "other", notes=Notes(tmp_path / "other spool", "usb"))
    await other.prepare()
    disk.root.rename(tmp_path / "drawer")
    other.root.rename(disk.root)
    with pytest.raises(SinkAbsent, match="has another number"):
        await disk.store(*make_copy())
    assert files(disk.root) == [MARKER]


async def test_a_disk_that_comes_back_is_known_again(disk: FolderSink, make_copy: MakeCopy, tmp_path: Path) -> None:
    await disk.prepare()
    disk.root.rename(tmp_path / "drawer")
    with pytest.raises(SinkAbsent):
        await disk.prepare()
    (tmp_path / "drawer").rename(disk.root)
    await disk.prepare()
    await disk.store(*make_copy())


async def test_a_new_spool_takes_the_disk_that_it_finds(disk: FolderSink, tmp_path: Path) -> None:
    await disk.prepare()
    marker = (disk.root / MARKER).read_text()
    again = FolderSink("usb", disk.root, notes=Notes(tmp_path / "new spool", "usb"))
    await again.prepare()
    assert (disk.root / MARKER).read_text() == marker


async def test_a_mount_point_that_is_not_mounted_is_refused_at_first_use_too(tmp_path: Path) -> None:
    nfs = FolderSink("nas", tmp_path / "mnt/frames", mount=tmp_path / "mnt", notes=Notes(tmp_path / "spool", "nas"))
    (tmp_path / "mnt").mkdir()
    with pytest.raises(SinkAbsent, match="nothing is mounted at"):
        await nfs.prepare()
    assert files(tmp_path) == []


async def test_half_sent_files_are_swept_if_they_are_ours_or_old(disk: FolderSink, tmp_path: Path) -> None:
    await disk.prepare()
    ours = await asyncio.to_thread(Notes(tmp_path / "spool", "usb").station)
    names = [f"{ours}-aa.part", "0badcafe-bb.part", "0badcafe-cc.part"]
    for name in names:
        (disk.root / INCOMING / name).write_bytes(b"half a fra")
    day_before = (disk.root / INCOMING).stat().st_mtime - 2 * 86_400
    os.utime(disk.root / INCOMING / names[2], (day_before, day_before))
    await disk.prepare()
    assert files(disk.root / INCOMING) == ["0badcafe-bb.part"]  # somebody else may be sending it just now


async def test_what_the_disk_did_not_keep_never_gets_its_name(
    disk: FolderSink, make_copy: MakeCopy, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, source = make_copy()

    def forget(descriptor: int) -> None:
        os.pwrite(descriptor, b"\x00\x00\x00\x00", 1000)

    monkeypatch.setattr(os, "fdatasync", forget)
    with pytest.raises(CopyDamaged, match="did not arrive as it was sent"):
        await disk.store(copy, source)
    assert files(disk.root) == []


@pytest.mark.parametrize("kind", ["a link to the frame", "a link to nothing", "a pipe", "a folder"])
async def test_what_is_no_file_is_no_copy_and_concerns_this_frame_alone(
    disk: FolderSink, make_copy: MakeCopy, kind: str
) -> None:
    copy, source = make_copy()
    target = disk.root / copy.path
    target.parent.mkdir(parents=True)
    match kind:
        case "a link to the frame":
            target.symlink_to(source)
        case "a link to nothing":
            target.symlink_to("nothing")
        case "a pipe":
            os.mkfifo(target)
        case _:
            target.mkdir()
    with pytest.raises(CopyDiffers, match="it is no file"):
        await disk.store(copy, source)
    found = await disk.measure(copy.path)
    assert found is not None
    assert found.sha256 != copy.sha256


async def test_the_spool_is_no_sink_by_whatever_path(make_copy: MakeCopy, tmp_path: Path) -> None:
    """Its frames would be found there at once, counted as copies of themselves, and be removed for it."""
    copy, source = make_copy()
    (tmp_path / "link").symlink_to(tmp_path / "spool")
    sink = FolderSink("usb", tmp_path / "link", notes=Notes(tmp_path / "spool", "usb"))
    for ask in (sink.prepare(), sink.store(copy, source)):
        with pytest.raises(SinkAbsent, match="is the spool itself"):
            await ask


def test_whoever_waits_for_a_limit_gives_signs_of_life(clock: VirtualClock) -> None:
    """A frame of 12 MB at 20 kB/s takes ten minutes, and a piece of it longer than a sink may be silent for."""
    flow, signs = Flow(1000.0, clock), list[int]()
    flow.listener = signs.append
    clock.run(flow.let(300_000))
    assert signs == [300_000] + [0] * 60


async def test_bytes_that_trickle_are_a_sign_of_life(clock: VirtualClock) -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        _, writer = await asyncio.open_connection(sock=ours)
        signs = Signs(writer, clock)
        for _ in range(10):
            signs.passed(1000)
            clock.advance(0.5)
        asyncio.get_running_loop().call_soon(writer.close)
        await writer.wait_closed()
        assert await asyncio.to_thread(theirs.recv, 1000) == b"{}\n" * 5


async def test_a_limit_is_kept(make_copy: MakeCopy, tmp_path: Path) -> None:
    class Tape:
        """A clock that only counts what it is asked to wait."""

        def monotonic(self) -> float:
            return 0.0

    flow = Flow(1000.0, Tape())  # type: ignore[arg-type]
    assert [flow.passed(500), flow.passed(500), flow.passed(0)] == [0.5, 1.0, 1.0]


async def run(*words: str) -> None:
    assert await (await asyncio.create_subprocess_exec(*words)).wait() == 0


@pytest.fixture
def tmpfs(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    with small_disk(tmp_path / "disk") as where:
        yield where


async def test_a_full_disk_keeps_what_it_has_and_takes_the_rest_later(tmpfs: Path, make_copy: MakeCopy, tmp_path: Path) -> None:
    sink = FolderSink("disk", tmpfs / "frames", mount=tmpfs, notes=Notes(tmp_path / "spool", "disk"))
    await sink.prepare()
    copies = [make_copy(f"s/w/{number}.nef") for number in range(5)]
    stored: list[str] = []

    async def store_all() -> None:
        for copy, source in copies:
            await sink.store(copy, source)
            stored.append(copy.path)

    with pytest.raises(StorageFull, match="no room left"):
        await store_all()
    assert 1 <= len(stored) < 5
    assert [name for name in files(sink.root) if name != MARKER] == stored  # nothing torn, nothing half-sent
    await run(*["mount", "-o", "remount,size=4m", str(tmpfs)])
    for copy, source in copies:
        await sink.store(copy, source)
        assert (sink.root / copy.path).read_bytes() == source.read_bytes()


async def test_a_disk_that_turns_read_only_is_said_to_be_so(tmpfs: Path, make_copy: MakeCopy, tmp_path: Path) -> None:
    sink = FolderSink("disk", tmpfs / "frames", mount=tmpfs, notes=Notes(tmp_path / "spool", "disk"))
    await sink.prepare()
    first, second = make_copy("s/w/1.nef"), make_copy("s/w/2.nef")
    await sink.store(*first)
    await run(*["mount", "-o", "remount,ro", str(tmpfs)])
    with pytest.raises(FolderUnwritable, match="Read-only file system"):
        await sink.store(*second)
    assert (await sink.measure("s/w/1.nef")) is not None
    await run(*["mount", "-o", "remount,rw", str(tmpfs)])
    await sink.store(*second)


async def test_a_disk_that_is_pulled_while_it_is_used_holds_nothing_for_us(
    tmpfs: Path, make_copy: MakeCopy, tmp_path: Path
) -> None:
    sink = FolderSink("disk", tmpfs / "frames", mount=tmpfs, notes=Notes(tmp_path / "spool", "disk"))
    await sink.prepare()
    await run(*["umount", "-l", str(tmpfs)])
    with pytest.raises(SinkAbsent, match="nothing is mounted"):
        await sink.store(*make_copy())
    assert files(tmpfs) == []
    await run(*["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmpfs)])
    with pytest.raises(SinkAbsent, match="has lost its marker"):  # a disk is there again, and not that one
        await sink.store(*make_copy())


async def test_a_disk_keeps_to_its_floor(tmp_path: Path, make_copy: MakeCopy) -> None:
    full = FolderSink("usb", tmp_path / "usb", floor=1 << 62)
    await full.prepare()
    with pytest.raises(StorageFull, match="has come to its floor"):
        await full.store(*make_copy())
    assert files(full.root) == []
    await FolderSink("usb", tmp_path / "usb", floor=1).store(*make_copy())
    assert len(files(full.root)) == 1
