"""Every error that has a code of its own, by that code: what the exit codes' page lists, and what a daemon's answer is read with.

Modules that hang leaves on the error tree are imported here: only then is the walk complete.
"""

from collections.abc import Iterator

import nightside.cli.daemon
import nightside.engine.hold
import nightside.engine.trust
import nightside.errors
import nightside.rehearsal.camera
import nightside.service.http.access
import nightside.service.http.description
import nightside.service.http.once
import nightside.service.http.problems
import nightside.service.http.serving
import nightside.service.installing
import nightside.service.library
import nightside.service.verifying
import nightside.storage.sinks.sink
from nightside_drivers.errors import CallPerson, NightsideError, Refused, Reopen, Retry, SkipShot, StopNight

BRANCHES = frozenset({Refused, Retry, Reopen, SkipShot, StopNight, CallPerson})
ROOMS = (
    nightside.cli.daemon,
    nightside.errors,
    nightside.rehearsal.camera,
    nightside.engine.hold,
    nightside.engine.trust,
    nightside.service.library,
    nightside.service.verifying,
    nightside.service.http.access,
    nightside.service.http.description,
    nightside.service.http.once,
    nightside.service.http.problems,
    nightside.service.http.serving,
    nightside.service.installing,
    nightside.storage.sinks.sink,
)


def leaves(branch: type[NightsideError] = NightsideError) -> Iterator[type[NightsideError]]:
    """Every error that has a code of its own."""
    for below in branch.__subclasses__():
        if below not in BRANCHES and below.__module__.startswith("nightside"):
            yield below
        yield from leaves(below)


def by_code(code: str) -> type[NightsideError] | None:
    """The error of a code; `None` where this version knows none."""
    return next((leaf for leaf in leaves() if leaf.code == code), None)
