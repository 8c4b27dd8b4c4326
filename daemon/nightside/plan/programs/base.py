"""What every kind of program has, and what it must be able to say."""

import abc
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, TypeAlias, cast

from pydantic import ConfigDict, Field, ValidationError, model_validator

from nightside.plan.anchors import AnchorText, crossed
from nightside.plan.drafts import Draft, Expansion, Limits
from nightside.plan.means import SPEED_TOLERANCE, Means
from nightside.plan.preflight import Complaint, exposure_complaints
from nightside.plan.values import LateStart, Overrun, Value
from nightside.plan.when import When
from nightside_drivers.api import Exposure, ReleaseKind

if TYPE_CHECKING:
    AnyProgram: TypeAlias = "Program"

Seconds = Annotated[float, Field(gt=0, le=86400)]
"""A time in which something happens: never none, and never more than a day."""
DEEPEST = 5
"""How deep programs may nest. Each level is expanded twice, to see how long its parts are."""
ExposureTime = Annotated[float, Field(gt=0, le=3600)]


class Program(Value, abc.ABC):
    """What to shoot. A kind of program is a subclass with a `kind` of its own, in a file of its own in this package."""

    model_config = ConfigDict(defer_build=True)

    version: Literal[1] = 1
    """Of the format of this file."""
    name: str = Field(default="", max_length=40, pattern=r"^[a-z0-9-]*$")
    """Names the session and its folders: small letters, digits and hyphens. The kind, when not given."""
    start: AnchorText | None = None
    """Not before this instant, such as `window.start+90s`, `umbra.middle` or `moonset`. The window's start, when not given."""
    end: AnchorText | None = None
    """Not after this instant. The window's end, when not given."""
    min_length_s: Seconds | None = None
    """It is not begun in less room than this (s)."""
    fallback: "AnyProgram | None" = None
    """What is shot instead where there is not enough room for it."""
    priority: int = Field(default=0, ge=-100, le=100)
    """Of several programs that want the same time, the one with the higher priority gets it; of equals, the first one."""
    when: When | None = None
    """Where it is not for every night of a configuration: when it is, by `cron` or by a `condition`. What a person arms is shot
    whenever it is night."""
    late_start: LateStart = LateStart.JOIN
    """What becomes of it when its window has begun already: `join` uses what is left, `whole` wants room for all
    of it, `skip` waits for the next."""

    @property
    def kind_name(self) -> str:
        """Which kind of program it is, as files say it."""
        return kind_of(type(self))

    @property
    def called(self) -> str:
        """Its name, for people, sessions and folders."""
        return self.name or self.kind_name

    @property
    def depth(self) -> int:
        """How deep its parts nest; 1 for one that has none."""
        return 1

    @property
    @abc.abstractmethod
    def bounded(self) -> bool:
        """Whether it ends by itself, however much room there is."""

    @abc.abstractmethod
    def exposures(self) -> tuple[Exposure, ...]:
        """Every exposure that it asks for, once, the most important one first."""

    @abc.abstractmethod
    def complaints(self, means: Means) -> Iterator[Complaint]:
        """What of it the body cannot do, worst first."""

    @abc.abstractmethod
    def expand(self, room_us: int, means: Means) -> Expansion:
        """As much of it as fits into a room, in which nothing else happens. Called only when there are no complaints."""

    def after(self, previous: "Program") -> "Program":
        """This program as it is when it follows another one in a sequence: most do not care."""
        del previous
        return self

    def shorter(self, room_us: int, means: Means) -> "Program | None":
        """The nearest program that fits into a room in which nothing of this one does; none, if the kind knows none."""
        del room_us, means
        return None

    def revised(self, changes: Mapping[str, Any]) -> Self:
        """This program with other values, checked again.

        Raises:
            pydantic.ValidationError: they make no program.
        """
        return type(self).model_validate({name: getattr(self, name) for name in type(self).model_fields} | dict(changes))

    def tried(self, changes: Mapping[str, Any]) -> Self | None:
        """This program with other values, or nothing where they make no program."""
        try:
            return self.revised(changes)
        except ValidationError:
            return None

    @model_validator(mode="after")
    def _anchors_in_order(self) -> Self:
        if self.start is not None and self.end is not None and crossed(self.start, self.end):
            raise ValueError(f"its anchors cross: start is {self.start}, which is not before end, {self.end}")
        return self

    @model_validator(mode="after")
    def _fallback_stands_alone(self) -> Self:
        if self.fallback is not None and self.fallback.priority != 0:
            raise ValueError("a fallback has the priority of what it stands in for; leave its own out")
        if self.fallback is not None and self.fallback.fallback is not None:
            raise ValueError("a fallback has no fallback of its own: let it be something that always fits")
        return self

    @model_validator(mode="after")
    def _when_is_for_the_whole(self) -> Self:
        values: list[object] = [getattr(self, name) for name in type(self).model_fields]
        tuples = [cast("tuple[object, ...]", value) for value in values if isinstance(value, tuple)]
        parts = [*values, *(part for several in tuples for part in several)]
        if any(isinstance(part, Program) and part.when is not None for part in parts):
            raise ValueError("a part, or a fallback, cannot have a `when` of its own: it belongs to the program as a whole")
        return self

    @model_validator(mode="after")
    def _not_too_deep(self) -> Self:
        if self.depth > DEEPEST:
            raise ValueError(f"its parts nest more than {DEEPEST} deep: write them side by side")
        return self


