"""The questions and commands of the API, a file a subject, each route a line or two: what they mean is said elsewhere.

A new subject is a module with a `router`, and its line here. Nothing but the doors lets anybody in: each router names its own.
"""

from fastapi import APIRouter

from nightside.service.http import health, login, stream
from nightside.service.http.routes import (
    agenda,
    ahead,
    arming,
    clock,
    configuration,
    files,
    findings,
    gallery,
    metrics,
    now,
    outlook,
    past,
    storing,
    verifying,
    view,
)

ROUTERS: tuple[APIRouter, ...] = (
    health.router,
    login.router,
    now.router,
    past.router,
    ahead.router,
    outlook.router,
    gallery.router,
    arming.router,
    configuration.router,
    storing.router,
    verifying.router,
    files.router,
    view.router,
    agenda.router,
    findings.router,
    clock.router,
    metrics.router,
    stream.router,
)
"""In the order in which they are described."""
