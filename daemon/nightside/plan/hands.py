"""What only a person can set, and when it must be set anew."""

from collections.abc import Mapping, Sequence

from nightside.plan.drafts import Draft
from nightside.plan.means import Means
from nightside_drivers.api import Exposure, ReleaseKind

SINGLE, CONTINUOUS = "Turn the release dial to S.", "Turn the release dial to CL or CH."
HAND_US = 60_000_000
"""How long somebody has to reach the body in mid-plan."""


def positions(exposure: Exposure, means: Means) -> dict[str, str]:
    """What must be turned for an exposure, by what it is that is turned: each a sentence for a person."""
    found: dict[str, str] = {}
    release = exposure.release
    if release in {ReleaseKind.BURST, ReleaseKind.HELD}:
        found["dial"] = CONTINUOUS
    elif release is ReleaseKind.WIRED:
        found["dial"] = SINGLE
        if means.holds_open(release, exposure.shutter_s) and ReleaseKind.USB_BULB not in means.body.releases:
            found["shutter"] = "Turn the shutter speed to Bulb."
    if exposure.aperture is not None:
        found["lens"] = f"Turn the lens ring to f/{exposure.aperture:g}, if the aperture cannot be set over USB."
    return found


def at_first(exposures: Sequence[Exposure], means: Means) -> dict[str, str]:
    """All that a person sets before the first of these: for it, or for the first that cares where the dial or the lens ring stands.

    A USB trigger takes one frame with the dial on CL too, so nobody need come back for that.
    """
    found = {"mode": "Turn the mode dial to M.", "focus": "Focus on the stars, and switch autofocus off.", "dial": SINGLE}
    found |= positions(exposures[0], means)
    for what in ("dial", "lens"):
        cares = (says for one in dict.fromkeys(exposures) if (says := positions(one, means).get(what)) is not None)
        says = next(cares, None)
        if says is not None:
            found[what] = says
    return found


def turned(now: Mapping[str, str], exposure: Exposure, means: Means) -> dict[str, str]:
    """What a person turns for an exposure when everything stands as it does now. A USB trigger leaves the dial where it is."""
    return {what: says for what, says in positions(exposure, means).items() if now.get(what) != says}


def apart(one: Sequence[Exposure], other: Sequence[Exposure], means: Means) -> bool:
    """Whether hands are needed to go from one of these rows of exposures to the other, or back."""
    return bool(one and other) and any(
        turned(at_first([*first, *then], means) | _left(first, means), then[0], means)
        for first, then in ((one, other), (other, one))
    )


def standing(drafts: Sequence[Draft], means: Means) -> dict[str, str]:
    """What some shots leave turned, the last word on each."""
    return _left([draft.exposure for draft in drafts], means)


def _left(exposures: Sequence[Exposure], means: Means) -> dict[str, str]:
    now: dict[str, str] = {}
    for exposure in dict.fromkeys(reversed(exposures)):
        now = positions(exposure, means) | now
    return now
