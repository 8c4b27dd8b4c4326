"""What the sky does: the next day and the map, ready to be drawn; nights and passes of a range."""

from typing import Annotated

from fastapi import APIRouter, Query

from nightside.service.http.asked import Instant
from nightside.service.http.doors import WATCHING, AtOutlook
from nightside.service.http.problems import ALWAYS
from nightside.service.outlook.found import Nights, Passes
from nightside.service.outlook.questions import Above
from nightside.service.outlook.values import Outlook, World

router = APIRouter(prefix="/api/v1", dependencies=[WATCHING], responses=ALWAYS)

End = Annotated[Instant, Query(description="ISO 8601, with its zone; at most 31 days on. A day or a week on, when not given.")]
Wanted = Annotated[
    str | None, Query(max_length=500, description="What night is, as in `umbra & ~moon_up`. As configured, else.")
]
Latitude = Annotated[float | None, Query(ge=-90, le=90, description="Of a site; the configured one, when not given.")]
Longitude = Annotated[float | None, Query(ge=-180, le=360, description="East; to be given with the latitude.")]
Elevation = Annotated[float, Query(ge=-500, le=9000)]
Lowest = Annotated[float, Query(ge=-90, lt=90, description="The least elevation that counts.")]


@router.get("/outlook", tags=["watch"])
async def outlook(outlooks: AtOutlook) -> Outlook:
    """The next 24 hours: light, Moon, nights, duty hours, planned shots and their drain. What cannot be known says why."""
    return await outlooks.ahead()


@router.get("/world", tags=["watch"])
async def world(outlooks: AtOutlook, at: Instant = None) -> World:
    """The Earth at an instant: night side, twilights, site or satellite with its ground track, and the configured regions."""
    return await outlooks.world(at)


@router.get("/nights", tags=["watch"])
async def nights(outlooks: AtOutlook, start: Instant = None, end: End = None, condition: Wanted = None) -> Nights:
    """When it is dark in a range of at most 31 days, and the sky in the middle of each window."""
    return await outlooks.nights(start, end, condition)


@router.get("/passes", tags=["watch"])
async def passes(
    outlooks: AtOutlook,
    start: Instant = None,
    end: End = None,
    latitude_deg: Latitude = None,
    longitude_deg: Longitude = None,
    elevation_m: Elevation = 0.0,
    min_elevation_deg: Lowest = 10.0,
    visible: bool = False,
) -> Passes:
    """When the configured satellite passes a site, in a range of at most 31 days."""
    site = None if latitude_deg is None or longitude_deg is None else Above(latitude_deg, longitude_deg, elevation_m)
    return await outlooks.passes(start, end, site, min_elevation_deg, visible=visible)
