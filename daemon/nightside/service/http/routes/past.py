"""What was planned and what was taken: the ledger, a page at a time."""

from fastapi import APIRouter

from nightside.engine.report import Report
from nightside.service.http.asked import PAGE, After, Before, Id, Limit, Session
from nightside.service.http.doors import WATCHING, InLibrary
from nightside.service.http.problems import ALWAYS
from nightside.service.listing import Frames, Windows

router = APIRouter(prefix="/api/v1", dependencies=[WATCHING], responses=ALWAYS)


@router.get("/windows", tags=["watch"])
async def windows(library: InLibrary, session: Session = None, before: Before = None, limit: Limit = PAGE) -> Windows:
    """Every window in the ledger, or those of a session, latest first."""
    page = await library.windows(session, before, limit)
    return Windows(windows=page, next=page[-1].id if len(page) == limit else None)


@router.get("/windows/{window_id}", tags=["watch"])
async def window(library: InLibrary, window_id: Id) -> Report:
    """What was planned in one window against what was taken."""
    return await library.report(window_id)


@router.get("/windows/{window_id}/frames", tags=["watch"])
async def frames(library: InLibrary, window_id: Id, after: After = 0, limit: Limit = PAGE) -> Frames:
    """The files of one window, and how far each has come."""
    page = await library.frames(window_id, after, limit)
    return Frames(frames=page, next=page[-1].id if len(page) == limit else None)
