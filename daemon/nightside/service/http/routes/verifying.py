"""Reading the sinks back: begun, watched, ended, and what came of it."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Request

from nightside.errors import CommandRefused
from nightside.service.http.asked import PAGE, After, Limit
from nightside.service.http.doors import OPERATING, WATCHING, offered
from nightside.service.http.problems import ALWAYS
from nightside.service.verifying import Verdicts, Verification, Verifying, Wish

router = APIRouter(prefix="/api/v1/verification", dependencies=[WATCHING], responses=ALWAYS)


async def _verifying(request: Request) -> Verifying:
    found = offered(request).verifying
    if found is None:
        raise CommandRefused("This daemon has no sinks that it could read back.")
    return found


AtVerifying = Annotated[Verifying, Depends(_verifying)]


@router.get("", tags=["watch"])
async def verification(verifying: AtVerifying) -> Verification:
    """The run that goes on, or the latest: how far it has come, and how many files are how. Also an event, `verification`."""
    return verifying.now


@router.get("/files", tags=["watch"])
async def files(verifying: AtVerifying, after: After = 0, limit: Limit = PAGE) -> Verdicts:
    """The files that are not as they were stored, as far as the run has come."""
    return verifying.files(after, limit)


@router.post("", tags=["operate"], dependencies=[OPERATING], status_code=HTTPStatus.ACCEPTED)
async def start(verifying: AtVerifying, wish: Annotated[Wish, Body()]) -> Verification:
    """Read every copy back that is meant. One run at a time; no copy is changed."""
    return verifying.start(wish)


@router.delete("", tags=["operate"], dependencies=[OPERATING])
async def cancel(verifying: AtVerifying) -> Verification:
    """End the run that goes on. `resume` goes on with it."""
    return await verifying.cancel()
