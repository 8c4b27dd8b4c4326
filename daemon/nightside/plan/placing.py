"""Finding room for one program in a window in which others have been placed already."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from nightside.errors import PlanImpossible
from nightside.plan.anchors import Occasions, parse, uncertainty_s
from nightside.plan.drafts import MOST_SHOTS, Expansion
from nightside.plan.hands import HAND_US, apart
from nightside.plan.means import Means
from nightside.plan.programs import AnyProgram
from nightside.plan.values import LateStart, Span
from nightside.sky.window import Window

MICROSECOND = timedelta(microseconds=1)
ENDLESS_US = 7 * 86_400_000_000
"""Room for anything that ends by itself."""
TELLING_S = 1.0
"""Less than this an anchor may be off without being told."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What programs are placed in."""

    window: Window
    span: Span
    """What of the window may be used."""
    means: Means
    occasions: Occasions | None

    @property
    def room_us(self) -> int:
        """How much of it there is."""
        return self.span.duration // MICROSECOND

    def at(self, instant: datetime) -> int:
        """An instant, counted from the start of the span."""
        return (instant - self.span.start) // MICROSECOND

    def clock(self, at_us: int) -> str:
        """For people."""
        return f"{self.span.start + at_us * MICROSECOND:%H:%M:%S}"


@dataclass(frozen=True, slots=True)
class Placed:
    """A program, or a piece of one, where it will be shot."""

    program: AnyProgram
    expansion: Expansion

    @property
    def start_us(self) -> int:
        """Where it begins: with its first shot, or with what is asked before that."""
        return min([self.expansion.drafts[0].open_us, *(ask.at_us for ask in self.expansion.asks)])

    @property
    def end_us(self) -> int:
        """Where it is over."""
        return self.expansion.reach_us

    def warned(self, warnings: tuple[str, ...]) -> "Placed":
        """The same, with more to be said about it."""
        return replace(self, expansion=replace(self.expansion, warnings=(*self.expansion.warnings, *warnings)))


def place(program: AnyProgram, scene: Scene, taken: Sequence[Placed], *, several: bool = False) -> list[Placed]:
    """A program where there is room for it; its fallback, where there is not.

    Raises:
        PlanImpossible: there is none for either.
    """
    try:
        return _placed(program, scene, taken, several)
    except PlanImpossible as error:
        if program.fallback is None or not error.of_window:
            raise
        placed = _placed(program.fallback, scene, taken, several)
        placed[0] = placed[0].warned((f"{error.what} {program.fallback.called} is shot instead.",))
        return placed


def _placed(program: AnyProgram, scene: Scene, taken: Sequence[Placed], several: bool) -> list[Placed]:
    start_us, end_us = _own_range(program, scene)
    given = [other for other in taken if other.start_us < end_us and other.end_us > start_us]
    pieces = _free(program, (start_us, end_us), given, scene.means)
    least_us = 0 if program.min_length_s is None else round(program.min_length_s * 1e6)
    long_enough = [(low, high) for low, high in pieces if high - low >= least_us]
    if not long_enough:
        raise _too_short(program, scene, pieces, given)
    whole = program.expand(ENDLESS_US, scene.means) if program.bounded else None
    if whole is not None:
        require_room_on_a_card(program, len(whole.drafts))
    found: list[Placed] = []
    for low, high in long_enough if whole is None else [_best(whole, long_enough)]:
        expansion = program.expand(high - low, scene.means).later(low)
        if expansion.drafts:
            found.append(Placed(program, expansion.named(program.called) if several else expansion))
    if not found:
        raise _no_room(program, scene, long_enough, given)
    cut_short = [] if whole is None else _cut_short(program, len(whole.drafts), found, scene)
    warnings = _loosely_anchored(program, scene) + _contested(program, scene, given) + cut_short
    found[0] = found[0].warned(tuple(warnings))
    return found


def _own_range(program: AnyProgram, scene: Scene) -> tuple[int, int]:
    """Between its anchors, and inside the span (µs from its start)."""
    start, end = _instant(program, program.start, scene), _instant(program, program.end, scene)
    if start is not None and end is not None and start >= end:
        raise PlanImpossible(
            f"The anchors of {program.called} cross: {program.start} is {start:%H:%M:%S}, and {program.end} is {end:%H:%M:%S} UTC "
            f"in the window at {scene.window.start:%Y-%m-%d %H:%M:%S} UTC.",
            remedy="Let start come before end.",
            refused=program,
            offered=program.tried({"end": None}),
            of_window=True,
        )
    late = scene.window.clipped_start and (start is None or start <= scene.window.start)
    if late and (program.late_start is LateStart.SKIP or (program.late_start is LateStart.WHOLE and not program.bounded)):
        raise PlanImpossible(
            f"{program.called} is not begun late, and its window has begun before {scene.window.start:%Y-%m-%d %H:%M:%S} UTC.",
            remedy='Use late_start = "join" to take what is left.',
            of_window=True,
        )
    start_us = 0 if start is None else max(0, scene.at(start))
    end_us = scene.room_us if end is None else min(scene.room_us, scene.at(end))
    return start_us, max(start_us, end_us)


