"""What every body is doing, and commands to them: the engine's desk, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Body, Request

from nightside.engine.commands import Command
from nightside.engine.desk import Answer
from nightside.engine.snapshot import Snapshot
from nightside.service.http.asked import Key
from nightside.service.http.doors import OPERATING, WATCHING, AtDesk, offered
from nightside.service.http.once import Once
from nightside.service.http.problems import ALWAYS
from nightside.service.status import Status

router = APIRouter(prefix="/api/v1", dependencies=[WATCHING], responses=ALWAYS)


@router.get("/state", tags=["watch"])
async def state(desk: AtDesk) -> list[Snapshot]:
    """What each body's engine is doing now."""
    return list(desk.snapshots)


@router.get("/status", tags=["watch"])
async def status(request: Request) -> Status:
    """The daemon on one page: its bodies, what comes next, its sinks, and what it finds wrong."""
    return offered(request).status


@router.post("/commands", tags=["operate"], dependencies=[OPERATING])
async def command(desk: AtDesk, once: Once, order: Annotated[Command, Body()], key: Key = None) -> list[Answer]:
    """Tell the engine of one body, or of all, to pause, resume, skip, stop after this shot, abort, shoot now, or go on."""

    async def give() -> list[Answer]:
        return desk.give(order)

    return await once.once(key, order, give)
