"""What comes: plans, of the configured programs and of any that is tried, and the programs that are always there."""

import asyncio
import json
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from pydantic import Field

from nightside.plan.programs import AnyProgram
from nightside.plan.recipes import recipes
from nightside.plan.values import Plan, Sent, Value
from nightside.service.http.asked import Instant
from nightside.service.http.description import Description
from nightside.service.http.doors import WATCHING, InLibrary
from nightside.service.http.problems import ALWAYS

router = APIRouter(prefix="/api/v1", dependencies=[WATCHING], responses=ALWAYS)


class Several(Sent):
    """Programs that share a window."""

    programs: tuple[AnyProgram, ...] = Field(min_length=1, max_length=20)


class Recipe(Value):
    """A program that is always there."""

    name: str
    kind: str
    about: str
    source: str
    """Where its numbers come from."""
    program: dict[str, Any]
    """As it is posted to `/plan/preview`, or armed."""
    text: str
    """As a TOML file, with its comments."""


@router.get("/plan", tags=["watch"])
async def plan(library: InLibrary, after: Instant = None) -> Plan:
    """The next window's plan: each shot with its times and settings."""
    return await library.plan(after)


@router.post("/plan/preview", tags=["watch"])
async def preview(library: InLibrary, program: Annotated[AnyProgram, Body()], after: Instant = None) -> Plan:
    """The next plan if this program were the one that is shot. Nothing is changed by asking."""
    return await library.plan(after, program)


@router.post("/plan/preview/several", tags=["watch"])
async def preview_several(library: InLibrary, several: Annotated[Several, Body()], after: Instant = None) -> Plan:
    """The next plan if these programs were a configuration's: they share the window by their priorities and conditions."""
    return await library.plan(after, several.programs)


@router.get("/recipes", tags=["watch"])
async def recipe_list() -> list[Recipe]:
    """The programs that are always there."""
    return [
        Recipe(
            name=one.name,
            kind=one.program.kind_name,
            about=one.about,
            source=one.source,
            program=one.program.model_dump(mode="json", exclude_none=True),
            text=one.text,
        )
        for one in await asyncio.to_thread(recipes)
    ]


@router.get("/programs/schema", tags=["watch"])
async def program_schema(request: Request) -> dict[str, Any]:
    """The JSON schema of a program, of every kind, with what each field means: what a form is made from."""
    described: Description = request.app.state.programs
    found: dict[str, Any] = json.loads(await described.text())
    return found
