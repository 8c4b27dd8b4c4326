"""When a configured program is shot, where that is not every night: by cron or by a condition; and what that leaves of windows."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Self

from pydantic import Field, model_validator

from nightside.plan.values import Value
from nightside.sky.window import Window


class When(Value):
    """A part of the nights. In it this program is shot, and those that have no `when` of their own are not."""

    cron: str | None = Field(default=None, max_length=100)
    """When it begins, as the five fields of cron (UTC), such as `0 22 * * 5`: every Friday at 22:00. Together with `minutes`."""
    minutes: float | None = Field(default=None, gt=0, le=24 * 60)
    """How long that lasts."""
    condition: str | None = Field(default=None, max_length=1000)
    """What must hold beside the configured condition of night, such as `~moon_up`."""
    min_length_s: float = Field(default=0, ge=0, le=86400)
    """Shorter pieces (s) are left to the other programs."""

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (self.cron is None) != (self.minutes is None):
            raise ValueError("cron and minutes come together")
        if self.cron is None and self.condition is None and not self.min_length_s:
            raise ValueError("there must be cron and minutes, a condition, or min_length_s")
        return self


def without(window: Window, taken: Iterable[Window], least: timedelta) -> Iterator[Window]:
    """What is left of a window beside others, in pieces that are not too short. In order, where `taken` is."""
    left: Window | None = window
    for other in sorted(taken, key=lambda one: one.start):
        if left is None or other.end <= left.start or left.end <= other.start:
            continue
        before = replace(left, end=other.start, clipped_end=False)
        if before.duration > timedelta() and before.duration >= least:
            yield before
        left = replace(left, start=other.end, clipped_start=False) if other.end < left.end else None
    if left is not None and left.duration >= least:
        yield left
