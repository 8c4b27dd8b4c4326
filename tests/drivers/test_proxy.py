"""The daemon's handle on a body's process, where that process or this computer is not as it should be."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import pytest

from nightside_drivers.api import Exposure
from nightside_drivers.clock import machine_now
from nightside_drivers.errors import HostDied
from nightside_drivers.proxy import RECYCLE_S, Deadlines, HostedBody

QUICK = Deadlines(part_s=0.05, die_s=0.05)


@pytest.fixture
async def body() -> AsyncIterator[HostedBody]:
    hosted = HostedBody("twin", {}, QUICK)
    await hosted.open()
    yield hosted
    await hosted.close()


class Undying:
    """A process that hangs in the kernel: what is sent to it does nothing."""

    pid = os.getpid()
    """Of a process that runs, and that signals for children do not reach."""

    async def wait(self) -> None:
        await asyncio.Event().wait()


async def test_a_child_that_the_kernel_does_not_let_die_holds_nobody_up(body: HostedBody) -> None:
    child = body._child
    assert child is not None
    really = child.process
    child.process = cast("asyncio.subprocess.Process", Undying())
    await body.kill()
    assert body.pid is None
    await body.open()
    assert body.pid not in {None, really.pid}
    await really.wait()


async def test_whoever_is_cancelled_while_a_child_ends_leaves_nothing_of_it_behind(body: HostedBody) -> None:
    """A shot that is called off, for instance, while its body's process has died and is seen off."""
    child = body._child
    assert child is not None
    ending = asyncio.create_task(body.kill())
    await asyncio.sleep(0)  # noqa: TID251 — a turn of the event loop, no time
    ending.cancel()
    await asyncio.gather(ending, return_exceptions=True)
    await body.close()
    assert child.connection.fileno() == -1
    assert child.process.returncode is not None
    assert not await asyncio.to_thread(os.path.exists, child.home)


async def test_a_child_that_cannot_be_started_is_an_error_of_the_tree_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosted = HostedBody("twin", {})
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "no" / "such" / "folder"))
    with pytest.raises(HostDied, match="cannot be started"):
        await hosted.open()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "no-such-python"))
    with pytest.raises(HostDied, match="no-such-python"):
        await hosted.open()
    assert await asyncio.to_thread(os.listdir, tmp_path) == []
    await hosted.close()


async def test_no_child_is_replaced_when_a_release_is_near_unless_it_is_far_too_large(body: HostedBody) -> None:
    await body.prepare(Exposure(0.01))
    at = machine_now()
    await body.shoot(at, at + 5, at + 0.01)
    await body.reported(3)
    (file,) = await body.files()
    rss = await asyncio.to_thread(lambda: body.rss)
    body._rss_budget = rss * 3 // 4
    with tempfile.TemporaryFile() as into:
        await body.fetch(file, into.fileno(), 0, machine_now() + RECYCLE_S / 2)
        assert body.recycled == 0
        await body.fetch(file, into.fileno(), 0, machine_now() + RECYCLE_S * 100)
        assert body.recycled == 1
