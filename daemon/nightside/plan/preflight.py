"""What of a program a body cannot do, and the nearest program that it can. Before the night, and pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import ValidationError

from nightside.errors import PlanImpossible
from nightside.plan.means import Means
from nightside.plan.values import Overrun
from nightside_drivers.api import Exposure, ReleaseKind

if TYPE_CHECKING:
    from nightside.plan.programs.base import Exposing, Program

ROUNDS = 12
"""How many things may be wrong with a program before no nearest one is looked for any more."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something that the body cannot do, and the nearest program that asks for something it can."""

    what: str
    means: str
    remedy: str
    instead: "Program | None" = None


def require_possible(program: "Program", means: Means) -> None:
    """Refuse what the body cannot do: of a program, and of its fallback.

    Raises:
        PlanImpossible: with the nearest program that the body can do, where there is one.
    """
    complaint = next(program.complaints(means), None)
    if complaint is not None:
        raise _impossible(program, complaint, _nearest(complaint, means))
    if program.fallback is None:
        return
    complaint = next(program.fallback.complaints(means), None)
    if complaint is not None:
        nearest = _nearest(complaint, means)
        raise _impossible(program, complaint, None if nearest is None else program.tried({"fallback": nearest}))


def _impossible(program: "Program", complaint: Complaint, offered: "Program | None") -> PlanImpossible:
    return PlanImpossible(complaint.what, means=complaint.means, remedy=complaint.remedy, refused=program, offered=offered)


def _nearest(complaint: Complaint, means: Means) -> "Program | None":
    offered: Program | None = None
    for _ in range(ROUNDS):
        offered = complaint.instead
        if offered is None:
            return None
        following = next(offered.complaints(means), None)
        if following is None:
            return offered
        complaint = following
    return None


def exposure_complaints(program: "Exposing", means: Means) -> Iterator[Complaint]:
    """What is wrong with the settings of a program's shots."""
    asking = f"{program.called} asks for"
    if program.opened_by not in means.body.releases:
        yield _release_complaint(asking, program, means)
    for exposure in program.exposures():
        yield from _speed_complaint(asking, program, exposure, means)
        yield from _iso_complaint(asking, program, exposure, means)
    yield from _policy_complaint(asking, program, means)


def _release_complaint(asking: str, program: "Exposing", means: Means) -> Complaint:
    release = program.opened_by
    if release in {ReleaseKind.WIRED, ReleaseKind.HELD}:
        what, remedy = "No release is wired to this body.", "Wire one, and name its port under [camera.release]."
        if ReleaseKind.WIRED in means.body.releases:
            what, remedy = f"The {means.body.model} does not shoot on while its release is held.", "Use single exposures."
    elif release is ReleaseKind.BURST:
        what, remedy = f"The {means.body.model} takes no bursts over USB.", "Use single exposures."
    else:
        what = f"The {means.body.model} cannot hold its shutter open over USB, whatever libgphoto2 lists."
        remedy = 'Wire a release (release = "wired"), or stack shorter exposures.'
    return Complaint(f"{asking} release = {release.value!r}.", what, remedy, singly(program, means))


def _speed_complaint(asking: str, program: "Exposing", exposure: Exposure, means: Means) -> Iterator[Complaint]:
    body, wanted_s = means.body, exposure.shutter_s
    if means.holds_open(program.opened_by, wanted_s) or means.has_speed(wanted_s, program.tolerance):
        return
    longest_s = body.longest_exposure_s
    if wanted_s <= longest_s:
        nearest_s = means.nearest_speed_s(wanted_s)
        what, remedy = f"The {body.model} has no such shutter speed.", f"The nearest is {nearest_s:g} s."
        instead: Program | None = program.with_exposure(wanted_s, nearest_s)
    elif program.opened_by is ReleaseKind.USB and ReleaseKind.USB_BULB in body.releases:
        what = f"The {body.model} times no exposure longer than {longest_s:g} s by itself."
        remedy, instead = 'Hold its shutter open over USB: release = "usb-bulb".', program.tried({"release": "usb-bulb"})
    else:
        what = f"The {body.model} times no exposure longer than {longest_s:g} s, and cannot hold its shutter open over USB."
        remedy = f"Stack {longest_s:g} s exposures (a star trail with exposure_s = {longest_s:g})."
        alone = len(program.exposures()) == 1
        instead = stacked(program, means) if alone else program.with_exposure(wanted_s, longest_s)
    yield Complaint(f"{asking} exposures of {wanted_s:g} s.", what, remedy, instead)


def _iso_complaint(asking: str, program: "Exposing", exposure: Exposure, means: Means) -> Iterator[Complaint]:
    body = means.body
    if exposure.iso is None or not body.isos or exposure.iso in body.isos:
        return
    nearest = means.nearest_iso(exposure.iso)
    yield Complaint(
        f"{asking} ISO {exposure.iso}, which the {body.model} does not have over USB.",
        "Setting it would be refused, and every shot lost.",
        f"The nearest is ISO {nearest}.",
        program.with_iso(exposure.iso, nearest),
    )


def _policy_complaint(asking: str, program: "Exposing", means: Means) -> Iterator[Complaint]:
    if program.policy is not Overrun.SHORTEN:
        return
    if all(means.holds_open(program.opened_by, exposure.shutter_s) for exposure in program.exposures()):
        return
    yield Complaint(
        f'{asking} overrun = "shorten".',
        f"The {means.body.model} times these exposures itself, and none can be cut short.",
        'Use overrun = "push", or "skip".',
        program.tried({"overrun": Overrun.PUSH}),
    )


def singly(program: "Exposing", means: Means) -> "Program | None":
    """The same by one USB trigger a frame; a stack where an exposure is longer than the body times."""
    if any(exposure.shutter_s > means.body.longest_exposure_s for exposure in program.exposures()):
        return stacked(program, means)
    changes: dict[str, object] = {"release": "usb"}
    if "route" in type(program).model_fields:
        changes["route"] = "single"
    return program.tried(changes)


def stacked(program: "Exposing", means: Means) -> "Program | None":
    """A star trail of the body's longest exposures, for as long as the program's exposures would have been."""
    from nightside.plan.programs.star_trail import StarTrail

    each_s = [exposure.shutter_s for exposure in program.exposures()]
    shots = getattr(program, "shots", None)
    total_s = getattr(program, "total_s", None) or (sum(each_s) * shots if shots else None)
    kept = {name: getattr(program, name) for name in type(program).model_fields if name in StarTrail.model_fields}
    dropped = {"kind", "exposure_s", "shots", "total_s", "release", "route", "overrun"}
    try:
        return StarTrail.model_validate(
            {name: value for name, value in kept.items() if name not in dropped}
            | {"exposure_s": means.body.longest_exposure_s, "total_s": total_s}
        )
    except ValidationError:
        return None
