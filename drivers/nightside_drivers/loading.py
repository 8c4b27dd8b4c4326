"""Drivers by name: those of the entry points `nightside.drivers`, ours and anybody's.

A driver's library is imported here, in the child process that owns a body, and nowhere else. An entry point names a factory
that takes the options of `[camera]` as strings and gives a `Driver` that is not open yet.
"""

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import cast

from nightside_drivers.api import Driver
from nightside_drivers.errors import DriverMissing
from nightside_drivers.rig import Rig
from nightside_drivers.wired.line import Line, Wiring
from nightside_drivers.wired.release import WiredRelease

GROUP = "nightside.drivers"
Factory = Callable[[Mapping[str, str]], Driver]


def names() -> tuple[str, ...]:
    """Every driver that is installed."""
    return tuple(sorted(entry_points(group=GROUP).names))


def load(driver: str, options: Mapping[str, str]) -> Rig:
    """Build a driver by name, with the release line that `options` name, if any. Nothing is opened yet.

    Raises:
        DriverMissing: there is no such driver, its library is not there, or an option makes no sense.
    """
    found = tuple(entry_points(group=GROUP, name=driver))
    if not found:
        raise DriverMissing(
            f"There is no driver called {driver!r}.", remedy=f"Installed: {', '.join(names()) or 'none'}. Name one as `driver`."
        )
    try:
        factory = cast("Factory", found[0].load())
    except (ImportError, AttributeError) as error:
        raise DriverMissing(
            f"The driver {driver!r} cannot be loaded: {error}.", remedy="Install it again, with what it needs."
        ) from error
    return Rig(factory(options), _release(options))


def _release(options: Mapping[str, str]) -> WiredRelease | None:
    if not options.get("release_port"):
        return None
    prefocus = options.get("release_prefocus")
    try:
        wiring = Wiring(
            port=options["release_port"],
            line=Line(options.get("release_line", Line.RTS)),
            prefocus=Line(prefocus) if prefocus else None,
            inverted=options.get("release_inverted") == "yes",
            contact=options.get("release_contact") == "yes",
        )
        return WiredRelease(wiring, float(options.get("release_latency_s", "0")))
    except ValueError as error:
        raise DriverMissing(f"The release line's settings make no sense: {error}.", remedy="Mend [camera.release].") from error


def release_options(wiring: Wiring, latency_s: float = 0.0) -> dict[str, str]:
    """The options by which `load` builds the same release line in another process."""
    return {
        "release_port": wiring.port,
        "release_line": wiring.line,
        "release_prefocus": wiring.prefocus or "",
        "release_inverted": "yes" if wiring.inverted else "no",
        "release_contact": "yes" if wiring.contact else "no",
        "release_latency_s": repr(latency_s),
    }
