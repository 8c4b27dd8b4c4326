"""Disks that are full, broken or read-only, at every single call: said so, nothing torn, and all done once they are mended."""

import asyncio
import errno
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nightside.errors import FolderUnwritable, StorageFull
from nightside.ledger.states import FrameState
from nightside_drivers.errors import SpoolFailed
from tests.daemon.storage.conftest import Dawn, Morning
from tests.disks import not_mounted

CALLS = ("pwrite", "fdatasync", "fchmod", "link", "fsync", "mkdir")
"""What the spool asks of its disk, beside opening."""


class FailingDisk:
    """Fails the n-th call that concerns the spool, and every one after it until it is mended."""

    def __init__(self, patch: pytest.MonkeyPatch, root: Path, number: int) -> None:
        self.calls = 0
        self.failed = 0
        self._left_at: int | None = None
        self._number = number
        self._root = str(root)
        self._lock = threading.Lock()
        self.code = errno.ENOSPC
        for name in (*CALLS, "open"):
            patch.setattr(os, name, self._failing(getattr(os, name)))

    def fail_from(self, call: int | None) -> None:
        """From which call on, counted from now; `None` mends it."""
        self.calls = 0
        self._left_at = call

    def _failing(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(first: Any, *rest: Any, **more: Any) -> Any:
            if self._concerns(first, *rest):
                with self._lock:
                    self.calls += 1
                    fails = self._left_at is not None and self.calls > self._left_at
                    self.failed += fails
                if fails:
                    raise OSError(self.code, os.strerror(self.code))
            return real(first, *rest, **more)

        return call

    def _concerns(self, first: Any, *rest: Any) -> bool:
        where = str(Path(f"/proc/self/fd/{first}").readlink()) if isinstance(first, int) else str(first)
        return where.startswith(self._root)


def files(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in root.rglob("*") if path.is_file()}


async def contents(morning: Morning) -> list[bytes]:
    return [morning.content(frame) for frame in await morning.frames()]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO])
async def test_a_disk_that_fails_at_any_call_tears_nothing_and_loses_nothing(
    dawn: Dawn, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    morning = await asyncio.to_thread(dawn, [2500, 1200, 800])
    whole = await asyncio.to_thread(lambda: asyncio.run(contents(morning)))
    disk = FailingDisk(monkeypatch, morning.spool.root, 0)
    disk.code = code
    tries = 0
    while True:
        drain = morning.drain()
        disk.fail_from(tries)
        try:
            left = await drain.run(morning.body)
        except (StorageFull, FolderUnwritable, SpoolFailed):
            pass
        else:
            assert left == 0
            break
        finally:
            disk.fail_from(None)
            await drain.close()
        found = await asyncio.to_thread(files, morning.spool.root)
        assert set(found.values()) <= set(whole), "a torn file"
        assert not any(name.endswith(".part") for name in found)
        tries += 1
        assert tries < 200
    assert tries >= 8
    assert sorted((await asyncio.to_thread(files, morning.spool.root)).values()) == sorted(whole)
    assert [frame.state for frame in await morning.frames()] == [FrameState.DRAINED] * 3


IN_A_NAMESPACE = r"""
import asyncio, os, subprocess, sys
from pathlib import Path
from nightside.errors import FolderUnwritable, StorageFull
from nightside.storage.spool import Spool
from nightside.storage.writing import open_part
from nightside_drivers.api import CardFile
from nightside.ledger.records import FrameRecord
from nightside.ledger.states import FrameState

root = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "none", str(root)], check=True)
spool = Spool(root)

def frame(number):
    file = CardFile("/x", f"DSC_{number:04}.NEF")
    return FrameRecord(number, 1, "s", "w", number, file, FrameState.ON_CARD, None, None, None)

async def take(number, size):
    part = await spool.begin()
    try:
        for at in range(0, size, 1000):
            os.pwrite(part.descriptor, b"x" * 1000, at)
    except OSError:
        part.close()
        raise
    return await spool.keep(part, frame(number), "1")

async def everything():
    kept = 0
    try:
        while True:
            await take(kept, 50_000)
            kept += 1
    except (OSError, StorageFull) as error:
        print("full", kept, type(error).__name__)
    sizes = [path.stat().st_size for path in root.rglob("*.nef")]
    assert sizes == [50_000] * kept, sizes
    assert not list(root.rglob("*.part"))
    next(root.rglob("*.nef")).unlink()
    part = await spool.begin()
    os.pwrite(part.descriptor, b"y" * 1000, 0)
    fd = os.open(f"/proc/self/fd/{part.descriptor}", os.O_RDONLY)
    os.close(part.descriptor)  # a file that is open for writing keeps a disk from being remounted
    subprocess.run(["mount", "-o", "remount,ro", str(root)], check=True)
    try:
        open_part(root)
    except FolderUnwritable as error:
        print("read-only", error.what)
    assert len(list(root.rglob("*.nef"))) == kept - 1
    subprocess.run(["mount", "-o", "remount,rw", str(root)], check=True)
    await take(99, 10_000)
    print("mended")

asyncio.run(everything())
"""


def test_a_tmpfs_that_is_really_full_and_then_really_read_only(tmp_path: Path) -> None:
    """In a mount namespace of its own, which needs no root where the kernel lets users have one."""
    root = tmp_path / "spool"
    root.mkdir()
    words = ["unshare", "--map-root-user", "--mount", sys.executable, "-c", IN_A_NAMESPACE, str(root)]
    ended = subprocess.run(words, capture_output=True, text=True, check=False, timeout=100)
    if ended.returncode and ("unshare" in ended.stderr or "permission denied" in ended.stderr.lower()):
        not_mounted(ended.stderr)
    assert ended.returncode == 0, ended.stderr
    told = ended.stdout.splitlines()
    assert told[0].startswith("full 5 ")
    assert told[1].startswith("read-only")
    assert told[2] == "mended"
