"""The two ways to the shutter: by command, and by the wired line. What a body refuses, and what its dials make of a release."""

from typing import TYPE_CHECKING

from nightside_drivers.twin.codes import Property, ReleaseMode, Response
from nightside_drivers.twin.properties import Refusal
from nightside_drivers.twin.shutter import Phase, Release, Target
from nightside_drivers.twin.timeline import Ticket

if TYPE_CHECKING:
    from nightside_drivers.twin.body import BodyModel

SELF_TIMER_S = (2.0, 5.0, 10.0, 20.0)
"""Self Timer Delay 0xd063 (libgphoto2, config.c)."""

NOISE_REDUCTION_FROM_S = 1.0
"""Long-exposure noise reduction acts on exposures longer than this (assumed)."""

MIRROR_UP_S = 30.0
"""With the dial on mirror-up the picture is taken by itself when nobody presses again (assumed)."""

_CONTINUOUS = frozenset({ReleaseMode.CONTINUOUS_HIGH, ReleaseMode.CONTINUOUS_LOW})
_MANUAL_FOCUS = 1
_LOCKED = 1


class Releasing:
    """Releases a body's shutter."""

    def __init__(self, body: "BodyModel") -> None:
        self.dead = False
        """A fault: while set, the wired line does nothing."""
        self.held = False
        """Whether the wired line is down."""
        self._body = body
        self._waits = False
        self._mirror_up: Ticket | None = None
        body.shutter.idled.append(self._idled)

    def by_command(self, target: Target, *, autofocus: bool) -> None:
        """Release by command. Raises `Refusal` where a real body refuses."""
        body = self._body
        now = body.settle()
        if body.shutter.busy:
            raise Refusal(body.busy_response)
        if body.mirror_stuck:
            raise Refusal(Response.HARDWARE_ERROR)
        if body.exposure_s is None and not body.facts.can_bulb:
            raise Refusal(Response.SHUTTER_SPEED_BULB)
        if self._mode == ReleaseMode.MIRROR_UP:
            raise Refusal(Response.MIRROR_UP_SEQUENCE)
        if autofocus and not self._focuses():
            raise Refusal(Response.OUT_OF_FOCUS)
        self._check_target(target)
        frames = max(1, body.properties.number(Property.BURST_NUMBER)) if self._mode in _CONTINUOUS else 1
        body.shutter.start(self._release("burst" if frames > 1 else "usb", target, frames), now)

    def end_bulb(self) -> None:
        """End a bulb exposure by command. Raises `Refusal` when there is none."""
        now = self._body.settle()
        if not self._body.shutter.bulb:
            raise Refusal(Response.CAPTURE_ALREADY_TERMINATED)
        self._body.shutter.let_go(now)

    def abandon(self) -> None:
        """Nobody holds the body over the bus any more: a bulb exposure that was begun there ends (assumed)."""
        now = self._body.settle()
        opening = self._body.shutter.opening
        if self._body.shutter.bulb and opening is not None and opening.release != "wired":
            self._body.shutter.let_go(now, "disconnected")

    def press(self) -> None:
        """The wired line closes: focus and shutter."""
        if self.dead or self.held:
            return
        self.held = True
        self._body.wake()
        now = self._body.settle()
        if not self._body.on:
            return
        if self._body.shutter.busy:
            self._waits = True
        elif self._mode == ReleaseMode.MIRROR_UP and self._mirror_up is None:
            self._mirror_up = self._body.timeline.at(now + MIRROR_UP_S, self._fire)
        else:
            self._fire(now)

    def let_go(self) -> None:
        """The wired line opens."""
        if not self.held:
            return
        self.held = False
        self._waits = False
        now = self._body.settle()
        if self._body.shutter.phase is not Phase.IDLE:
            self._body.shutter.let_go(now)

    def _idled(self, at: float) -> None:
        """A line that was pressed while the body was busy, and still is, takes its picture now."""
        if self._waits and self.held:
            self._waits = False
            self._fire(at)

    def _fire(self, at: float) -> None:
        body = self._body
        if self._mirror_up is not None:
            self._mirror_up.cancel()
            self._mirror_up = None
        if not body.on or body.shutter.busy or body.mirror_stuck:
            return
        if body.bay.inserted and not body.storing.fits(body.frame_bytes):
            return
        if not body.bay.inserted and body.properties.number(Property.NO_CF_CARD_RELEASE) == _LOCKED:
            return
        frames = None if self._mode in _CONTINUOUS and body.exposure_s is not None else 1
        body.shutter.start(self._release("wired", Target.CARD, frames), at)

    def _check_target(self, target: Target) -> None:
        body = self._body
        if target is Target.SDRAM:
            return
        if not body.bay.inserted:
            raise Refusal(Response.STORE_NOT_AVAILABLE)
        if all(card.write_protected for card in body.bay.inserted):
            raise Refusal(Response.STORE_READ_ONLY)
        if not body.storing.fits(body.frame_bytes):
            raise Refusal(Response.STORE_FULL)

    def _focuses(self) -> bool:
        manual = self._body.properties.number(Property.FOCUS_MODE) == _MANUAL_FOCUS
        return manual or self._body.options.autofocus_finds

    @property
    def _mode(self) -> int:
        return self._body.properties.number(Property.STILL_CAPTURE_MODE)

    def _release(self, by: str, target: Target, frames: int | None) -> Release:
        number = self._body.properties.number
        exposure = self._body.exposure_s
        delays = self._body.facts.file.timing.exposure_delay_s
        delay = delays[number(Property.EXPOSURE_DELAY_MODE) % len(delays)]
        if self._mode == ReleaseMode.SELF_TIMER:
            delay += SELF_TIMER_S[number(Property.SELF_TIMER_DELAY) % len(SELF_TIMER_S)]
        long_enough = exposure is None or exposure > NOISE_REDUCTION_FROM_S
        return Release(
            by=by,
            exposure_s=exposure,
            frames=frames,
            target=target,
            delay_s=delay,
            noise_reduction=bool(number(Property.LONG_EXPOSURE_NR)) and long_enough,
            gap_s=self._gap(exposure or 0.0),
        )

    def _gap(self, exposure_s: float) -> float:
        """The dark time that keeps a continuous release at the rate that is set."""
        number, timing = self._body.properties.number, self._body.facts.file.timing
        if self._mode == ReleaseMode.CONTINUOUS_LOW:
            rate = float(number(Property.SHOOTING_SPEED) + 1)
        else:
            rate = timing.high_fps[number(Property.CONTINUOUS_SPEED_HIGH) % len(timing.high_fps)]
        return max(timing.continuous_gap_s, 1 / rate - exposure_s)
