"""Repeat: a program again and again, such as a burst every ten minutes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from nightside.plan.drafts import MOST_SHOTS, Expansion, chained
from nightside.plan.hands import HAND_US
from nightside.plan.means import Means
from nightside.plan.preflight import Complaint
from nightside.plan.programs.base import Program, Seconds, microseconds
from nightside.plan.programs.sequence import LONGEST_US, refuse_what_belongs_to_the_whole
from nightside_drivers.api import Exposure

if TYPE_CHECKING:
    from nightside.plan.programs.base import AnyProgram


class Repeat(Program):
    """A program with an end of its own, over and over."""

    kind: Literal["repeat"] = "repeat"
    program: "AnyProgram"
    """What is repeated, a table `[program]`. It must end by itself: give it `shots` or `total_s`."""
    times: int | None = Field(default=None, gt=0)
    """How often; for as long as there is room, when not given."""
    every_s: Seconds | None = None
    """From one start to the next (s); one after the other, when not given."""

    @property
    def depth(self) -> int:
        """One more than the program's."""
        return 1 + self.program.depth

    @property
    def bounded(self) -> bool:
        """Where the times are counted."""
        return self.times is not None

    def exposures(self) -> tuple[Exposure, ...]:
        """The program's."""
        return self.program.exposures()

    def complaints(self, means: Means) -> Iterator[Complaint]:
        """The program's, and whether it is over when it is to begin again."""
        found = False
        for complaint in self.program.complaints(means):
            found = True
            instead = None if complaint.instead is None else self.tried({"program": complaint.instead})
            yield Complaint(complaint.what, complaint.means, complaint.remedy, instead)
        if found or self.every_s is None or self.times == 1:
            return
        least_us = self._pitch_us(self.program.expand(LONGEST_US, means), means)
        if microseconds(self.every_s) < least_us:
            yield Complaint(
                f"{self.called} asks for {self.program.called} every {self.every_s:g} s.",
                f"It and the pause after it take {least_us / 1e6:g} s on a {means.body.model}.",
                f"Use every_s = {least_us / 1e6:g} or more.",
                self.tried({"every_s": least_us / 1e6}),
            )

    def expand(self, room_us: int, means: Means) -> Expansion:
        """Whole ones, and what fits of the last."""
        once = self.program.expand(LONGEST_US, means)
        if not once.drafts:
            return once
        pitch_us = self._pitch_us(once, means) if self.every_s is None else microseconds(self.every_s)
        most = MOST_SHOTS // len(once.drafts) + 1
        placed: list[Expansion] = []
        for index in range(most if self.times is None else min(most, self.times)):
            left_us = room_us - index * pitch_us
            begun = once if once.reach_us <= left_us else self.program.expand(max(0, left_us), means)
            if not begun.drafts:
                break
            placed.append(begun.later(index * pitch_us).named(self.program.called))
        return chained(placed)

    def _pitch_us(self, once: Expansion, means: Means) -> int:
        hands_us = HAND_US if once.undo else 0
        return once.reach_us + means.gap_us + means.change_us + hands_us

    @model_validator(mode="after")
    def _ends(self) -> Self:
        refuse_what_belongs_to_the_whole(self.program)
        if not self.program.bounded:
            raise ValueError(
                f"what is repeated must end by itself, and {self.program.called} does not: give it shots or total_s"
            )
        return self
