"""Whether the daemon lives, and whether it can shoot."""

from fastapi import APIRouter, Request, Response

from nightside.engine.snapshot import Snapshot
from nightside.ledger.states import SessionPhase
from nightside.plan.values import Value
from nightside.service.http.doors import WATCHING, AtDesk, offered
from nightside.service.http.problems import ALWAYS

router = APIRouter(responses=ALWAYS)


class Alive(Value):
    """Whether the daemon lives: its event loop answers, and every part of it gets on."""

    alive: bool


class Ready(Value):
    """Whether every body is found, watched and in no trouble, and what is wrong otherwise."""

    ready: bool
    waits_for: list[str]


@router.get("/healthz", tags=["health"], responses={503: {"model": Alive}})
async def liveness(request: Request, response: Response) -> Alive:
    """200 as long as every part gets on, 503 where one hangs. Whoever may connect may ask, and learns no more."""
    alive = not offered(request).pulse.overdue
    if not alive:
        response.status_code = 503
    return Alive(alive=alive)


@router.get("/readyz", tags=["health"], dependencies=[WATCHING], responses={503: {"model": Ready}})
async def readiness(request: Request, desk: AtDesk, response: Response) -> Ready:
    """200 where each body is found, watched and in no trouble and nothing hangs, 503 otherwise, with what is waited for."""
    waits_for = [f"{late}." for late in offered(request).pulse.overdue]
    waits_for += [said for snapshot in desk.snapshots if (said := _waits_for(snapshot))]
    if waits_for:
        response.status_code = 503
    return Ready(ready=not waits_for, waits_for=waits_for)


def _waits_for(snapshot: Snapshot) -> str:
    """What keeps a body from being shot with; empty where nothing does."""
    who = f"Body {snapshot.body}" if snapshot.body else "A body"
    if snapshot.trouble is not None:
        return f"{who} is in trouble: {snapshot.trouble}"
    if snapshot.session_phase is SessionPhase.FINDING:
        return f"{who} is looked for."
    if snapshot.session_phase is SessionPhase.OVER:
        return f"{who} is watched no longer; the log says why."
    return ""
