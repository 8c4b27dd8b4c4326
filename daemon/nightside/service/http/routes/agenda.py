"""When the daemon wakes up for what, and what came of it."""

from fastapi import APIRouter

from nightside.service.agenda import Entry
from nightside.service.http.doors import WATCHING, InLibrary
from nightside.service.http.problems import ALWAYS

router = APIRouter(prefix="/api/v1", dependencies=[WATCHING], responses=ALWAYS)


@router.get("/agenda", tags=["watch"])
async def agenda(library: InLibrary) -> list[Entry]:
    """When the daemon wakes up for what, which windows and programs come, and what came of it the last time."""
    return list(await library.entries())
