"""What could spoil the night: the daemon's findings, over HTTP."""

from fastapi import APIRouter, Request

from nightside.service.findings.board import Examination
from nightside.service.http.doors import WATCHING, offered
from nightside.service.http.problems import ALWAYS

router = APIRouter(prefix="/api/v1", dependencies=[WATCHING], responses=ALWAYS)


@router.get("/findings", tags=["watch"])
async def findings(request: Request) -> Examination:
    """Everything that could spoil the night, as `nightside doctor` tells it, without touching a body or a sink."""
    return await offered(request).findings.now()
