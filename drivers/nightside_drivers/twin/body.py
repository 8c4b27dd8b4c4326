"""One model of a body: what it is doing and what it holds, under a clock, with no input and no output.

Time passes only in `settle`: whatever was due by now happens then, each thing at its own instant, so an exposure ends on its
second even when nobody looked for an hour. Every face calls it before it asks anything.
"""

import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from nightside_drivers.clock import Clock
from nightside_drivers.twin.battery import Charge
from nightside_drivers.twin.cards import CardBay
from nightside_drivers.twin.codes import BULB, Event, Property, ReleaseMode, Response
from nightside_drivers.twin.contents import Darkroom
from nightside_drivers.twin.coupling import coupled
from nightside_drivers.twin.datasets import Value, parse_when, when
from nightside_drivers.twin.events import EventQueue
from nightside_drivers.twin.facts import BodyFacts
from nightside_drivers.twin.framing import Framing
from nightside_drivers.twin.options import Options
from nightside_drivers.twin.properties import PropertyTable, Refusal
from nightside_drivers.twin.sdram import Sdram
from nightside_drivers.twin.shutter import Release, Shutter, Target
from nightside_drivers.twin.storing import Storing
from nightside_drivers.twin.timeline import Timeline
from nightside_drivers.twin.truth import Opening, TruthLog

SELF_TIMER_S = (2.0, 5.0, 10.0, 20.0)
"""Self Timer Delay 0xd063 (Nikon D3S manual, custom setting c3)."""

EXPOSURE_DELAY_S = 1.0
"""Exposure delay mode 0xd06a (Nikon D3S manual, custom setting d10)."""

NOISE_REDUCTION_FROM_S = 1.0
"""Long-exposure noise reduction acts on exposures longer than this (Nikon D3S manual)."""


