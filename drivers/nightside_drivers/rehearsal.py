"""`TwinDriver`: the twin in this very process, as a driver: for rehearsals and for whoever writes a driver. No wire, no libgphoto2.

It keeps the asynchronous `TwinBody` on an event loop of its own, and blocks as drivers do.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from nightside_drivers.api import (
    ABSENT,
    Applied,
    BodyState,
    Capabilities,
    CardFile,
    ClockOffset,
    Exposure,
    Identity,
    Look,
    Portion,
    ReleaseKind,
    Setting,
    Taken,
    View,
)
from nightside_drivers.clock import Clock, ScaledClock, SystemClock
from nightside_drivers.errors import BodyNotFound, BodyRefused, DriverMissing
from nightside_drivers.twin.at_hand import TwinBody
from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.facts import UnknownBody, load
from nightside_drivers.twin.options import Options

T = TypeVar("T")
DEFAULT_SERIAL = "2012345"


class TwinDriver:
    """A `Driver` made of one `BodyModel`."""

    def __init__(self, model: BodyModel) -> None:
        """`model` is what it drives; its clock must be one that runs by itself."""
        self._model = model
        self._body = TwinBody(model)
        self._loop: asyncio.Runner | None = None
        self._capabilities: Capabilities | None = None

    def open(self) -> Identity:
        """Open a session."""
        self._loop = self._loop or asyncio.Runner()
        opened = self._do(self._body.open())
        # What at_hand knows of a body it takes from the table; in process there is neither wire nor bulb.
        self._capabilities = replace(opened.capabilities, releases=frozenset({ReleaseKind.USB}))
        return opened.identity

    def close(self) -> None:
        """End the session."""
        loop, self._loop = self._loop, None
        if loop is not None:
            loop.run(self._body.close())
            loop.close()

    def capabilities(self) -> Capabilities:
        """The table's entry, by USB trigger only."""
        if self._capabilities is None:
            raise BodyNotFound("The twin is not open.", remedy="Open it first.")
        return self._capabilities

    def state(self) -> BodyState:
        """The battery; the twin's other dials are its control face's business."""
        return self._do(self._body.state())

    def prepare(self, exposure: Exposure) -> Exposure:
        """Write shutter and ISO."""
        if exposure.release is not ReleaseKind.USB:
            raise BodyRefused(f"The twin in process is not released by {exposure.release}.", remedy="Use its PTP/IP face.")
        return self._do(self._body.prepare(exposure))

    def apply(self, wishes: dict[Setting, str]) -> tuple[Applied, ...]:
        """None can be given here, which is said of each."""
        return tuple(Applied(setting, asked, ABSENT, ABSENT) for setting, asked in wishes.items())

    def restore(self) -> tuple[Applied, ...]:
        """Nothing was changed."""
        return ()

    def clock_offset(self, within_s: float) -> ClockOffset:
        """What the model knows of its own clock."""
        return self._do(self._body.clock_offset(within_s))

    def set_clock(self) -> None:
        """Have the model go by the clock that it was given."""
        self._do(self._body.set_clock())

    def shoot(self, open_at: float, open_by: float, close_at: float) -> Taken:
        """Trigger to the card."""
        return self._do(self._body.shoot(open_at, open_by, close_at))

    def reported(self, within_s: float) -> tuple[CardFile, ...]:
        """Poll for events."""
        return self._do(self._body.reported(within_s))

    def files(self) -> tuple[CardFile, ...]:
        """List the cards."""
        return self._do(self._body.files())

    def fetch(self, file: CardFile, into: int, start: int = 0, until: float | None = None) -> Portion:
        """Read what is missing of a file."""
        return self._do(self._body.fetch(file, into, start, until))

    def delete(self, file: CardFile) -> None:
        """Delete a file."""
        self._do(self._body.delete(file))

    def view(self, look: Look, into: int) -> View:
        """Look through the model's live view."""
        return self._do(self._body.view(look, into))

    def end_view(self) -> None:
        """Mirror down."""
        if self._loop is not None:
            self._do(self._body.end_view())

    def _do(self, act: Coroutine[Any, Any, T]) -> T:
        if self._loop is None:
            act.close()
            raise BodyNotFound("The twin is not open.", remedy="Open it first.")
        return self._loop.run(act)


def connect(options: Mapping[str, str]) -> TwinDriver:
    """The driver's entry point. `port` names the body (d3s, d800e), `serial` its number, `speed` how fast its time passes."""
    name = options.get("port", "").removeprefix("usb:") or "d3s"
    speed = float(options.get("speed", "1"))
    clock: Clock = SystemClock() if speed == 1 else ScaledClock(SystemClock().utc(), speed)
    try:
        facts = load(name)
    except UnknownBody as error:
        raise DriverMissing(f"The twin cannot be that body: {error}.", remedy="Name one as `port`.") from error
    return TwinDriver(BodyModel(facts, clock, Options(serial=options.get("serial") or DEFAULT_SERIAL)))
