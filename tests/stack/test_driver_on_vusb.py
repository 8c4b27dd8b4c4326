"""The driver on a camera that nobody here wrote: libgphoto2's own virtual one, over its own virtual USB, in a child process."""

import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from nightside_drivers.api import CardFile, Exposure, ReleaseKind
from nightside_drivers.clock import machine_now
from nightside_drivers.errors import BodyRefused, FileGone, ReleaseFailed, Reopen
from nightside_drivers.proxy import HostedBody


@pytest.fixture
async def body(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HostedBody]:
    Image.new("RGB", (64, 48)).save(tmp_path / "VIRTUAL.JPG")
    monkeypatch.setenv("VCAMERADIR", str(tmp_path))
    hosted = HostedBody("gphoto", {"port": "usb:"})
    await hosted.open()
    yield hosted
    await hosted.kill()


async def listed(body: HostedBody) -> set[CardFile]:
    """What is on the card now. This camera cannot be connected to twice in one process: its process breaks, and another goes on."""
    try:
        return set(await body.files())
    except Reopen:
        await body.kill()
        await body.open()
        return set(await body.files())


async def test_an_unknown_camera_gets_what_it_proves(body: HostedBody) -> None:
    await body.kill()
    opened = await body.open()
    assert (opened.identity.model, opened.identity.serial) == ("VC", "0.1")
    assert opened.capabilities.releases == {ReleaseKind.USB}
    assert "guess" in opened.capabilities.source
    assert opened.capabilities.longest_exposure_s >= 1.0


async def test_a_frame_is_taken_announced_fetched_whole_and_deleted(body: HostedBody) -> None:
    before = await listed(body)
    await body.prepare(Exposure(1.0))
    at = machine_now() + 0.05
    taken = await body.shoot(at, at + 1, at + 0.1)
    (file,) = taken.files or await body.reported(3)
    with tempfile.TemporaryFile() as into:
        portion = await body.fetch(file, into.fileno())
        assert os.pread(into.fileno(), 3, 0) == b"\xff\xd8\xff"
        assert os.fstat(into.fileno()).st_size == portion.size
    await body.delete(file)
    assert file not in before
    with tempfile.TemporaryFile() as into, pytest.raises(FileGone):
        await body.fetch(file, into.fileno())


async def test_a_card_that_is_listed_again_is_listed_anew_whatever_that_takes(body: HostedBody) -> None:
    first = await listed(body)
    assert first
    assert await listed(body) == first


async def test_what_it_cannot_do_is_refused(body: HostedBody) -> None:
    with pytest.raises(BodyRefused):
        await body.prepare(Exposure(0.111))
    with pytest.raises(ReleaseFailed):
        await body.prepare(Exposure(1.0, release=ReleaseKind.WIRED))
    with pytest.raises(BodyRefused, match="hold its shutter open"):
        await body.prepare(Exposure(60.0, release=ReleaseKind.USB_BULB))
