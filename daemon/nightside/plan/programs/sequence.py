"""Sequence: programs one after the other, such as a star trail and its darks."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from nightside.plan.drafts import MOST_SHOTS, Expansion, chained
from nightside.plan.hands import HAND_US, at_first, standing, turned
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
    def depth(self) -> int:
        """One more than its deepest part's."""
        return 1 + max(part.depth for part in self.parts)

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
        samples: list[Expansion] = []
        for part in parts:
            samples.append(part.expand(LONGEST_US if part.bounded else room_us, means))
            if sum(len(sample.drafts) for sample in samples) > MOST_SHOTS:
                return chained(samples)  # refused by whoever asked, as too much for any card
        needs = [sample.reach_us if part.bounded else None for part, sample in zip(parts, samples, strict=True)]
        pauses = self._pauses(samples, means)
        placed: list[Expansion] = []
        missing: list[str] = []
        end_us = 0
        for index, part in enumerate(parts):
            begin_us = end_us + pauses[index]
            left_us = room_us - begin_us
            share_us = self._share(left_us, needs[index:], pauses[index + 1 :])
            expansion = part.expand(max(0, min(share_us, left_us)), means)
            if not expansion.drafts:
                missing.append(part.called)
                continue
            placed.append(expansion.later(begin_us).named(part.called))
            end_us = placed[-1].reach_us
        whole = chained(placed)
        left_out = (f"There is no room for {', '.join(missing)}.",) if missing else ()
        return replace(whole, warnings=whole.warnings + left_out)

    @staticmethod
    def _share(left_us: int, needs: list[int | None], later_pauses: list[int]) -> int:
        """The room of the first of these parts: what it needs, or an equal part of what the others do not need."""
        if needs[0] is not None:
            return needs[0]
        reserved_us = sum(need or 0 for need in needs) + sum(later_pauses)
        return (left_us - reserved_us) // sum(need is None for need in needs)

    @staticmethod
    def _pauses(samples: list[Expansion], means: Means) -> list[int]:
        """How long before each part nothing happens: settings are written, or hands are at work."""
        pauses: list[int] = []
        exposures = [draft.exposure for sample in samples for draft in sample.drafts]
        now = at_first(exposures, means) if exposures else {}
        before = Expansion()
        for sample in samples:
            first = sample.drafts[0].exposure if sample.drafts else None
            by_hand = first is not None and bool(turned(now, first, means)) and not sample.asks
            pause_us = HAND_US if before.undo or by_hand else means.gap_us + means.change_us
            pauses.append(pause_us if before.drafts else 0)
            if sample.drafts:
                now |= standing(sample.drafts, means)
                before = sample
        return pauses

    def _matched(self) -> tuple[Program, ...]:
        """The parts, each as it is after the one before."""
        matched: list[Program] = []
        for part in self.parts:
            matched.append(part.after(matched[-1]) if matched else part)
        return tuple(matched)

    def _with(self, index: int, instead: Program | None) -> Program | None:
        if instead is None:
            return None
        return self.tried({"parts": (*self.parts[:index], instead, *self.parts[index + 1 :])})

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
