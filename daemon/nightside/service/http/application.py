"""The application: routes, doors and guard put together. Whoever serves it brings what is offered."""

from collections.abc import Collection, Mapping
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp

from nightside.clock import Clock
from nightside.service.http import problems
from nightside.service.http.access import Access
from nightside.service.http.description import PROGRAMS_MAKER, Description
from nightside.service.http.guard import LOOPBACK, Bounds, Guard
from nightside.service.http.once import Memory
from nightside.service.http.routes import SUBJECTS
from nightside.service.http.subjects import Subjects, take
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
    more: Mapping[str, tuple[str, ...]] | None = None,
    otherwise: ASGIApp | None = None,
) -> ASGIApp:
    """The application, guarded. `hosts` are names of this machine beside the loopback's.

    `more` are subjects beside the API's own. `otherwise` answers where no route does.
    """
    app = _Described()
    app.state.offered, app.state.access, app.state.memory = offered, access, Memory()
    app.state.description, app.state.programs = Description(), Description(PROGRAMS_MAKER)
    if otherwise is not None:
        app.router.default = otherwise
    subjects = Subjects(app, {**SUBJECTS, **(more or {})})
    return Guard(subjects, LOOPBACK | frozenset(host.lower() for host in hosts), clock, bounds)


class _Described(FastAPI):
    """An application without routes, whose description repeats nothing."""

    def __init__(self) -> None:
        super().__init__(
            title="Nightside",
            version=VERSION,
            description=ABOUT,
            openapi_url=None,  # `description` makes it, elsewhere
            docs_url=None,  # the usual pages load their scripts from elsewhere, and a station has no network
            redoc_url=None,
        )
        problems.answer_with_problems(self)

    def openapi(self) -> dict[str, Any]:
        """The description, made when it is first asked for."""
        if self.openapi_schema is None:
            self.openapi_schema = problems.told_once(super().openapi())
        return self.openapi_schema


def unguarded() -> FastAPI:
    """All routes, alone: enough to write their description from."""
    app = _Described()
    for module in SUBJECTS:
        take(app, module)
    return app
