"""What a plan is made of. Frozen, and stored in the ledger as JSON, so that a restart reads back what was decided."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from nightside_drivers.api import Exposure, ReleaseKind


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


Utc = Annotated[AwareDatetime, AfterValidator(_utc)]
"""An instant, kept in UTC whatever zone it was written in."""


class Value(BaseModel):
    """A frozen value that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)


class Sent(Value):
    """A value that is sent to the daemon as a whole. Built at once: FastAPI describes a body that is built later with warnings."""

    model_config = ConfigDict(defer_build=False)


class Overrun(StrEnum):
    """What becomes of a shot whose instant comes while the body is still busy."""

    SKIP = "skip"
    """It is missed, and the grid stays."""
    PUSH = "push"
    """It opens late, as soon as the body is free, if it still ends inside the window."""
    SHORTEN = "shorten"
    """It opens late and closes when it was to close: for exposures that the body does not time itself."""


class LateStart(StrEnum):
    """What becomes of a program whose window has begun before anybody could shoot: after a start, not after a restart."""

    JOIN = "join"
    """What is left of the window is used."""
    WHOLE = "whole"
    """It is shot if all of it still fits, and left for the next window otherwise."""
    SKIP = "skip"
    """It is left for the next window."""


class Span(Value):
    """The time that a plan may use, uncertainty taken off at both edges: no exposure reaches outside it."""

    start: Utc
    end: Utc
    uncertainty_s: float = Field(ge=0)
    """How far (s, one side) the window's edges may be off; already taken off `start` and `end`."""

    @property
    def duration(self) -> timedelta:
        """How long it is."""
        return self.end - self.start


class Shot(Value):
    """One planned exposure. Neighbours may differ in anything: the body is prepared again where they do."""

    index: int = Field(ge=0)
    open_at: Utc
    close_at: Utc
    exposure: Exposure
    release: ReleaseKind = ReleaseKind.USB
    joined: bool = False
    """Taken by the release of the shot before it: all but the first of a burst, or of a held release."""
    part: str = ""
    """The program that it belongs to, where a plan has several; the plan's own, when empty."""
    overrun: Overrun | None = None
    """Its part's policy, where it is not the plan's."""
    drift_s: float = Field(default=0, ge=0)
    """How much later (s) than planned it may end, where the body's own gap between two frames of a release decides."""


class Prompt(Value):
    """Something that a person does in mid-plan, such as putting the lens cap on."""

    before: int = Field(ge=0)
    """Index of the first shot that needs it done."""
    at: Utc
    """When to say it: the shots before it are over, and there is time until the next."""
    says: str
    waits: bool = True
    """Whether the shots up to the next prompt are of no use until somebody says that it is done: they are missed otherwise."""


class Plan(Value):
    """A program laid over one window: what will be shot, in order, and what a person should know first."""

    version: Literal[1, 2] = 2
    """1 had no parts, prompts or forecasts: it reads as a plan without them."""
    program: str
    """The program's name; of several, their names with + between them."""
    kind: str
    body: str
    """Model of the body that it was laid for."""
    span: Span
    shots: tuple[Shot, ...] = Field(min_length=1)
    overrun: Overrun
    """Of the shots that name none of their own."""
    late_start: LateStart = LateStart.JOIN
    slack_s: float = Field(gt=0)
    """How late (s) a shot may open without counting as an overrun."""
    frame_bytes: int = Field(gt=0)
    """What to expect of one frame."""
    drain_s: float | None = Field(default=None, ge=0)
    """How long (machine time) it should take to copy all frames off the card; `None` where nobody knows."""
    battery_percent: float | None = Field(default=None, ge=0)
    """How much of a full battery the shots should take; more than 100 is more than one battery."""
    prompts: tuple[Prompt, ...] = ()
    """In the order in which they are due."""
    by_hand: tuple[str, ...] = ()
    """What a person must set on body and lens before the first shot, since nothing else can."""
    warnings: tuple[str, ...] = ()
    """What may be otherwise than expected."""
    notes: tuple[str, ...] = ()
    """What is good to know."""

    @property
    def id(self) -> str:
        """The window's name: the instant it starts, in a form that is a file name too."""
        return f"{self.span.start:%Y%m%dT%H%M%SZ}"

    @property
    def expected_bytes(self) -> int:
        """Room that all frames together will take."""
        return self.frame_bytes * len(self.shots)

    def overrun_of(self, shot: Shot) -> Overrun:
        """What becomes of this shot if the body is not free for it."""
        return shot.overrun or self.overrun

    def part_of(self, shot: Shot) -> str:
        """The name of the program that this shot belongs to."""
        return shot.part or self.program

    @property
    def volleys(self) -> tuple[tuple[Shot, ...], ...]:
        """The shots, those that one release takes together side by side: what a body is told to do, one after the other."""
        starts = [position for position, shot in enumerate(self.shots) if not (shot.joined and position)]
        return tuple(self.shots[a:b] for a, b in pairwise([*starts, len(self.shots)]))

    def checked(self) -> Self:
        """This plan, once its shots have been found ordered, disjoint and inside the span.

        Raises:
            ValueError: they are not. That is a fault of the program's expansion, never of a person.
        """
        before = self.span.start
        for shot in self.shots:
            if not before <= shot.open_at < shot.close_at <= self.span.end:
                raise ValueError(f"shot {shot.index} of {self.program} lies outside its window or over another shot")
            before = shot.close_at
        if any(prompt.before >= len(self.shots) for prompt in self.prompts):
            raise ValueError(f"a prompt of {self.program} comes after its last shot")
        return self