class Exposing(Program):
    """A program that exposes by itself, and is not made of others."""

    iso: int | None = Field(default=None, gt=0)
    """ISO; as the body is set, when not given."""
    aperture: float | None = Field(default=None, gt=0)
    """f-number; on a D3s the lens ring sets it, and preflight checks it."""
    release: Literal["usb", "usb-bulb", "wired"] = "usb"
    """How the shutter is opened. Exposures longer than the body times itself need `wired`, or `usb-bulb` where the body has it."""
    overrun: Overrun | None = None
    """What becomes of a shot for which the body is not free: `skip`, `push` or `shorten`. What suits the kind, when not given."""
    focal_mm: float | None = Field(default=None, gt=0, le=5000)
    """Focal length of the lens (mm), to say how far the stars move."""
    tolerance: ClassVar[float] = SPEED_TOLERANCE
    """How far (relative) an exposure may be from what was asked for."""

    @property
    @abc.abstractmethod
    def usual_overrun(self) -> Overrun:
        """The policy that suits this kind."""

    @property
    def policy(self) -> Overrun:
        """The policy that holds."""
        return self.overrun or self.usual_overrun

    @property
    def opened_by(self) -> ReleaseKind:
        """The release of all its shots."""
        return ReleaseKind(self.release)

    @abc.abstractmethod
    def with_exposure(self, old_s: float, new_s: float) -> Program | None:
        """The same with another exposure time in the place of one that the body does not have."""

    def with_iso(self, _old: int, new: int) -> Program | None:
        """The same with another ISO in the place of one that the body does not have."""
        return self.tried({"iso": new})

    def asked(self, shutter_s: float, iso: int | None = None) -> Exposure:
        """The settings of a shot of this length."""
        return Exposure(shutter_s, iso or self.iso, self.aperture, self.opened_by)

    def draft(self, shutter_s: float, means: Means, iso: int | None = None) -> Draft:
        """A shot of this length, at the start of its room, as the body will make it."""
        exposure = means.taken_as(self.asked(shutter_s, iso))
        return Draft(0, round(exposure.shutter_s * 1e6), exposure, self.policy)

    def complaints(self, means: Means) -> Iterator[Complaint]:
        """Release, exposure times, ISO, policy, in that order."""
        yield from exposure_complaints(self, means)

    def moves(self, means: Means) -> tuple[str, ...]:
        """How far the stars move during its longest exposure, where the lens is known."""
        longest_s = max(exposure.shutter_s for exposure in self.exposures())
        pixels = None if self.focal_mm is None else means.trail_px(longest_s, self.focal_mm)
        if pixels is None:
            return ()
        return (f"In {longest_s:g} s a star moves {pixels:.1f} px at {self.focal_mm:g} mm on a {means.body.model}.",)


class Steady(Exposing):
    """A program of equal exposures."""

    exposure_s: ExposureTime
    """Length of one exposure (s)."""
    shots: int | None = Field(default=None, gt=0)
    """How many exposures at the most; as many as fit, when not given."""

    @property
    def bounded(self) -> bool:
        """By its number of shots, or by what a kind adds."""
        return self.shots is not None

    def exposures(self) -> tuple[Exposure, ...]:
        """The one."""
        return (self.asked(self.exposure_s),)

    def with_exposure(self, old_s: float, new_s: float) -> Program | None:
        """The same with a different length of each exposure."""
        return self.tried({"exposure_s": new_s})

    def shorter(self, room_us: int, means: Means) -> Program | None:
        """With the longest exposure that fits."""
        fitting = [speed for speed in means.body.shutter_speeds_s if speed * 1e6 <= room_us]
        return self.revised({"exposure_s": fitting[-1]}) if fitting and fitting[-1] < self.exposure_s else None


class Timed(Steady):
    """A program of equal exposures that may be told how long to go on."""

    total_s: Seconds | None = None
    """How long it is (s), first opening to last closing; the whole window, when neither this nor `shots` is given."""

    @property
    def bounded(self) -> bool:
        """By its shots, or its length."""
        return self.shots is not None or self.total_s is not None

    def limits(self, room_us: int) -> Limits:
        """How much of it is wanted."""
        return Limits(room_us, self.shots, None if self.total_s is None else microseconds(self.total_s))


def kind_of(program: type[Program]) -> str:
    """What a class of programs is called in a file."""
    return str(program.model_fields["kind"].default)


def microseconds(seconds: float) -> int:
    """Whole microseconds."""
    return round(seconds * 1e6)
