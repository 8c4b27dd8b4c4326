"""How long a shutter takes to open after its release was pressed, measured on the sync contact."""

import statistics
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nightside_drivers.api import Exposure, ReleaseKind
from nightside_drivers.clock import machine_now
from nightside_drivers.errors import ContactMissing
from nightside_drivers.proxy import HostedBody

EXPOSURE_S = 0.5
LEAD_S = 0.5
"""Machine time between two presses."""
ANNOUNCED_WITHIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Latency:
    """From press to opening, over some presses (machine time, s)."""

    presses: tuple[float, ...]

    @property
    def median_s(self) -> float:
        """What the engine should take off."""
        return statistics.median(self.presses)

    @property
    def spread_s(self) -> float:
        """From the quickest to the slowest."""
        return max(self.presses) - min(self.presses)


async def _at_once() -> None:
    """Nothing stands in the way."""


async def measure(
    body: HostedBody, presses: int, exposure_s: float = EXPOSURE_S, before_each: Callable[[], Awaitable[None]] = _at_once
) -> Latency:
    """Press the wired release of an open body so many times, and hear each time when its shutter opens.

    `before_each` press it is asked whether the body may still be had; what it raises ends the measurement.

    Raises:
        ContactMissing: the contact said nothing, or none is wired.
        NightsideError: the release or the body failed.
    """
    await body.prepare(Exposure(exposure_s, release=ReleaseKind.WIRED))
    found: list[float] = []
    for _ in range(presses):
        await before_each()
        at = machine_now() + LEAD_S
        taken = await body.shoot(at, at + LEAD_S, at + exposure_s)
        if not taken.contacts:
            raise ContactMissing(
                "The sync contact is not wired, and only it tells when the shutter really opens.",
                remedy="Wire hot shoe or PC socket to CTS, and say contact = true under [camera.release].",
            )
        found.append(taken.contacts[0].opened_at - taken.opened_at)
        await body.reported(ANNOUNCED_WITHIN_S)
    return Latency(tuple(found))
