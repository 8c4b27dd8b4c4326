"""The next day and the map, ready to be drawn."""

from fastapi import APIRouter

from nightside.service.http.asked import Instant
from nightside.service.http.doors import WATCHING, AtOutlook
from nightside.service.outlook.values import Outlook, World

router = APIRouter(prefix="/api/v1", dependencies=[WATCHING])


@router.get("/outlook", tags=["watch"])
async def outlook(outlooks: AtOutlook) -> Outlook:
    """The next 24 hours: light, Moon, nights, duty hours, planned shots and their drain. What cannot be known says why."""
    return await outlooks.ahead()


@router.get("/world", tags=["watch"])
async def world(outlooks: AtOutlook, at: Instant = None) -> World:
    """The Earth at an instant: night side, twilights, site or satellite with its ground track, and the configured regions."""
    return await outlooks.world(at)
