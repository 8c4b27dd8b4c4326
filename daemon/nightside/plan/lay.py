"""Laying a program over a window: preflight first, then the shots.

What the body cannot do is refused here, before the night, with the nearest thing that it can.
"""

from datetime import timedelta

from nightside.errors import PlanImpossible
from nightside.plan.programs import AnyProgram, Interval
from nightside.plan.programs.base import MICROSECOND
from nightside.plan.values import Plan, Shot, Span
from nightside.sky.windows import Window
from nightside_drivers.api import Capabilities, ReleaseKind

SPEED_TOLERANCE = 0.02
"""How far (relative) an exposure may lie from one of the body's own: a body's 1/3 s is 0.3333 s."""


def lay(program: AnyProgram, window: Window, body: Capabilities, gap_s: float | None = None) -> Plan:
    """The plan of one program for one window and one body.

    Args:
        program: what to shoot.
        window: when; its uncertainty is taken off both edges.
        body: what the camera can do.
        gap_s: the least time (s of plan time) between two exposures; the body's own, when not given. A rehearsal at k times
            the speed gives k times that, since the body's overhead does not run faster.

    Raises:
        PlanImpossible: the body cannot do it, or nothing fits into the window.
    """
    gap_s = body.usb_gap_s if gap_s is None else gap_s
    _refuse_what_the_body_cannot(program, body, gap_s)
    if not _is_held(ReleaseKind(program.release), program.exposure_s, body):
        program = program.model_copy(update={"exposure_s": _nearest(program.exposure_s, body)})
    span = usable(window, gap_s)
    grid = program.grid(span, gap_s)
    if not grid.count:
        room_s = max(0.0, span.duration.total_seconds())
        raise PlanImpossible(
            f"The window at {window.start:%Y-%m-%d %H:%M:%S} UTC leaves {room_s:.0f} s, "
            f"and {program.name or program.kind} needs {program.exposure_s:g} s for its first exposure.",
            remedy="Shorten the exposure, or widen the condition.",
        )
    exposure = timedelta(microseconds=grid.exposure_us)
    opens = [span.start + index * grid.pitch_us * MICROSECOND for index in range(grid.count)]
    return Plan(
        program=program.name or program.kind,
        kind=program.kind,
        body=body.model,
        span=span,
        shots=tuple(
            Shot(
                index=index, open_at=at, close_at=at + exposure, exposure=program.exposure, release=ReleaseKind(program.release)
            )
            for index, at in enumerate(opens)
        ),
        overrun=program.overrun,
        slack_s=gap_s,
        frame_bytes=body.frame_bytes,
        warnings=tuple(_warnings(program, window, grid.count)),
    ).checked()


def usable(window: Window, closing_s: float = 0.0) -> Span:
    """What is left of a window when its edges may be off by its uncertainty. May be empty.

    `closing_s` is how long after its planned end an exposure may still be open: the body's own lateness, kept inside the window.
    """
    margin = timedelta(seconds=window.uncertainty_s)
    start = window.start + margin
    return Span(
        start=start, end=max(start, window.end - margin - timedelta(seconds=closing_s)), uncertainty_s=window.uncertainty_s
    )


def _refuse_what_the_body_cannot(program: AnyProgram, body: Capabilities, gap_s: float) -> None:
    asking = f"{program.name or program.kind} asks for"
    release = ReleaseKind(program.release)
    _refuse_release(asking, release, body)
    _refuse_exposure(asking, program.exposure_s, release, body)
    if program.iso is not None and body.isos and program.iso not in body.isos:
        nearest = min(body.isos, key=lambda iso: abs(iso - (program.iso or 0)))
        raise PlanImpossible(
            f"{asking} ISO {program.iso}, which the {body.model} does not have over USB.",
            remedy=f"The nearest is ISO {nearest}.",
        )
    if isinstance(program, Interval) and program.shots != 1 and program.every_s < program.exposure_s + gap_s:
        raise PlanImpossible(
            f"{asking} {program.exposure_s:g} s every {program.every_s:g} s.",
            means=f"The {body.model} needs {gap_s:g} s between two exposures by USB trigger.",
            remedy=f"Use every_s = {program.exposure_s + gap_s:g} or more.",
        )


def _refuse_release(asking: str, release: ReleaseKind, body: Capabilities) -> None:
    if release in body.releases:
        return
    if release is ReleaseKind.WIRED:
        means, remedy = "No release is wired to this body.", "Wire one, and name its port under [camera.release]."
    else:
        means = f"The {body.model} cannot hold its shutter open over USB, whatever libgphoto2 lists."
        remedy = 'Wire a release (release = "wired"), or stack shorter exposures.'
    raise PlanImpossible(f"{asking} release = {release.value!r}.", means=means, remedy=remedy)


def _refuse_exposure(asking: str, wanted_s: float, release: ReleaseKind, body: Capabilities) -> None:
    nearest_s = _nearest(wanted_s, body)
    longest_s = body.longest_exposure_s
    if _is_held(release, wanted_s, body) or abs(nearest_s - wanted_s) <= SPEED_TOLERANCE * wanted_s:
        return
    if wanted_s > longest_s:
        means = f"The {body.model} times no exposure longer than {longest_s:g} s, and cannot hold its shutter open over USB."
        remedy = f"Stack {longest_s:g} s exposures (a star trail with exposure_s = {longest_s:g})."
        if release is ReleaseKind.USB and ReleaseKind.USB_BULB in body.releases:
            means = f"The {body.model} times no exposure longer than {longest_s:g} s by itself."
            remedy = 'Hold its shutter open over USB: release = "usb-bulb".'
    else:
        means, remedy = f"The {body.model} has no such shutter speed.", f"The nearest is {nearest_s:g} s."
    raise PlanImpossible(f"{asking} exposures of {wanted_s:g} s.", means=means, remedy=remedy)


def _is_held(release: ReleaseKind, wanted_s: float, body: Capabilities) -> bool:
    """Whether whoever releases holds the shutter open, so that any length will do."""
    return release is ReleaseKind.USB_BULB or (release is ReleaseKind.WIRED and wanted_s > body.longest_exposure_s)


def _nearest(wanted_s: float, body: Capabilities) -> float:
    """The body's own shutter speed (s) next to a wanted one."""
    return min(body.shutter_speeds_s, key=lambda speed: abs(speed - wanted_s))


def _warnings(program: AnyProgram, window: Window, count: int) -> list[str]:
    found: list[str] = []
    if window.clipped_start or window.clipped_end:
        found.append("The window reaches beyond the range that was searched; the plan uses only the part inside it.")
    if program.shots is not None and count < program.shots:
        found.append(f"Only {count} of the {program.shots} exposures asked for fit into the window.")
    if window.uncertainty_s >= 1:
        found.append(f"The window's edges are known to ±{window.uncertainty_s:.1f} s, which the plan keeps clear of.")
    return found
