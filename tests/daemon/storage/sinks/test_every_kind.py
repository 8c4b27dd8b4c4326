"""What every sink promises, on the real thing: a file system, OpenSSH, an S3 server; in this process and in one of its own."""

import hashlib

import pytest

from nightside.storage.sinks.marker import MARKER
from nightside.storage.sinks.sink import CopyDiffers, SpoolDamaged
from nightside_drivers.api import Fetched
from tests.daemon.storage.sinks.conftest import Bench, MakeCopy


async def test_a_copy_is_what_was_sent(bench: Bench, make_copy: MakeCopy) -> None:
    copy, source = make_copy()
    await bench.sink.prepare()
    await bench.sink.store(copy, source)
    assert bench.peek(copy.path) == source.read_bytes()
    assert await bench.sink.measure(copy.path) == Fetched(copy.size, copy.sha256)


@pytest.mark.parametrize("size", [0, 1, 12_000_000], ids=["empty", "a byte", "a frame"])
async def test_any_size_is_stored(bench: Bench, make_copy: MakeCopy, size: int) -> None:
    copy, source = make_copy(content=size)
    await bench.sink.store(copy, source)
    assert hashlib.sha256(bench.peek(copy.path) or b"").hexdigest() == copy.sha256


async def test_storing_again_changes_nothing(bench: Bench, make_copy: MakeCopy) -> None:
    copy, source = make_copy()
    await bench.sink.store(copy, source)
    await bench.sink.store(copy, source)
    assert sorted([name async for name in bench.sink.names()]) == [copy.path]


async def test_nothing_is_overwritten(bench: Bench, make_copy: MakeCopy) -> None:
    copy, source = make_copy()
    bench.plant(copy.path, b"somebody else's")
    with pytest.raises(CopyDiffers, match="not what was drained"):
        await bench.sink.store(copy, source)
    assert bench.peek(copy.path) == b"somebody else's"


async def test_a_spool_that_rotted_is_found_out_and_leaves_no_copy(bench: Bench, make_copy: MakeCopy) -> None:
    copy, source = make_copy()
    source.write_bytes(b"\xff" + source.read_bytes()[1:])
    with pytest.raises(SpoolDamaged, match="no longer what was drained"):
        await bench.sink.store(copy, source)
    assert bench.peek(copy.path) is None


async def test_a_spool_that_lost_a_frame_is_found_out(bench: Bench, make_copy: MakeCopy) -> None:
    copy, source = make_copy(content=6_000_000)
    source.unlink()
    with pytest.raises(SpoolDamaged, match="cannot be read"):
        await bench.sink.store(copy, source)
    assert bench.peek(copy.path) is None


async def test_a_manifest_is_replaced_in_one_step(bench: Bench) -> None:
    await bench.sink.keep_text("s/manifest-sha256.txt", "old\n")
    await bench.sink.keep_text("s/manifest-sha256.txt", "new\n")
    assert bench.peek("s/manifest-sha256.txt") == b"new\n"
    assert await bench.sink.text("s/manifest-sha256.txt") == "new\n"
    assert [name async for name in bench.sink.names()] == ["s/manifest-sha256.txt"]


async def test_what_is_not_there_is_said_to_be_not_there(bench: Bench) -> None:
    await bench.sink.prepare()
    assert await bench.sink.measure("s/w/none.nef") is None
    assert await bench.sink.text("s/none.txt") is None


async def test_looking_leaves_nothing_behind(bench: Bench) -> None:
    await bench.sink.check()
    assert bench.peek(MARKER) is None


async def test_what_was_used_can_be_closed_and_used_again(bench: Bench, make_copy: MakeCopy) -> None:
    copy, source = make_copy()
    await bench.sink.prepare()
    await bench.sink.close()
    await bench.sink.store(copy, source)
    await bench.sink.close()
    assert await bench.sink.measure(copy.path) is not None


async def test_a_damaged_copy_is_seen_when_it_is_read(bench: Bench, make_copy: MakeCopy) -> None:
    copy, source = make_copy()
    await bench.sink.store(copy, source)
    bench.plant(copy.path, b"\x00" + source.read_bytes()[1:])
    found = await bench.sink.measure(copy.path)
    assert found is not None
    assert found.size == copy.size
    assert found.sha256 != copy.sha256
