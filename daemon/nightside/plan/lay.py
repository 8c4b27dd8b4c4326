"""Laying programs over a window: preflight first, then the shots, then what is to be said about them.

What the body cannot do is refused here, before the night, with the nearest program that it can. Where several programs want the
same time, the one with the higher priority gets it, and the plan says so.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from nightside.errors import PlanImpossible
from nightside.plan.anchors import Occasions
from nightside.plan.drafts import Draft, Expansion, chained
from nightside.plan.forecast import battery_percent, drain_s, prompts_of
from nightside.plan.hands import at_first
from nightside.plan.means import Means
from nightside.plan.placing import Placed, Scene, place, require_room_on_a_card
from nightside.plan.preflight import require_possible
from nightside.plan.programs import AnyProgram
from nightside.plan.values import LateStart, Overrun, Plan, Shot, Span
from nightside.sky.window import Window
from nightside_drivers.api import Capabilities

MICROSECOND = timedelta(microseconds=1)


def lay(
    program: AnyProgram,
    window: Window,
    body: Capabilities,
    gap_s: float | None = None,
    *,
    occasions: Occasions | None = None,
    sky_arcsec_s: float | None = None,
) -> Plan:
    """The plan of one program for one window and one body.

    Args:
        program: what to shoot.
        window: when; its uncertainty is taken off both edges.
        body: what the camera can do.
        gap_s: the least time (s of plan time) between two exposures; the body's own, when not given. A rehearsal at k times
            the speed gives k times that, since the body's overhead does not run faster.
        occasions: knows when what anchors name happens; without it they can name the window only.
        sky_arcsec_s: how fast the stars turn in front of the camera.

    Raises:
        PlanImpossible: the body cannot do it, or nothing fits into the window.
    """
    return lay_all((program,), window, Means.of(body, gap_s, sky_arcsec_s), occasions)


def lay_all(programs: Sequence[AnyProgram], window: Window, means: Means, occasions: Occasions | None = None) -> Plan:
    """The plan of several programs that share a window. Those that get no room are left out, and the plan says why.

    Raises:
        PlanImpossible: the body cannot do one of them, or none of them fits into the window.
    """
    for program in programs:
        require_possible(program, means)
    scene = Scene(window, usable(window, means.gap_s), means, occasions)
    placed = _by_priority(programs, scene)
    whole = chained([one.expansion for one in sorted(placed, key=lambda one: one.start_us)])
    return _plan(programs, scene, whole).checked()


def _plan(programs: Sequence[AnyProgram], scene: Scene, whole: Expansion) -> Plan:
    """What was placed, with its instants, its forecast and all that is to be said."""
    means, drafts, single = scene.means, whole.drafts, len(programs) == 1
    afterwards = (f"Afterwards: {whole.undo}",) if whole.undo else ()
    battery = battery_percent(drafts, means)
    return Plan(
        program=name_of(programs),
        kind=programs[0].kind_name if single else "several",
        body=means.body.model,
        span=scene.span,
        shots=tuple(_shot(index, draft, scene.span.start, drafts[0].overrun) for index, draft in enumerate(drafts)),
        overrun=drafts[0].overrun,
        late_start=programs[0].late_start if single else LateStart.JOIN,
        slack_s=means.gap_s,
        frame_bytes=means.body.frame_bytes,
        drain_s=drain_s(len(drafts), means),
        battery_percent=battery,
        prompts=prompts_of(whole, scene.span.start, means),
        by_hand=(*at_first([draft.exposure for draft in drafts], means).values(), *whole.by_hand),
        warnings=(*_warnings(scene.window, battery), *whole.warnings),
        notes=(*whole.notes, *afterwards),
    )


def _shot(index: int, draft: Draft, start: datetime, usual: Overrun) -> Shot:
    return Shot(
        index=index,
        open_at=start + draft.open_us * MICROSECOND,
        close_at=start + draft.close_us * MICROSECOND,
        exposure=draft.exposure,
        release=draft.exposure.release,
        joined=draft.joined,
        part=draft.part,
        overrun=None if draft.overrun is usual else draft.overrun,
        drift_s=draft.drift_us / 1e6,
    )


def usable(window: Window, closing_s: float = 0.0) -> Span:
    """What is left of a window when its edges may be off by its uncertainty. May be empty.

    `closing_s` is how long after its planned end an exposure may still be open: the body's own lateness, kept inside the window.
    """
    margin = timedelta(seconds=window.uncertainty_s)
    start = window.start + margin
    return Span(
        start=start, end=max(start, window.end - margin - timedelta(seconds=closing_s)), uncertainty_s=window.uncertainty_s
    )


def _by_priority(programs: Sequence[AnyProgram], scene: Scene) -> list[Placed]:
    """Every program that gets room, the highest priority first."""
    placed: list[Placed] = []
    without: list[PlanImpossible] = []
    for program in sorted(programs, key=lambda program: -program.priority):
        try:
            placed += place(program, scene, placed, several=len(programs) > 1)
            require_room_on_a_card(program, sum(len(one.expansion.drafts) for one in placed))
        except PlanImpossible as error:
            if not error.of_window:
                raise
            without.append(error)
    if not placed:
        raise without[0]
    if without:
        first = placed[0]
        placed[0] = first.warned(tuple(str(error) for error in without))
    return placed


def name_of(programs: Sequence[AnyProgram]) -> str:
    """What a plan of these programs is called."""
    names = list(dict.fromkeys(program.called for program in programs))
    joined = "+".join(names)
    return joined if len(joined) <= 60 else f"{names[0]}+{len(names) - 1}"


def _warnings(window: Window, battery: float | None) -> list[str]:
    found: list[str] = []
    if window.clipped_start or window.clipped_end:
        found.append("The window reaches beyond the range that was searched; the plan uses only the part inside it.")
    if window.uncertainty_s >= 1:
        found.append(f"The window's edges are known to ±{window.uncertainty_s:.1f} s, which the plan keeps clear of.")
    if battery is not None and battery > 100:
        found.append(f"The shots take about {battery / 100:.1f} full batteries: use an AC adapter.")
    return found
