"""Sequence: programs one after the other, such as a star trail and its darks."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from nightside.plan.drafts import Ask, Expansion, chained
from nightside.plan.hands import HAND_US, standing, turned
from nightside.plan.means import Means
from nightside.plan.preflight import Complaint
from nightside.plan.programs.base import Program
from nightside_drivers.api import Exposure

if TYPE_CHECKING:
    from nightside.plan.programs.base import AnyProgram

LONGEST_US = 7 * 86_400_000_000
"""Room without end, to see how long a part is."""


class Sequence(Program):
    """Parts in their order. Those with an end of their own get the time that they need; the others share what is left."""

    kind: Literal["sequence"] = "sequence"
    parts: "tuple[AnyProgram, ...]" = Field(min_length=1, max_length=50)
    """The programs, each a table `[[parts]]`. Anchors, priority and fallback belong to the whole."""

    @property
    def bounded(self) -> bool:
        """If all of its parts are."""
        return all(part.bounded for part in self.parts)

    def exposures(self) -> tuple[Exposure, ...]:
        """Those of its parts."""
        return tuple(dict.fromkeys(exposure for part in self._matched() for exposure in part.exposures()))

    def complaints(self, means: Means) -> Iterator[Complaint]:
        """Those of its parts."""
        for index, part in enumerate(self._matched()):
            for complaint in part.complaints(means):
                yield Complaint(complaint.what, complaint.means, complaint.remedy, self._with(index, complaint.instead))

    def expand(self, room_us: int, means: Means) -> Expansion:
        """Part after part, each in the room that it is given."""
        parts = self._matched()
        needs = [part.expand(LONGEST_US, means).reach_us if part.bounded else None for part in parts]
        placed: list[Expansion] = []
        missing: list[str] = []
        at_us = 0
        for index, part in enumerate(parts):
            later = needs[index + 1 :]
            reserved_us = sum((need or 0) + means.gap_us + means.change_us for need in later)
            sharing = 1 + sum(need is None for need in later)
            need_us = needs[index]
            share_us = (room_us - at_us - reserved_us) // sharing if need_us is None else need_us
            begun = self._begin(placed, part.expand(min(share_us, room_us - at_us), means), at_us, means)
            if begun is None or begun.reach_us > room_us:
                missing.append(part.called)
                continue
            placed.append(begun.named(part.called))
            at_us = begun.reach_us + means.gap_us + means.change_us
        whole = chained(placed)
        left_out = (f"There is no room for {', '.join(missing)}.",) if missing else ()
        return Expansion(whole.drafts, whole.asks, whole.warnings + left_out, whole.notes, whole.by_hand, whole.undo)

    def _begin(self, placed: list[Expansion], part: Expansion, at_us: int, means: Means) -> Expansion | None:
        """A part behind those that are placed, with time for hands where they are needed in between."""
        if not part.drafts:
            return None
        before = placed[-1] if placed else None
        if before is None:
            return part.later(at_us)
        now = standing([draft for expansion in placed for draft in expansion.drafts], means)
        if not (before.undo or turned(now, part.drafts[0].exposure, means)):
            return part.later(at_us)
        moved = part.later(at_us if part.asks and not before.undo else at_us + HAND_US)
        if not before.undo:
            return moved
        ask = Ask(0, at_us, before.undo)
        return Expansion(moved.drafts, (ask, *moved.asks), moved.warnings, moved.notes, moved.by_hand, moved.undo)

    def _matched(self) -> tuple[Program, ...]:
        """The parts, each as it is after the one before."""
        matched: list[Program] = []
        for part in self.parts:
            matched.append(part.after(matched[-1]) if matched else part)
        return tuple(matched)

    def _with(self, index: int, instead: Program | None) -> Program | None:
        if instead is None:
            return None
        return self.revised({"parts": (*self.parts[:index], instead, *self.parts[index + 1 :])})

    @model_validator(mode="after")
    def _parts_are_plain(self) -> Self:
        for part in self.parts:
            refuse_what_belongs_to_the_whole(part)
        return self


def refuse_what_belongs_to_the_whole(part: Program) -> None:
    """Refuse a part that says when it is to be shot: the whole does.

    Raises:
        ValueError: it does.
    """
    for name in ("start", "end", "min_length_s", "fallback", "priority"):
        if getattr(part, name) != type(part).model_fields[name].default:
            raise ValueError(f"{name} of {part.called} belongs to the whole, not to one of its parts")
