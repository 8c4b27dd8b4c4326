"""Files of frames, by their numbers in the ledger: never by a path that a client sends."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import FileResponse, Response

from nightside.errors import ImportRefused
from nightside.ledger.records import FrameRecord
from nightside.service.http.asked import LARGEST_ID
from nightside.service.http.doors import OPERATING, WATCHING, InLibrary, InStores
from nightside.service.http.download import Download
from nightside.service.http.problems import ALWAYS

router = APIRouter(prefix="/api/v1", dependencies=[WATCHING], responses=ALWAYS)

Responses = dict[int | str, dict[str, Any]]
TYPES = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".nef": "image/x-nikon-nef", ".tif": "image/tiff"}
FILE: Responses = {
    200: {"content": {"application/octet-stream": {}}, "description": "The file."},
    206: {"content": {"application/octet-stream": {}}, "description": "A part of it."},
    416: {"description": "That part is not in it."},
}
JPEG: Responses = {200: {"content": {"image/jpeg": {}}, "description": "A picture for looking at."}}
Id = Annotated[int, Path(ge=1, le=LARGEST_ID, description="As in the list of frames.")]


@router.get("/frames/{frame_id}", tags=["watch"])
async def frame(library: InLibrary, frame_id: Id) -> FrameRecord:
    """One file of one frame, and how far it has come."""
    return await library.frame(frame_id)


@router.get("/frames/{frame_id}/file", tags=["watch"], response_class=FileResponse, responses=FILE)
async def file(library: InLibrary, stores: InStores, frame_id: Id) -> Download:
    """The file itself, as it was drained, from the spool or a sink that is a folder. Parts of it by `Range`."""
    found = await library.frame(frame_id)
    path = await asyncio.to_thread(stores.file, found)
    media_type = TYPES.get(path.suffix.lower(), "application/octet-stream")
    return Download(path, media_type=media_type, filename=found.file.name)


@router.get("/frames/{frame_id}/preview", tags=["watch"], response_class=Response, responses=JPEG)
async def preview(library: InLibrary, stores: InStores, frame_id: Id) -> Response:
    """The JPEG that is in the file: a JPEG itself, or the largest one that a NEF carries."""
    found = await library.frame(frame_id)
    return Response(await asyncio.to_thread(stores.preview, found), media_type="image/jpeg")


@router.post("/import", tags=["operate"], dependencies=[OPERATING])
async def import_() -> None:
    """Always refused: a card is read where it is mounted, by whoever put it there."""
    raise ImportRefused(
        "A card is not imported over the network.",
        means="What is read would be named by a path, and no client's text becomes one.",
        remedy="On the daemon's computer: stop it, `nightside import FOLDER`, and start it again.",
    )
