"""Long-exposure noise reduction: a body that takes a dark frame after every exposure, and keeps busy as long again. Pure.

A body that is prepared says so. A program that leaves room for the dark frames may go on with them; a stack may not.
"""

from collections.abc import Sequence

from nightside.plan.values import Plan, Shot
from nightside_drivers.api import Exposure, ReleaseKind, Taken
from nightside_drivers.errors import BodyUnfit
from nightside_drivers.preflight import DARK_BEYOND_S

TOOK_LONGER = "The body took as long again for its last exposure, as for noise reduction."
AS_LONG_AGAIN = 0.9
"""Of an exposure: a body that is busy for longer than this after it has taken a dark frame."""
SLOW_S = 0.2
"""Machine time that bodies and computers take for other reasons. To be wrong costs a look at the body, and no more."""


def refuse_dark_frames(plan: Plan, volley: Sequence[Shot], took: Exposure) -> None:
    """Refuse to expose shots whose dark frames would run into the next exposure.

    Raises:
        BodyUnfit: they would. A person may switch it off in mid-window: it is looked at again as long as a shot can be taken.
    """
    if took.dark_s is None or (len(volley) == 1 and _has_room(plan, volley[0], took.dark_s)):
        return
    raise BodyUnfit(
        f"Long-exposure noise reduction is on, so that each exposure of {took.shutter_s:g} s takes {2 * took.shutter_s:g} s.",
        means="There is no room for that between these exposures: every second one would be lost.",
        remedy='Switch it off in the body\'s menu, or say noise_reduction = "off" under [camera.settings].',
    )


def took_a_dark_frame(prepared: Exposure, length_s: float, taken: Taken) -> bool:
    """Whether a body was busy for as long again as its exposure should have taken (`length_s`, machine time), without saying so.

    Only a trigger over USB tells: it comes back when the body is ready.
    """
    if prepared.release is not ReleaseKind.USB or prepared.dark_s is not None or prepared.shutter_s <= DARK_BEYOND_S:
        return False
    return taken.closed_at - taken.opened_at > (1 + AS_LONG_AGAIN) * length_s + SLOW_S


def _has_room(plan: Plan, shot: Shot, dark_s: float) -> bool:
    """Whether nothing is planned to open before a shot's dark frame is over; the last one is judged by the gap before it."""
    later = min((one.open_at for one in plan.shots if one.open_at > shot.open_at), default=None)
    if later is not None:
        return (later - shot.close_at).total_seconds() >= dark_s
    before = max((one.close_at for one in plan.shots if one.open_at < shot.open_at), default=None)
    return before is None or (shot.open_at - before).total_seconds() >= dark_s
