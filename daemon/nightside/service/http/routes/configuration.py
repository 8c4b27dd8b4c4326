"""The configuration, read again while the daemon runs."""

from fastapi import APIRouter, Request

from nightside.errors import CommandRefused
from nightside.service.configuration import Reloaded
from nightside.service.http.doors import OPERATING, WATCHING, offered
from nightside.service.http.problems import ALWAYS

router = APIRouter(prefix="/api/v1", dependencies=[WATCHING], responses=ALWAYS)


@router.post("/reload", tags=["operate"], dependencies=[OPERATING])
async def reload(request: Request) -> Reloaded:
    """Read the configuration again. It is checked whole before anything is taken; a bad one is refused, and the old one kept."""
    configuration = offered(request).configuration
    if configuration is None:
        raise CommandRefused("This daemon has no configuration file that it could read again.")
    return await configuration.reload()
