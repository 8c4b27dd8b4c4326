"""Frames are downloaded by their numbers, from the spool or a folder, and nothing else is."""

import io
from pathlib import Path

import pytest
from PIL import Image
from starlette.types import Message

from nightside.ledger.records import FrameRecord
from nightside.ledger.states import FileKind, FrameState
from nightside.service.http.download import Download
from nightside.service.library import Unknown
from nightside_drivers.api import CardFile
from nightside_drivers.twin.contents import FileKind as DevelopedKind
from nightside_drivers.twin.picture.plain import PlainPainter
from tests.daemon.service.http.conftest import Service, Stores, no_stores
from tests.drivers.twin.test_pictures import FRAME, made

SPOOLED = "20180703-star-trail/w/one.jpg"
PICTURE = b"\xff\xd8" + bytes(range(256)) * 4 + b"\xff\xd9"


def put(root: Path, path: str = SPOOLED, what: bytes = PICTURE) -> Path:
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(what)
    return place


def frame(spool_path: str | None, *copies: tuple[str, str], kind: FileKind = FileKind.JPEG) -> FrameRecord:
    card = CardFile("/store_00010001/DCIM/100NCD3S", "DSC_0001.NEF")
    return FrameRecord(1, 1, "s", "w", 0, card, FrameState.SAFE, 1, "0" * 64, spool_path, copies, kind)


async def test_a_frame_is_downloaded_whole_and_in_parts(service: Service) -> None:
    put(service.stores.spool.root)
    async with service.client() as client:
        whole = await client.get("/api/v1/frames/1/file")
        part = await client.get("/api/v1/frames/1/file", headers={"Range": "bytes=2-5"})
        beyond = await client.get("/api/v1/frames/1/file", headers={"Range": "bytes=99999-"})
        preview = await client.get("/api/v1/frames/1/preview")
    assert (whole.status_code, whole.headers["content-type"], whole.content) == (200, "image/jpeg", PICTURE)
    assert 'filename="DSC_0000.JPG"' in whole.headers["content-disposition"]
    assert (part.status_code, part.content) == (206, PICTURE[2:6])
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(PICTURE)}")
    assert beyond.json()["code"] == "http-416"
    assert preview.content == PICTURE


async def test_a_part_that_makes_no_sense_is_refused_in_words(service: Service) -> None:
    put(service.stores.spool.root)
    async with service.client() as client:
        answer = await client.get("/api/v1/frames/1/file", headers={"Range": "bytes=zz"})
    assert (answer.status_code, answer.json()["code"]) == (400, "http-400")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_file_that_goes_while_it_is_asked_for_is_said_to_be_gone(tmp_path: Path) -> None:
    async def nothing() -> Message:
        raise AssertionError("nothing is read")

    async def unsaid(message: Message) -> None:
        raise AssertionError(f"{message} is said")

    with pytest.raises(Unknown, match="removed"):
        await Download(tmp_path / "gone.nef")({"type": "http", "method": "GET", "headers": []}, nothing, unsaid)


async def test_what_is_not_here_is_said_not_to_be(service: Service) -> None:
    async with service.client() as client:
        unknown = await client.get("/api/v1/frames/99/file")
        pruned = await client.get("/api/v1/frames/1/file")
        on_card = await client.get("/api/v1/frames/2/preview")
    assert [answer.status_code for answer in (unknown, pruned, on_card)] == [404, 404, 404]
    assert "on the card" in on_card.json()["remedy"]


@pytest.mark.parametrize(
    "path",
    ["..%2f..%2fetc%2fpasswd", "%00", "1%00", "-1", "0", "9223372036854775808", "1.5", "%2e%2e", "one.jpg", "1%2ffile", "1e0"],
)
async def test_no_text_of_a_client_becomes_a_path(service: Service, path: str) -> None:
    async with service.client() as client:
        for what in ("file", "preview"):
            assert (await client.get(f"/api/v1/frames/{path}/{what}")).status_code in {404, 422}


def test_the_preview_of_a_raw_file_is_the_largest_picture_in_it(stores: Stores) -> None:
    raw = made(PlainPainter(), FRAME, DevelopedKind.NEF)
    put(stores.spool.root, "raw.nef", raw)
    shown = no_stores(stores).preview(frame("raw.nef", kind=FileKind.NEF))
    assert shown in raw
    with Image.open(io.BytesIO(shown)) as picture:
        assert (picture.format, picture.width) == ("JPEG", FRAME.width_px)


def test_a_frame_that_was_pruned_from_the_spool_is_read_from_a_folder(stores: Stores) -> None:
    there = put(stores.folder / "disk", "there.jpg")
    found = no_stores(stores).file(frame("gone.jpg", ("bucket", "x/there.jpg"), ("disk", "there.jpg")))
    assert found == there.resolve()


@pytest.mark.parametrize("path", ["../ledger.sqlite", "/etc/passwd", "link", "a\0b", ".", "x" * 5000])
def test_a_path_of_a_ledger_that_leads_elsewhere_is_not_followed(stores: Stores, path: str) -> None:
    (stores.spool.root / "link").symlink_to("/etc/passwd")
    with pytest.raises(Unknown):
        no_stores(stores).file(frame(path))


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"II*\0",
        b"II*\0\xff\xff\xff\xff",
        b"MM\0*\0\0\0\x08\xff\xff",
        b"II*\0\x08\0\0\0\x01\0\x01\x02\x04\0" + b"\xff" * 20,
    ],
)
def test_a_raw_file_that_is_damaged_has_no_picture(stores: Stores, damage: bytes) -> None:
    put(stores.spool.root, "raw.nef", damage)
    with pytest.raises(Unknown, match="no picture"):
        no_stores(stores).preview(frame("raw.nef", kind=FileKind.NEF))
