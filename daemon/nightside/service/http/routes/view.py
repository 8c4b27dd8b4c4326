"""Looking through a body, between windows: one picture, or a film of them. Refused in words while it belongs to the night."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from nightside.errors import PictureDamaged
from nightside.focus.mjpeg import CONTENT_TYPE
from nightside.focus.viewfinder import Shown, Stream, Viewfinder
from nightside.service.http.doors import OPERATING, offered
from nightside.service.http.film import Film
from nightside.service.http.problems import ALWAYS
from nightside.service.library import Unknown
from nightside_drivers.api import Look

router = APIRouter(prefix="/api/v1", dependencies=[OPERATING], responses=ALWAYS)
"""Not for whoever may only watch: the mirror goes up, and the battery down."""

Responses = dict[int | str, dict[str, Any]]
STAR_SIZE = "X-Star-Size"
"""Header: median half-flux diameter (pixels of the sensor) of the picture's stars; not there where none was found."""
JPEG: Responses = {200: {"content": {"image/jpeg": {}}, "description": "One picture."}}
FILM: Responses = {200: {"content": {CONTENT_TYPE: {}}, "description": "Pictures, each in the place of the one before."}}

Serial = Annotated[str, Path(min_length=1, max_length=64, description="Serial number of the body.")]
Percent = Annotated[
    int, Query(ge=0, le=1000, description="Magnification, in per cent of the sensor's own pixels; 0 is all of it.")
]
Share = Annotated[float, Query(ge=0, le=1, description="Place of what is magnified: share of the frame.")]


@router.get("/bodies/{serial}/view", tags=["operate"], response_class=Response, responses=JPEG)
async def view(request: Request, serial: Serial, percent: Percent = 0, x: Share = 0.5, y: Share = 0.5) -> Response:
    """One picture of live view, and the size of its stars in the header `X-Star-Size`."""
    async with _through(request, serial).stream(Look(percent, (x, y))) as stream:
        async for shown in stream.pictures(1):
            size = await asyncio.to_thread(_star_size, stream, shown)
            headers = {} if size is None else {STAR_SIZE: f"{size:.3f}"}
            return Response(shown.jpeg, media_type="image/jpeg", headers=headers)
    raise PictureDamaged("The body sent no picture.", remedy="Try again.")


@router.get("/bodies/{serial}/stream", tags=["operate"], response_class=Response, responses=FILM)
async def stream(request: Request, serial: Serial, percent: Percent = 0, x: Share = 0.5, y: Share = 0.5) -> Film:
    """Live view as a film, for one at a time. It ends when whoever looks leaves, and when the body is needed for the night."""
    return Film(_through(request, serial), Look(percent, (x, y)))


def _through(request: Request, serial: str) -> Viewfinder:
    here = offered(request)
    for snapshot, viewfinder in zip(here.desk.snapshots, here.viewfinders, strict=False):
        if snapshot.body == serial:
            return viewfinder
    known = ", ".join(snapshot.body for snapshot in here.desk.snapshots if snapshot.body) or "none has been found yet"
    raise Unknown("No body of that serial number is at work here.", remedy=f"Here: {known}.")


def _star_size(stream: Stream, shown: Shown) -> float | None:
    from nightside.focus.pictures import decoded  # numpy and others, which a daemon that nobody focuses with does without
    from nightside.focus.stars import measure

    try:
        picture = decoded(shown.jpeg)
    except PictureDamaged:
        return None
    hfd_px = measure(picture).hfd_px
    return None if hfd_px is None else hfd_px * stream.sensor_px(shown.look, picture.light.shape[1])
