"""The questions and commands of the API, a file a subject, each route a line or two: what they mean is said elsewhere.

A new subject is a module with a `router`, and its line here. Nothing but the doors lets anybody in: each router names its own.
"""

from collections.abc import Mapping

HERE = "nightside.service.http"
SUBJECTS: Mapping[str, tuple[str, ...]] = {
    f"{HERE}.health": ("/healthz", "/readyz"),
    f"{HERE}.login": ("/api/v1/login", "/api/v1/logout"),
    f"{HERE}.routes.now": ("/api/v1/state", "/api/v1/status", "/api/v1/commands"),
    f"{HERE}.routes.past": ("/api/v1/windows",),
    f"{HERE}.routes.ahead": ("/api/v1/plan", "/api/v1/recipes", "/api/v1/programs"),
    f"{HERE}.routes.outlook": ("/api/v1/outlook", "/api/v1/world", "/api/v1/nights", "/api/v1/passes"),
    f"{HERE}.routes.gallery": ("/api/v1/gallery",),
    f"{HERE}.routes.arming": ("/api/v1/armed",),
    f"{HERE}.routes.configuration": ("/api/v1/reload",),
    f"{HERE}.routes.storing": ("/api/v1/sinks",),
    f"{HERE}.routes.verifying": ("/api/v1/verification",),
    f"{HERE}.routes.files": ("/api/v1/frames", "/api/v1/import"),
    f"{HERE}.routes.view": ("/api/v1/bodies",),
    f"{HERE}.routes.agenda": ("/api/v1/agenda",),
    f"{HERE}.routes.findings": ("/api/v1/findings",),
    f"{HERE}.routes.clock": ("/api/v1/clock",),
    f"{HERE}.routes.metrics": ("/metrics",),
    f"{HERE}.stream": ("/api/v1/events",),
    f"{HERE}.description": ("/api",),
}
"""Each module, in the order in which they are described, and what the paths of its routes begin with."""
