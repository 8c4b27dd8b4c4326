"""Small pictures out of frames: of any body, of any size, and of files that mean ill."""

import io
import os
import struct
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from nightside.errors import PictureDamaged
from nightside.service.gallery.pictures import BINS, shrunk
from nightside.service.gallery.workshop import Workshop

HASH = "ab" * 32


def a_jpeg(width: int = 640, height: int = 426, shade: int = 40) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, height), (shade, 0, 255)).save(written, "JPEG", quality=95)
    return written.getvalue()


def a_nef(preview: bytes, claims: int | None = None) -> bytes:
    """A TIFF whose second directory has a JPEG in it."""
    offset = 8 + 2 + 12 + 4
    below = offset + 2 + 2 * 12 + 4
    main = struct.pack("<HHHIIi", 1, 0x014A, 4, 1, offset, 0)
    entries = struct.pack("<HHIIHHII", 0x0201, 4, 1, below, 0x0202, 4, 1, len(preview) if claims is None else claims)
    return b"II*\0" + struct.pack("<I", 8) + main + struct.pack("<H", 2) + entries + struct.pack("<I", 0) + preview


@pytest.fixture
async def workshop(tmp_path: Path) -> AsyncIterator[Workshop]:
    working = Workshop(tmp_path / "thumbnails", 1_000_000)
    yield working
    await working.close()


def saved(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "frame.bin"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("content", [a_jpeg(), a_nef(a_jpeg()), a_jpeg(4256, 2832)], ids=["JPEG", "NEF", "large"])
def test_a_frame_becomes_small_with_its_shades(tmp_path: Path, content: bytes) -> None:
    jpeg, shades = shrunk(saved(tmp_path, content), 320)
    with Image.open(io.BytesIO(jpeg)) as image:
        assert image.format == "JPEG"
        assert max(image.size) == 320
    assert len(shades.red) == len(shades.green) == len(shades.blue) == BINS
    assert sum(shades.red) == pytest.approx(1, abs=1e-4)
    assert shades.red.index(max(shades.red)) in range(8, 13), "40 of 255"
    assert shades.burnt > 0.5, "blue is full"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff\xd9",
        b"MM\0*" + b"\xff" * 64,
        b"II*\0\x08\0\0\0" + b"\xff" * 4096,
        a_jpeg()[:400],
        a_nef(b"\xff\xd8 no picture"),
        a_nef(a_jpeg(), claims=0xFFFFFFFF),
        a_nef(b""),
        b"<svg onload=alert(1)>",
        os.urandom(4096),
        a_jpeg()[:163] + b"\xff\xff" * 2 + a_jpeg()[167:],
    ],
)
def test_a_file_that_means_ill_is_said_to_be_damaged_or_shown_and_nothing_worse(tmp_path: Path, content: bytes) -> None:
    with suppress(PictureDamaged):
        jpeg, _ = shrunk(saved(tmp_path, content), 320)
        assert jpeg.startswith(b"\xff\xd8\xff")


def test_a_small_file_that_claims_to_be_vast_is_not_decoded(tmp_path: Path) -> None:
    vast = bytearray(a_jpeg(64, 64))
    at = vast.index(b"\xff\xc0") + 5
    vast[at : at + 4] = struct.pack(">HH", 65500, 65500)
    with pytest.raises(PictureDamaged):
        shrunk(saved(tmp_path, bytes(vast)), 320)


async def test_a_picture_is_made_once_and_found_again(workshop: Workshop, tmp_path: Path) -> None:
    source = saved(tmp_path, a_jpeg())
    first = await workshop.picture(source, HASH, 320)
    made_at = first.stat().st_mtime_ns
    source.unlink()
    assert await workshop.picture(source, HASH, 320) == first
    assert first.stat().st_mtime_ns == made_at
    assert set(await workshop.shades(source, HASH, 320)) == {"red", "green", "blue", "burnt"}


async def test_a_file_that_cannot_be_decoded_costs_no_other_its_picture(workshop: Workshop, tmp_path: Path) -> None:
    bad, good = tmp_path / "bad.jpg", tmp_path / "good.jpg"
    bad.write_bytes(b"\xff\xd8 no picture")
    good.write_bytes(a_jpeg())
    with pytest.raises(PictureDamaged):
        await workshop.picture(bad, "cd" * 32, 320)
    assert (await workshop.picture(good, HASH, 320)).exists()


async def test_a_worker_that_dies_is_replaced(workshop: Workshop, tmp_path: Path) -> None:
    source = saved(tmp_path, a_jpeg())
    await workshop.picture(source, HASH, 320)
    assert workshop._worker is not None
    workshop._worker.kill()
    await workshop._worker.wait()
    assert (await workshop.picture(source, "cd" * 32, 320)).exists()


async def test_pictures_take_no_more_room_than_they_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nightside.service.gallery.workshop.SWEEP_EVERY", 1)
    workshop = Workshop(tmp_path / "thumbnails", 4_000)
    source = saved(tmp_path, a_jpeg())
    for index in range(6):
        await workshop.picture(source, f"{index:02x}" * 32, 320)
    await workshop.close()
    kept = list((tmp_path / "thumbnails").iterdir())
    newest = sum(path.stat().st_size for path in kept if path.name.startswith("05"))
    assert sum(path.stat().st_size for path in kept) <= 4_000 + newest
    assert any(path.name.startswith("05") for path in kept)