class BodyModel:
    """A body on somebody's desk: dials, shutter, cards, battery. Not safe for threads."""

    def __init__(self, facts: BodyFacts, clock: Clock, options: Options | None = None) -> None:
        """`facts` say what body it is, `clock` what time it is."""
        self.facts = facts
        self.clock = clock
        self.options = options or Options()
        self.properties = PropertyTable(facts.properties)
        self.events = EventQueue()
        self.bay = CardBay(facts.file.slots, facts.file.folder_suffix)
        self.charge = Charge(facts.file.battery, self.options.battery_percent)
        self.sdram = Sdram(self.events)
        self.timeline = Timeline()
        self.darkroom = Darkroom(self.options.develop)
        self.storing = Storing(self.timeline, facts.file.media, self.bay, self.events, self.darkroom)
        self.storing.second_slot = lambda: self.properties.number(Property.SLOT_2_SAVE_MODE)
        self.framing = Framing(facts, self.options, self.properties)
        self.shutter = Shutter(self.timeline, facts.file.timing, self.utc_at, self._exposed, self._room_at)
        self.live_view = False
        self.closed: Callable[[Opening], None] = lambda _opening: None
        """Called at each closing of the shutter."""
        self.silent_until = -math.inf
        """Until this clock time (s) the body answers nothing."""
        self.clock_error_s = 0.0
        """How far the body's own clock is ahead of UTC: people set it, and it drifts."""

    @property
    def truth(self) -> TruthLog:
        """When the shutter really was open."""
        return self.shutter.truth

    @property
    def due(self) -> float | None:
        """The clock time (s) at which something happens next; None while nothing will."""
        return self.timeline.due

    def settle(self) -> float:
        """Let everything happen that is due by now. Gives now, in clock time (s)."""
        now = self.clock.monotonic()
        self.timeline.run(now)
        return now

    def silence(self, seconds: float) -> None:
        """Answer nothing for `seconds` of clock time from now on. An exposure that is going on goes on; 0 ends a silence."""
        self.silent_until = self.clock.monotonic() + seconds

    @property
    def silent(self) -> bool:
        """Whether the body answers nothing now."""
        return self.clock.monotonic() < self.silent_until

    def utc_at(self, instant: float) -> datetime:
        """True UTC of a clock time near now."""
        return self.clock.utc() + timedelta(seconds=instant - self.clock.monotonic())

    def stamp(self, instant: float) -> datetime:
        """What the body's own clock says at that clock time: UTC, wrong by `clock_error_s`."""
        return self.utc_at(instant) + timedelta(seconds=self.clock_error_s)

    def set_body_clock(self, local: datetime) -> None:
        """Set the body's own clock, which has no time zone: Nightside keeps it on UTC."""
        self.clock_error_s = (local.replace(tzinfo=UTC) - self.clock.utc()).total_seconds()

    @property
    def exposure_s(self) -> float | None:
        """The exposure that is set; None for bulb."""
        ratio = self.properties.number(Property.EXPOSURE_TIME_RATIO)
        tenths = self.properties.number(Property.EXPOSURE_TIME)
        if BULB in {ratio, tenths}:
            return None
        if Property.EXPOSURE_TIME_RATIO in self.properties and ratio & 0xFFFF:
            return (ratio >> 16) / (ratio & 0xFFFF)
        return tenths / 10_000

    @property
    def frame_bytes(self) -> int:
        """Bytes that the body reckons for the next frame."""
        return sum(self.framing.nominal(kind) for kind in self.framing.kinds)

    @property
    def frames_left(self) -> int:
        """How many frames the cards have room for, as the body counts."""
        return sum(card.free_bytes // self.frame_bytes for card in self.bay.inserted)

    def refresh(self) -> None:
        """Bring the properties up to date that the body itself keeps."""
        put = self.properties.put
        put(Property.BATTERY_LEVEL, self.charge.percent)
        put(Property.AC_POWER, int(self.charge.mains))
        put(Property.DATE_TIME, when(self.stamp(self.clock.monotonic())))
        put(Property.IMAGES_LEFT, min(self.frames_left, 0xFFFF))
        room = self.facts.file.media.buffer_bytes - self.storing.buffered_bytes
        put(Property.BUFFER_SHOTS, max(0, min(room // self.frame_bytes, 103)))
        put(Property.LIVE_VIEW_STATUS, int(self.live_view))
        put(Property.WARNING_STATUS, int(self.charge.low))

    def turn(self, code: int, what: Value) -> None:
        """Set a property, whoever turned what, with all that follows from it. `what` must fit."""
        if code == Property.DATE_TIME and isinstance(what, str):
            self.set_body_clock(parse_when(what))
            return
        self.properties.put(code, what)
        if isinstance(what, int):
            for other, value in coupled(self.properties, code, what):
                self.properties.put(other, value)

    def release(self, *, target: Target, autofocus: bool = False) -> None:
        """Release the shutter by command. Raises `Refusal` when a real body would refuse."""
        now = self.settle()
        if self.shutter.busy:
            raise Refusal(self.busy_response)
        self._check_release(target, autofocus)
        self.shutter.start(self._release_for("usb", target), now)

    def end_bulb(self) -> None:
        """End a bulb exposure by command. Raises `Refusal` when there is none."""
        now = self.settle()
        if not self.shutter.bulb:
            raise Refusal(Response.CAPTURE_ALREADY_TERMINATED)
        self.shutter.let_go(now)

    @property
    def busy_response(self) -> Response:
        """What a busy body answers: a bulb exposure has a code of its own."""
        return Response.BULB_RELEASE_BUSY if self.shutter.bulb else Response.DEVICE_BUSY

    def card_read(self) -> None:
        """The initiator reads from a card: that ends a bulb exposure on real bodies."""
        if self.shutter.bulb and self.options.reading_ends_bulb:
            self.shutter.let_go(self.settle(), "card read")

    def _check_release(self, target: Target, autofocus: bool) -> None:
        if self.exposure_s is None and not self.facts.can_bulb:
            raise Refusal(Response.SHUTTER_SPEED_BULB)
        if autofocus and self.properties.number(Property.FOCUS_MODE) != 1 and not self.options.autofocus_finds:
            raise Refusal(Response.OUT_OF_FOCUS)
        if target is Target.SDRAM:
            if self.sdram.full:
                raise Refusal(Response.DEVICE_BUSY)
            return
        if not self.bay.inserted:
            raise Refusal(Response.STORE_NOT_AVAILABLE)
        if all(card.write_protected for card in self.bay.inserted):
            raise Refusal(Response.STORE_READ_ONLY)
        if not self.storing.fits(self.frame_bytes):
            raise Refusal(Response.STORE_FULL)

    def _release_for(self, by: str, target: Target) -> Release:
        number = self.properties.number
        mode = number(Property.STILL_CAPTURE_MODE)
        continuous = mode in {ReleaseMode.CONTINUOUS_HIGH, ReleaseMode.CONTINUOUS_LOW}
        frames = number(Property.BURST_NUMBER) if continuous else 1
        delay = EXPOSURE_DELAY_S if number(Property.EXPOSURE_DELAY_MODE) else 0.0
        if mode == ReleaseMode.SELF_TIMER:
            delay += SELF_TIMER_S[number(Property.SELF_TIMER_DELAY) % len(SELF_TIMER_S)]
        exposure = self.exposure_s
        long_enough = exposure is None or exposure > NOISE_REDUCTION_FROM_S
        return Release(
            by="burst" if by == "usb" and frames > 1 else by,
            exposure_s=exposure,
            frames=max(frames, 1),
            target=target,
            delay_s=delay,
            noise_reduction=bool(number(Property.LONG_EXPOSURE_NR)) and long_enough,
            gap_s=self._gap(mode, exposure or 0.0),
        )

    def _gap(self, mode: int, exposure_s: float) -> float:
        timing = self.facts.file.timing
        if mode == ReleaseMode.CONTINUOUS_LOW:
            rate = float(self.properties.number(Property.SHOOTING_SPEED) + 1)
        else:
            rate = timing.high_fps[self.properties.number(Property.CONTINUOUS_SPEED_HIGH) % len(timing.high_fps)]
        return max(timing.continuous_gap_s, 1 / rate - exposure_s)

    def _room_at(self, instant: float) -> float:
        return self.storing.room_for(self.frame_bytes, instant)

    def _exposed(self, opening: Opening, release: Release, at: float) -> None:
        self.charge.spend(1, at - opening.opened)
        frame = self.framing.frame(opening, self.stamp(opening.opened))
        if release.target is Target.SDRAM:
            ready = at + self.facts.file.timing.recovery_s
            self.timeline.at(ready, lambda _at: self.sdram.accept(frame, self.darkroom))
        else:
            self.storing.accept(frame, at)
        self.events.post(Event.DEVICE_PROP_CHANGED, Property.BUFFER_SHOTS)
        self.closed(opening)
