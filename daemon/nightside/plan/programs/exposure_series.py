"""Exposure series: a list of exposures, each with its own time and ISO, once or again and again."""

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from nightside.plan.drafts import Draft, Expansion, in_rounds
from nightside.plan.means import Means
from nightside.plan.preflight import Complaint
from nightside.plan.programs.base import Exposing, ExposureTime, Program, Seconds, microseconds
from nightside.plan.values import Overrun, Value
from nightside_drivers.api import Exposure


class Step(Value):
    """One exposure of a series."""

    exposure_s: ExposureTime
    """Its length (s)."""
    iso: int | None = Field(default=None, gt=0)
    """Its ISO; the series' own, when not given."""


class ExposureSeries(Exposing):
    """Exposures that are written down one by one, to find the right one or to cover what changes too much for any."""

    kind: Literal["exposure-series"] = "exposure-series"
    series: tuple[Step, ...] = Field(min_length=1, max_length=200)
    """The exposures in their order, as in `series = [{ exposure_s = 1 }, { exposure_s = 4, iso = 800 }]`."""
    rounds: int | None = Field(default=None, gt=0)
    """How often the whole series is taken; as often as fits, when not given."""
    every_s: Seconds | None = None
    """From the start of one round to the start of the next (s); one after the other, when not given."""

    @property
    def bounded(self) -> bool:
        """Where the rounds are counted."""
        return self.rounds is not None

    @property
    def usual_overrun(self) -> Overrun:
        """The order matters more than the instant."""
        return Overrun.PUSH

    def exposures(self) -> tuple[Exposure, ...]:
        """Each different one."""
        return tuple(dict.fromkeys(self.asked(step.exposure_s, step.iso) for step in self.series))

    def complaints(self, means: Means) -> Iterator[Complaint]:
        """And whether rounds follow each other as quickly as asked for."""
        yield from super().complaints(means)
        if self.every_s is None or self.rounds == 1:
            return
        least_us = in_rounds(self._cycle(means), means.gaps_us, None, 2, 10**15)[len(self.series)].open_us
        if microseconds(self.every_s) < least_us:
            yield Complaint(
                f"{self.called} asks for a round of {len(self.series)} every {self.every_s:g} s.",
                f"One takes {least_us / 1e6:g} s on a {means.body.model}.",
                f"Use every_s = {least_us / 1e6:g} or more.",
                self.tried({"every_s": least_us / 1e6}),
            )

    def expand(self, room_us: int, means: Means) -> Expansion:
        """Whole rounds."""
        every_us = None if self.every_s is None else microseconds(self.every_s)
        drafts = in_rounds(self._cycle(means), means.gaps_us, every_us, self.rounds, room_us)
        return Expansion(drafts, notes=self.moves(means))

    def with_exposure(self, old_s: float, new_s: float) -> Program | None:
        """The same with one of its exposure times replaced."""
        return self.tried({"series": [_with(step, "exposure_s", old_s, new_s) for step in self.series]})

    def with_iso(self, old: int, new: int) -> Program | None:
        """The same with one of its ISO values replaced."""
        return self.tried(
            {"iso": new if self.iso == old else self.iso, "series": [_with(step, "iso", old, new) for step in self.series]}
        )

    def _cycle(self, means: Means) -> list[Draft]:
        return [self.draft(step.exposure_s, means, step.iso) for step in self.series]


def _with(step: Step, field: str, old: float, new: float) -> Step:
    return step.model_copy(update={field: new}) if getattr(step, field) == old else step
