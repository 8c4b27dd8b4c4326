"""`Rig`: a body and the release line that is plugged into it, as one driver.

The body is set up and emptied over USB and released by wire. While the shutter may be open nothing is said over USB: reading
the card ends a bulb exposure on real Nikons (gphoto2 #52, #546).
"""

from collections.abc import Callable
from dataclasses import replace

from nightside_drivers.api import (
    Applied,
    BodyState,
    Capabilities,
    CardFile,
    ClockOffset,
    Driver,
    Exposure,
    Identity,
    Look,
    Portion,
    ReleaseKind,
    Setting,
    Taken,
    View,
)
from nightside_drivers.clock import machine_now
from nightside_drivers.errors import BodyRefused, ReleaseFailed
from nightside_drivers.protocol import CloseEarlier
from nightside_drivers.wired.release import CLICK_S, WiredRelease

BY_WIRE = frozenset({ReleaseKind.WIRED, ReleaseKind.HELD})
SEVERAL = frozenset({ReleaseKind.BURST, ReleaseKind.HELD})


class Rig:
    """A `Driver` that takes wired exposures too, if it has a wire. Whatever is not by wire the body's own driver does."""

    def __init__(self, body: Driver, release: WiredRelease | None) -> None:
        """Neither is open yet."""
        self._body = body
        self._release = release
        self._prepared: Exposure | None = None
        self._longest_s = 0.0
        self.told_earlier: Callable[[], CloseEarlier | None] = lambda: None
        """Is asked, while a shutter is held open, whether it is to close earlier than was said."""

    def open(self) -> Identity:
        """Take the release line first: without it there is no need to disturb the body."""
        if self._release is not None:
            self._release.open()
        return self._body.open()

    def close(self) -> None:
        """Let go of the line before anything that may hang."""
        if self._release is not None:
            self._release.close()
        self._body.close()

    def capabilities(self) -> Capabilities:
        """The body's; by wire only where there is a wire."""
        found = self._body.capabilities()
        return found if self._release is not None else replace(found, releases=found.releases - BY_WIRE)

    def state(self) -> BodyState:
        """The body's."""
        return self._body.state()

    def prepare(self, exposure: Exposure) -> Exposure:
        """Set the body up; an exposure by wire that is longer than it times itself, for bulb."""
        self._prepared = None
        if exposure.release in BY_WIRE:
            self._longest_s = self._body.capabilities().longest_exposure_s
        self._refuse(exposure)
        taken = self._body.prepare(exposure)
        self._prepared = taken if exposure.release in BY_WIRE else None
        return taken

    def apply(self, wishes: dict[Setting, str]) -> tuple[Applied, ...]:
        """The body's."""
        return self._body.apply(wishes)

    def restore(self) -> tuple[Applied, ...]:
        """The body's."""
        return self._body.restore()

    def clock_offset(self, within_s: float) -> ClockOffset:
        """The body's."""
        return self._body.clock_offset(within_s)

    def set_clock(self) -> None:
        """The body's."""
        self._body.set_clock()

    def shoot(self, open_at: float, open_by: float, close_at: float) -> Taken:
        """By wire if that was prepared, over USB otherwise."""
        exposure = self._prepared
        if exposure is None or self._release is None:
            return self._body.shoot(open_at, open_by, close_at)
        length_s = close_at - open_at

        def sooner(pressed_at: float) -> tuple[float, float] | None:
            told = self.told_earlier()
            if told is None:
                return None
            held_s = self._held_s(replace(exposure, frames=told.frames), told.close_at - pressed_at)
            return pressed_at + held_s, told.close_at

        pressed = self._release.press(open_at, open_by, self._held_s(exposure, length_s), length_s, sooner)
        return Taken(pressed.pressed_at, machine_now(), (), pressed.contacts)

    def reported(self, within_s: float) -> tuple[CardFile, ...]:
        """The body's."""
        return self._body.reported(within_s)

    def files(self) -> tuple[CardFile, ...]:
        """The body's."""
        return self._body.files()

    def fetch(self, file: CardFile, into: int, start: int = 0, until: float | None = None) -> Portion:
        """The body's."""
        return self._body.fetch(file, into, start, until)

    def delete(self, file: CardFile) -> None:
        """The body's."""
        self._body.delete(file)

    def view(self, look: Look, into: int) -> View:
        """The body's."""
        return self._body.view(look, into)

    def end_view(self) -> None:
        """The body's."""
        self._body.end_view()

    def _held_s(self, exposure: Exposure, length_s: float) -> float:
        """How long (machine time) to press for exposures that are over after `length_s`."""
        if exposure.release is ReleaseKind.HELD:
            # The last frame is under way when the finger leaves, and ends by itself: half of it is a wide margin both ways.
            return length_s * (1 - 0.5 / exposure.frames)
        return CLICK_S if exposure.shutter_s <= self._longest_s else length_s

    def _refuse(self, exposure: Exposure) -> None:
        if exposure.release in BY_WIRE and self._release is None:
            raise ReleaseFailed(
                "The plan asks for the wired release, and none is configured.",
                means="This window's exposures cannot be made.",
                remedy="Name its port under [camera.release] in the configuration, or plan exposures by USB.",
            )
        if exposure.frames > 1 and exposure.release not in SEVERAL:
            raise BodyRefused(f"One release by {exposure.release} takes one frame, not {exposure.frames}.")
        if exposure.release is ReleaseKind.HELD and exposure.shutter_s > self._longest_s:
            raise BodyRefused(
                f"The body times {self._longest_s:g} s at the longest, so a held release cannot take frames of "
                f"{exposure.shutter_s:g} s.",
                remedy=f"Stack frames of {self._longest_s:g} s.",
            )
