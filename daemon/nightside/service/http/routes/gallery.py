"""Frames to look at, and to judge; their files are fetched in files.py."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import Field

from nightside.ledger.records import FrameRecord
from nightside.plan.values import Sent, Value
from nightside.service.gallery.gallery import Gallery, Size
from nightside.service.http.asked import Id
from nightside.service.http.doors import OPERATING, WATCHING, offered
from nightside.service.http.download import Download
from nightside.service.http.problems import ALWAYS

router = APIRouter(prefix="/api/v1/gallery", dependencies=[WATCHING], responses=ALWAYS)

NEVER_CHANGES = {"cache-control": "private, max-age=31536000, immutable"}
"""A frame's number and its bytes belong together for ever; a browser that logged out keeps what it has seen."""


class Histogram(Value):
    """How often each shade occurs, from black to white in 64 steps: shares of all pixels."""

    red: list[float]
    green: list[float]
    blue: list[float]
    burnt: float
    """The share of pixels of which a colour is full."""


class Judgement(Sent):
    """What a person thinks of a frame."""

    rating: int | None = Field(default=None, strict=True, ge=-1, le=5)
    """Stars, or -1 for a reject; null takes it back."""


def _gallery(request: Request) -> Gallery:
    return offered(request).gallery


@router.get("/frames/{frame_id}/picture", tags=["watch"], response_class=FileResponse)
async def picture(
    request: Request, frame_id: Id, size: Annotated[Size, Query(description="On a sheet, or by itself.")] = Size.TILE
) -> Response:
    """A small picture of a frame: its own preview, shrunk."""
    path = await _gallery(request).picture(frame_id, size)
    return Download(path, media_type="image/jpeg", headers=NEVER_CHANGES)


@router.get("/frames/{frame_id}/histogram", tags=["watch"])
async def histogram(request: Request, frame_id: Id) -> Histogram:
    """Its shades."""
    shades: dict[str, Any] = await _gallery(request).shades(frame_id)
    return Histogram.model_validate_json(json.dumps(shades))


@router.put("/frames/{frame_id}/rating", tags=["operate"], dependencies=[OPERATING])
async def rate(request: Request, frame_id: Id, judgement: Annotated[Judgement, Body()]) -> list[FrameRecord]:
    """Give a frame stars, reject it, or take either back; all its files are judged together."""
    return await _gallery(request).rate(frame_id, judgement.rating)
