"""What is shot at the next windows: looked at, chosen, or nothing."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request

from nightside.service.arming import Armed, Arming, Overlap
from nightside.service.http.asked import Key, Needed
from nightside.service.http.doors import OPERATING, WATCHING, offered
from nightside.service.http.once import Once
from nightside.service.http.problems import ALWAYS
from nightside.service.wish import Wish

router = APIRouter(prefix="/api/v1", dependencies=[WATCHING], responses=ALWAYS)


async def _arming(request: Request) -> Arming:
    return offered(request).arming


AtArming = Annotated[Arming, Depends(_arming)]
Serial = Annotated[
    str | None, Query(max_length=100, description="Serial number of the body that is meant; all of them, when not given.")
]


@router.get("/armed", tags=["watch"])
async def armed(arming: AtArming) -> list[Armed]:
    """What each body is to shoot at its next window."""
    return await arming.armed()


@router.get("/armed/overlaps", tags=["watch"])
async def overlaps(arming: AtArming, start: Needed, end: Needed) -> list[Overlap]:
    """The windows that are not over and have shots between two instants: what a plan for that time would be beside, or replace."""
    return await arming.overlaps(start, end)


@router.put("/armed", tags=["operate"], dependencies=[OPERATING])
async def arm(arming: AtArming, once: Once, wish: Annotated[Wish, Body()], key: Key = None) -> list[Armed]:
    """Arm a program, a recipe, or the configured programs, from the next window on. The window in flight is not touched."""
    return await once.once(key, wish, lambda: arming.arm(wish))


@router.delete("/armed", tags=["operate"], dependencies=[OPERATING])
async def disarm(arming: AtArming, body: Serial = None) -> list[Armed]:
    """Begin no further window until something is armed. The window in flight is not touched: `abort` ends it."""
    return await arming.disarm(body)
