"""What time it is on the daemon's clock, for clients that count down to one of its instants."""

from datetime import datetime

from fastapi import APIRouter

from nightside.plan.values import Value
from nightside.service.http.doors import WATCHING, InLibrary
from nightside.service.http.problems import ALWAYS

router = APIRouter(prefix="/api/v1", dependencies=[WATCHING], responses=ALWAYS)


class Time(Value):
    """The daemon's clock, as it stood when the answer was made."""

    utc: datetime
    speed: float
    """Its seconds to one of the machine's: 1, but in a rehearsal."""


@router.get("/clock", tags=["watch"])
async def clock(library: InLibrary) -> Time:
    """What time it is here. Ask again after a while: a clock may be set."""
    now = library.clock.monotonic()
    machine_s = library.clock.machine(now + 1) - library.clock.machine(now)
    return Time(utc=library.clock.utc(), speed=round(1 / machine_s, 6))
