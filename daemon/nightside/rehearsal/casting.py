"""Who plays the body in a rehearsal."""

from dataclasses import dataclass

from nightside_drivers import bodies
from nightside_drivers.api import Capabilities, ReleaseKind
from nightside_drivers.twin import facts


@dataclass(frozen=True, slots=True)
class Part:
    """Who plays the body."""

    twin: str
    """The twin's name, such as d3s."""
    body: Capabilities
    """What the one who plays can do."""
    instead_of: str | None
    """The model that no twin plays; none, where the twin is of that very model."""


def part_of(wanted: Capabilities) -> Part:
    """The twin of this body, or else the one that is released like it."""
    cast = {name: _played(name) for name in facts.BODIES}
    for name, body in cast.items():
        if body.model == wanted.model:
            return Part(name, body, None)
    by_bulb = ReleaseKind.USB_BULB in wanted.releases
    name = next(name for name, body in cast.items() if (ReleaseKind.USB_BULB in body.releases) is by_bulb)
    return Part(name, cast[name], wanted.model)


def _played(name: str) -> Capabilities:
    file = facts.load(name).file
    found = bodies.find(file.maker, file.model)
    if found is None:
        raise AssertionError(f"unreachable: the {file.model} that ships as a twin is in the table of bodies")
    return found
