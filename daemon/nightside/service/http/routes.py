"""The questions and commands of the API, each a line or two: what they mean is the desk's and the engine's business."""

import asyncio
import re
from typing import Annotated

from fastapi import APIRouter, Body, Header, Path, Query
from pydantic import AwareDatetime, BeforeValidator

from nightside.engine.commands import Command
from nightside.engine.desk import Answer
from nightside.engine.report import Report
from nightside.engine.snapshot import Snapshot
from nightside.ledger.records import FrameRecord, WindowEntry
from nightside.plan.programs import AnyProgram
from nightside.plan.recipes import recipes
from nightside.plan.values import Plan, Value
from nightside.service.agenda import Entry
from nightside.service.http.doors import OPERATING, WATCHING, AtDesk, InLibrary
from nightside.service.http.once import Once

PAGE = 100
LONGEST_PAGE = 1000
LARGEST_ID = 2**63 - 1
ISO = re.compile(r"(19[89]\d|20\d\d)-\d\d-\d\d[Tt ]")

router = APIRouter(prefix="/api/v1", dependencies=[WATCHING])


def _iso(given: object) -> object:
    """Refuse numbers, which pydantic would take for seconds since 1970, and years that no orbit is computed for."""
    if not (isinstance(given, str) and ISO.match(given)):
        raise ValueError("it must be an instant with its zone, between 1980 and 2100, as in 2025-05-22T18:30:00Z")
    return given


Instant = Annotated[
    AwareDatetime | None, BeforeValidator(_iso), Query(description="ISO 8601, with its zone. Now, when not given.")
]
Id = Annotated[int, Path(ge=1, le=LARGEST_ID, description="As in the list of windows.")]
After = Annotated[int, Query(ge=0, le=LARGEST_ID, description="The id of the last one of the page before.")]
Limit = Annotated[int, Query(ge=1, le=LONGEST_PAGE, description="How many at the most.")]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[A-Za-z0-9._-]{1,100}$",
        description="Chosen by the client for one command: sent again with the same key, it is not carried out again.",
    ),
]


class Windows(Value):
    """A page of windows, latest first."""

    windows: list[WindowEntry]
    next: int | None
    """`before` of the next page; `None` where there is none."""


class Frames(Value):
    """A page of a window's files, in the order in which they were found."""

    frames: list[FrameRecord]
    next: int | None
    """`after` of the next page; `None` where there is none."""


class Recipe(Value):
    """A program that is always there."""

    name: str
    kind: str
    about: str
    source: str
    """Where its numbers come from."""


@router.get("/state", tags=["watch"])
async def state(desk: AtDesk) -> list[Snapshot]:
    """What each body's engine is doing now."""
    return list(desk.snapshots)


@router.get("/windows", tags=["watch"])
async def windows(
    library: InLibrary,
    session: Annotated[str | None, Query(max_length=100)] = None,
    before: Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="`next` of the page before.")] = None,
    limit: Limit = PAGE,
) -> Windows:
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


@router.get("/plan", tags=["watch"])
async def plan(library: InLibrary, after: Instant = None) -> Plan:
    """The next window's plan: each shot with its times and settings."""
    return await library.plan(after)


@router.post("/plan/preview", tags=["watch"])
async def preview(library: InLibrary, program: Annotated[AnyProgram, Body()], after: Instant = None) -> Plan:
    """The next plan if this program were the one that is shot. Nothing is changed by asking."""
    return await library.plan(after, program)


@router.get("/recipes", tags=["watch"])
async def recipe_list() -> list[Recipe]:
    """The programs that are always there."""
    return [
        Recipe(name=one.name, kind=one.program.kind_name, about=one.about, source=one.source)
        for one in await asyncio.to_thread(recipes)
    ]


@router.get("/agenda", tags=["watch"])
async def agenda(library: InLibrary) -> list[Entry]:
    """When the daemon wakes up for what beside the windows, and what came of it the last time."""
    return list(library.agenda.entries)


@router.post("/commands", tags=["operate"], dependencies=[OPERATING])
async def command(desk: AtDesk, once: Once, order: Annotated[Command, Body()], key: Key = None) -> list[Answer]:
    """Tell the engine of one body, or of all, to pause, resume, skip, stop after this shot, abort, shoot now, or go on."""
    return once.once(key, order, lambda: desk.give(order))
