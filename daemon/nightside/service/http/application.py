"""The application: routes, doors and guard put together. Whoever serves it brings what is offered."""

from collections.abc import Callable, Collection
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from nightside.clock import Clock
from nightside.service.http import problems
from nightside.service.http.access import Access
from nightside.service.http.guard import LOOPBACK, Bounds, Guard
from nightside.service.http.once import Memory
from nightside.service.http.routes import ROUTERS
from nightside.service.offered import Offered
from nightside.service.version import VERSION

ABOUT = (
    "What a running Nightside can be asked and told. Instants are UTC. Errors are `application/problem+json`, with the code of "
    "docs/reference/exit-codes.md, what they mean for the night, and a remedy."
)


def build(
    offered: Offered,
    access: Access,
    clock: Clock,
    hosts: Collection[str] = (),
    bounds: Bounds | None = None,
    *,
    more: Callable[[FastAPI], None] | None = None,
) -> ASGIApp:
    """The application, guarded. `hosts` are names of this machine beside the loopback's; `more` adds routes behind all others."""
    app = unguarded()
    app.state.offered, app.state.access, app.state.memory = offered, access, Memory()
    if more is not None:
        more(app)
    return Guard(app, LOOPBACK | frozenset(host.lower() for host in hosts), clock, bounds)


class _Described(FastAPI):
    """An application whose description repeats nothing."""

    def openapi(self) -> dict[str, Any]:
        """The description, made when it is first asked for."""
        if self.openapi_schema is None:
            self.openapi_schema = problems.told_once(super().openapi())
        return self.openapi_schema


def unguarded() -> FastAPI:
    """The routes alone: enough to write their description from."""
    app = _Described(
        title="Nightside",
        version=VERSION,
        description=ABOUT,
        openapi_url="/api/openapi.json",
        docs_url=None,  # the usual pages load their scripts from elsewhere, and a station has no network
        redoc_url=None,
    )
    problems.answer_with_problems(app)
    for router in ROUTERS:
        app.include_router(router, responses=problems.ALWAYS)
    return app
