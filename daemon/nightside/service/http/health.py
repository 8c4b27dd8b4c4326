"""Whether the daemon lives, and whether it can shoot."""

from typing import Literal

from fastapi import APIRouter, Response

from nightside.ledger.states import SessionPhase
from nightside.plan.values import Value
from nightside.service.http.doors import WATCHING, AtDesk

router = APIRouter()


class Alive(Value):
    """The event loop answers."""

    alive: Literal[True] = True


class Ready(Value):
    """Whether every body is found and in no trouble, and what is wrong otherwise."""

    ready: bool
    waits_for: list[str]


@router.get("/healthz", tags=["health"])
async def liveness() -> Alive:
    """Answers as long as the daemon lives. Whoever may connect may ask."""
    return Alive()


@router.get("/readyz", tags=["health"], dependencies=[WATCHING], responses={503: {"model": Ready}})
async def readiness(desk: AtDesk, response: Response) -> Ready:
    """200 where each body is found and in no trouble, 503 otherwise, with what is waited for."""
    troubles = [snapshot.trouble for snapshot in desk.snapshots if snapshot.trouble]
    missing = sum(snapshot.session_phase is SessionPhase.FINDING for snapshot in desk.snapshots)
    waits_for = [*troubles, *(["A body is looked for."] if missing and not troubles else [])]
    if waits_for:
        response.status_code = 503
    return Ready(ready=not waits_for, waits_for=waits_for)
