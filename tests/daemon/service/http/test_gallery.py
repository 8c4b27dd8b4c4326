"""Frames over HTTP: looked at and judged, and nothing beside them."""

import asyncio
import io
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import text

from nightside.service.http.access import Role
from tests.daemon.service.http.conftest import Service, Stores


def draw(path: Path) -> None:
    path.parent.mkdir(parents=True)
    Image.new("RGB", (640, 426), (40, 0, 0)).save(path, "JPEG")


@pytest.fixture
async def frame(stores: Stores) -> Path:
    """The one frame whose file lies in the spool."""
    path = stores.folder / "spool" / "20180703-star-trail" / "w" / "one.jpg"
    await asyncio.to_thread(draw, path)
    return path


async def test_a_frame_is_looked_at(service: Service, frame: Path) -> None:
    async with service.client() as client:
        tile = await client.get("/api/v1/gallery/frames/1/picture")
        shades = await client.get("/api/v1/gallery/frames/1/histogram")
    await service.gallery.workshop.close()
    assert tile.headers["content-type"] == "image/jpeg"
    assert "immutable" in tile.headers["cache-control"]
    with Image.open(io.BytesIO(tile.content)) as image:
        assert image.size == (320, 213)
    assert sum(shades.json()["red"]) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("what", ["picture", "histogram"])
async def test_what_is_still_on_the_card_and_what_never_was_are_told_apart(service: Service, what: str) -> None:
    async with service.client() as client:
        on_card = await client.get(f"/api/v1/gallery/frames/2/{what}")
        never = await client.get(f"/api/v1/gallery/frames/4711/{what}")
    assert (on_card.status_code, on_card.json()["code"]) == (404, "no-picture")
    assert "card" in on_card.json()["remedy"]
    assert (never.status_code, never.json()["code"]) == (404, "unknown")


@pytest.mark.parametrize("path", ["../tokens.json", "/etc/passwd", "a/../../tokens.json"])
async def test_a_ledger_that_was_tampered_with_leads_nowhere_else(service: Service, stores: Stores, path: str) -> None:
    def tamper() -> None:
        with stores.ledger._engine.begin() as db:
            db.execute(text("UPDATE frames SET spool_path = :path WHERE id = 1"), {"path": path})

    await asyncio.to_thread(tamper)
    async with service.client() as client:
        answer = await client.get("/api/v1/gallery/frames/1/picture")
    assert (answer.status_code, answer.json()["code"]) == (404, "no-picture")


async def test_a_frame_is_judged_by_whoever_operates_and_by_nobody_else(service: Service, stores: Stores) -> None:
    async with service.client("192.0.2.7", Authorization=f"Bearer {stores.tokens[Role.WATCH]}") as watching:
        assert (await watching.put("/api/v1/gallery/frames/1/rating", json={"rating": 5})).status_code == 403
    async with service.client("192.0.2.7", Authorization=f"Bearer {stores.tokens[Role.OPERATE]}") as operating:
        (judged,) = (await operating.put("/api/v1/gallery/frames/1/rating", json={"rating": 5})).json()
        listed = (await operating.get(f"/api/v1/windows/{judged['window_id']}/frames")).json()["frames"]
        refused = await operating.put("/api/v1/gallery/frames/1/rating", json={"rating": 6})
    assert judged["rating"] == listed[0]["rating"] == 5
    assert refused.status_code == 422