def _instant(program: AnyProgram, text: str | None, scene: Scene) -> datetime | None:
    if text is None:
        return None
    found = parse(text).instant(scene.window, scene.occasions)
    if found is None:
        raise PlanImpossible(
            f"{program.called} is anchored to {text}, and there is none within a day of the window at "
            f"{scene.window.start:%Y-%m-%d %H:%M:%S} UTC.",
            remedy="Use another anchor.",
            of_window=True,
        )
    return found


def _free(program: AnyProgram, own: tuple[int, int], taken: Sequence[Placed], means: Means) -> list[tuple[int, int]]:
    """The pieces of a range that nobody has, with time at their edges to change settings, or for hands where they are needed."""
    wanted = [means.taken_as(exposure) for exposure in program.exposures()]
    pieces: list[tuple[int, int]] = []
    at_us, end_us = own
    for other in sorted(taken, key=lambda other: other.start_us):
        by_hand = other.expansion.undo or apart(wanted, [draft.exposure for draft in other.expansion.drafts], means)
        apart_us = HAND_US if by_hand else means.gap_us + means.change_us
        if other.start_us - apart_us > at_us:
            pieces.append((at_us, other.start_us - apart_us))
        at_us = max(at_us, other.end_us + apart_us)
    if end_us > at_us:
        pieces.append((at_us, end_us))
    return pieces


def _best(whole: Expansion, pieces: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The first piece that holds all of a program, or else the longest."""
    holding = [piece for piece in pieces if piece[1] - piece[0] >= whole.reach_us]
    return holding[0] if holding else max(pieces, key=lambda piece: piece[1] - piece[0])


def _too_short(program: AnyProgram, scene: Scene, pieces: Sequence[tuple[int, int]], given: Sequence[Placed]) -> PlanImpossible:
    longest_us = max((high - low for low, high in pieces), default=0)
    if program.min_length_s is None or not pieces:
        return _no_room(program, scene, pieces, given)
    return PlanImpossible(
        f"The window at {scene.window.start:%Y-%m-%d %H:%M:%S} UTC leaves {longest_us / 1e6:.0f} s{_to(given)}, and "
        f"{program.called} is not begun in less than min_length_s = {program.min_length_s:g}.",
        remedy="Lower min_length_s, give it a fallback, or widen the condition.",
        refused=program,
        offered=program.tried({"min_length_s": None}),
        of_window=True,
    )


def _no_room(program: AnyProgram, scene: Scene, pieces: Sequence[tuple[int, int]], given: Sequence[Placed]) -> PlanImpossible:
    room_us = max((high - low for low, high in pieces), default=0)
    exposures = program.exposures()
    first_s = exposures[0].shutter_s if exposures else 0.0
    offered = program.shorter(room_us, scene.means)
    if offered is not None and (any(offered.complaints(scene.means)) or not offered.expand(room_us, scene.means).drafts):
        offered = None
    return PlanImpossible(
        f"The window at {scene.window.start:%Y-%m-%d %H:%M:%S} UTC leaves {room_us / 1e6:.0f} s{_to(given)}, and "
        f"{program.called} needs {first_s:g} s for its first exposure.",
        remedy="Shorten the exposure, or widen the condition.",
        refused=program,
        offered=offered,
        of_window=True,
    )


def _to(given: Sequence[Placed]) -> str:
    names = ", ".join(dict.fromkeys(other.program.called for other in given))
    return f" beside {names}" if names else ""


def _contested(program: AnyProgram, scene: Scene, given: Sequence[Placed]) -> list[str]:
    """Who got time that this program wanted too, and why."""
    return [
        f"{program.called} leaves {scene.clock(other.start_us)} to {scene.clock(other.end_us)} UTC to {other.program.called}, "
        + (
            f"whose priority is {other.program.priority}, not {program.priority}."
            if other.program.priority > program.priority
            else "which comes first among equals."
        )
        for other in given
    ]


def _loosely_anchored(program: AnyProgram, scene: Scene) -> list[str]:
    """Anchors that are less well known than the window itself, which is told anyway."""
    loose = {
        text: uncertainty_s(text, scene.window, scene.occasions) for text in (program.start, program.end) if text is not None
    }
    return [
        f"{program.called} is anchored to {text}, which is known to ±{unsure_s:.1f} s."
        for text, unsure_s in loose.items()
        if unsure_s >= TELLING_S and unsure_s > scene.window.uncertainty_s
    ]


def _cut_short(program: AnyProgram, asked: int, found: Sequence[Placed], scene: Scene) -> list[str]:
    """How much of a program that ends by itself there is no room for."""
    count = sum(len(one.expansion.drafts) for one in found)
    if count == asked:
        return []
    if program.late_start is LateStart.WHOLE and scene.window.clipped_start:
        raise PlanImpossible(
            f"{program.called} is begun late only if all of it still fits, and {count} of {asked} exposures do.",
            remedy='Use late_start = "join" to take what is left.',
            of_window=True,
        )
    return [f"Only {count} of the {asked} exposures asked for fit into the window."]


def require_room_on_a_card(program: AnyProgram, shots: int) -> None:
    """Refuse a program that asks for more than any card holds.

    Raises:
        PlanImpossible: it does.
    """
    if shots > MOST_SHOTS:
        raise PlanImpossible(
            f"{program.called} asks for more than {MOST_SHOTS} exposures in one window.",
            means="No card holds so many.",
            remedy="Give it shots or total_s, or a longer interval.",
            refused=program,
        )
