"""How far the clock can be trusted, and what it costs where it cannot."""

from collections.abc import Callable

from nightside.engine.trust import ClockTrust, require
from nightside.errors import NightsideError
from nightside.service.findings.values import Finding, doubt, good, refused


def trusted(trust: Callable[[], ClockTrust], *, matters: bool) -> Finding:
    """How far the clock can be trusted, and whether what is shot needs a better one. `matters` where an orbit is followed."""
    found = trust()
    if found.enough:
        return good("clock", str(found))
    if matters:
        try:
            require(found, confirmed=False)
        except NightsideError as error:
            return refused("clock", error)
    return doubt(
        "clock",
        str(found),
        "On the ground a minute of error moves the night by a minute, and frames are dated wrongly.",
        "Let chrony or timesyncd reach a time server, or set the clock by hand.",
    )
