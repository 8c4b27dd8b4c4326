"""Where frames go: the sinks."""

from fastapi import APIRouter

from nightside.service.http.doors import WATCHING, InStores
from nightside.service.http.problems import ALWAYS
from nightside.storage.standing import SinkState

router = APIRouter(prefix="/api/v1", dependencies=[WATCHING], responses=ALWAYS)


@router.get("/sinks", tags=["watch"])
async def sinks(stores: InStores) -> list[SinkState]:
    """How every sink is, and what it lacks."""
    return list(stores.sinks)
