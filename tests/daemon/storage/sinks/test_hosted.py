"""A sink that hangs, dies or is left behind: nobody waits for it."""

import asyncio
import gc
import os
import resource
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from nightside.storage.sinks.hosted import HostedSink, _Child
from nightside.storage.sinks.marker import MARKER
from nightside.storage.sinks.sink import SinkAbsent, SinkDown
from tests.daemon.storage.sinks.conftest import MakeCopy, host


@asynccontextmanager
async def folder(tmp_path: Path) -> AsyncGenerator[HostedSink]:
    (tmp_path / "sink").mkdir(exist_ok=True)
    (tmp_path / "spool").mkdir(exist_ok=True)
    sink = host({"kind": "folder", "path": str(tmp_path / "sink")}, tmp_path / "spool")
    try:
        yield sink
    finally:
        await sink.close()


def child_of(sink: HostedSink) -> int:
    assert sink._child is not None
    return sink._child.process.pid


async def test_a_folder_that_hangs_is_given_up_on_and_its_process_ended(tmp_path: Path) -> None:
    async with folder(tmp_path) as sink:
        await sink.check()
        first, sink._give_up_s = child_of(sink), 1.5  # starting a process may take longer
        os.mkfifo(tmp_path / "sink" / MARKER)  # whoever opens it waits in the kernel, as on a dead server
        with pytest.raises(SinkDown, match=r"hangs: nothing moved for 1\.5 s"):
            await sink.check()
        with pytest.raises(ProcessLookupError):
            os.kill(first, 0)
        (tmp_path / "sink" / MARKER).unlink()
        sink._give_up_s = 60
        await sink.check()  # it is back
        assert child_of(sink) != first


async def test_a_process_that_was_stopped_is_given_up_on(tmp_path: Path) -> None:
    async with folder(tmp_path) as sink:
        await sink.prepare()
        sink._give_up_s = 1.5
        os.kill(child_of(sink), signal.SIGSTOP)
        with pytest.raises(SinkDown, match="hangs"):
            await sink.prepare()


async def test_a_process_that_dies_is_replaced(tmp_path: Path, make_copy: MakeCopy) -> None:
    async with folder(tmp_path) as sink:
        await sink.prepare()
        os.kill(child_of(sink), signal.SIGKILL)
        with pytest.raises(SinkDown, match="ended by itself"):
            await sink.store(*make_copy())
        await sink.store(*make_copy())


async def test_what_the_sink_says_arrives_as_it_was_said(tmp_path: Path) -> None:
    async with folder(tmp_path) as sink:
        await sink.prepare()
        (tmp_path / "sink" / MARKER).unlink()
        with pytest.raises(SinkAbsent) as absent:
            await sink.check()
        assert absent.value.means == "Nothing was written there. The frames stay in the spool until it is back."
        assert absent.value.remedy.startswith("Plug in or mount the right disk.")


async def test_who_is_told_to_stop_waiting_leaves_nothing_running(tmp_path: Path) -> None:
    async with folder(tmp_path) as sink:
        await sink.check()
        process = sink._child.process if sink._child else None
        os.mkfifo(tmp_path / "sink" / MARKER)
        waiting = asyncio.create_task(sink.check())
        await asyncio.wait({waiting}, timeout=0.2)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert process is not None
        assert process.poll() is not None


async def test_a_process_whose_daemon_is_gone_ends_whatever_it_does(tmp_path: Path) -> None:
    async with folder(tmp_path) as sink:
        os.mkfifo(tmp_path / "sink" / MARKER)
        child = await _Child.start(sink._options)
        child.say({"do": "check"})  # it waits in the kernel now
        child._writer.close()  # as the kernel does it for a daemon that was killed
        assert await asyncio.to_thread(child.process.wait, 60) == 1


async def test_a_process_that_holds_secrets_leaves_no_core_file(tmp_path: Path) -> None:
    async with folder(tmp_path) as sink:
        await sink.check()
        assert resource.prlimit(child_of(sink), resource.RLIMIT_CORE) == (0, 0)


@pytest.mark.parametrize("steps", range(4))
async def test_whoever_turns_away_while_it_starts_leaves_no_process_and_no_socket(tmp_path: Path, steps: int) -> None:
    async with folder(tmp_path) as sink:
        asking = asyncio.create_task(sink.check())
        for _ in range(steps):
            turn = asyncio.get_running_loop().create_future()
            asyncio.get_running_loop().call_soon(turn.set_result, None)
            await turn
        before = children()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        assert asking.cancelled()
    gc.collect()  # an open socket, or a process that nobody has seen off, is an error when it is let go
    assert children() <= before


async def test_other_options_hold_from_the_next_thing_on_that_is_asked(tmp_path: Path) -> None:
    async with folder(tmp_path) as sink:
        await sink.check()
        first, options = child_of(sink), dict(sink._options)
        sink.change(dict(options))
        await sink.check()
        assert child_of(sink) == first  # they are the same
        sink.change(options | {"rate_mb_s": 5.0})
        assert child_of(sink) == first  # whatever it is at goes on
        await sink.check()
        assert child_of(sink) != first


def children() -> set[str]:
    """Processes of this one."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())
