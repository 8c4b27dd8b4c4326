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
from nightside_drivers.wired.options import release_of
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
    try:
        return release_of(options)
    except ValueError as error:
        raise DriverMissing(f"The release line's settings make no sense: {error}.", remedy="Mend [camera.release].") from error
