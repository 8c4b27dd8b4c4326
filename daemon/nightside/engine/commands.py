"""What a person may tell a running engine: typed commands, the same from a key, a socket or, later, the HTTP API.

None of them touches a body: `nightside.engine.controls` keeps what was asked for, and the runner heeds it where that hurts no
exposure in flight. `abort` alone ends one.
"""

from typing import Annotated, Literal

from pydantic import Field

from nightside.plan.values import Value


class Order(Value):
    """What all commands have."""

    body: str | None = None
    """Serial number of the body that is meant; all of them, when not given."""


class Pause(Order):
    """Begin no further exposure before `resume`, or before the window is over: a pause that is forgotten costs one window.

    Between two windows it is for the next.
    """

    kind: Literal["pause"] = "pause"


class Resume(Order):
    """Go on after a pause."""

    kind: Literal["resume"] = "resume"


class Skip(Order):
    """Leave out the next releases that have not begun."""

    kind: Literal["skip"] = "skip"
    releases: int = Field(default=1, ge=1, le=100_000)


class StopAfterShot(Order):
    """End this window when the exposure in flight is over. Its frames are drained as always."""

    kind: Literal["stop-after-shot"] = "stop-after-shot"


class Abort(Order):
    """End this window at once, and close the shutter as far as anything but the body can."""

    kind: Literal["abort"] = "abort"


class Emergency(Order):
    """Shoot now, with sane settings, whatever the plan says; the plan goes on afterwards with what is left of it."""

    kind: Literal["emergency"] = "emergency"


class Confirm(Order):
    """Say that what was asked for is done: the lens cap is on, or the clock is right."""

    kind: Literal["confirm"] = "confirm"
    what: Literal["prompt", "clock"] = "prompt"


Command = Annotated[Pause | Resume | Skip | StopAfterShot | Abort | Emergency | Confirm, Field(discriminator="kind")]

KINDS: dict[str, type[Command]] = {
    "pause": Pause,
    "resume": Resume,
    "skip": Skip,
    "stop-after-shot": StopAfterShot,
    "abort": Abort,
    "emergency": Emergency,
    "confirm": Confirm,
}
