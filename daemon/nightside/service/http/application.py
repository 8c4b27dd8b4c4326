"""The application: routes, doors and guard put together. Whoever serves it brings the desk and the library."""

from collections.abc import Collection
from importlib.metadata import version

from fastapi import FastAPI
from starlette.types import ASGIApp

from nightside.clock import Clock
from nightside.engine.desk import Desk
from nightside.service.http import health, login, problems, routes, stream
from nightside.service.http.access import Access
from nightside.service.http.guard import LOOPBACK, Bounds, Guard
from nightside.service.http.once import Memory
from nightside.service.library import Library

VERSION = version("nightside")
ABOUT = (
    "What a running Nightside can be asked and told. Instants are UTC. Errors are `application/problem+json`, with the code of "
    "docs/reference/exit-codes.md, what they mean for the night, and a remedy."
)


def build(
    desk: Desk, library: Library, access: Access, clock: Clock, hosts: Collection[str] = (), bounds: Bounds | None = None
) -> ASGIApp:
    """The application, guarded. `hosts` are names of this machine beside the loopback's."""
    app = unguarded()
    app.state.desk, app.state.library, app.state.access, app.state.memory = desk, library, access, Memory()
    return Guard(app, LOOPBACK | frozenset(host.lower() for host in hosts), clock, bounds)


def unguarded() -> FastAPI:
    """The routes alone: enough to write their description from."""
    app = FastAPI(
        title="Nightside",
        version=VERSION,
        description=ABOUT,
        openapi_url="/api/openapi.json",
        docs_url=None,  # the usual pages load their scripts from elsewhere, and a station has no network
        redoc_url=None,
    )
    problems.answer_with_problems(app)
    for room in (health, login, routes, stream):
        app.include_router(room.router, responses=problems.ALWAYS)
    return app
