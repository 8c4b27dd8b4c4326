"""One model of a body: what it is doing and what it holds, under a clock, with no input and no output.

Time passes only in `settle`: whatever was due by now happens then, each thing at its own instant, so an exposure ends on its
second even when nobody looked for an hour. Every face calls it before it asks anything.
"""

import math
from datetime import UTC, datetime, timedelta

from nightside_drivers.clock import Anchor, Clock
from nightside_drivers.twin.battery import Charge
from nightside_drivers.twin.cards import CardBay
from nightside_drivers.twin.codes import BULB, Event, Property, Response
from nightside_drivers.twin.contents import Scene
from nightside_drivers.twin.coupling import coupled
from nightside_drivers.twin.darkroom import Darkroom
from nightside_drivers.twin.datasets import YEARS, Value, parse_when, when
from nightside_drivers.twin.events import EventQueue
from nightside_drivers.twin.facts import BodyFacts, Lens
from nightside_drivers.twin.faults.vocabulary import Kind
from nightside_drivers.twin.framing import Framing
from nightside_drivers.twin.liveview import LiveView
from nightside_drivers.twin.mishaps import Mishaps
from nightside_drivers.twin.options import Options
from nightside_drivers.twin.picture.plain import PlainPainter
from nightside_drivers.twin.picture.sky import SkyPainter
from nightside_drivers.twin.properties import PropertyTable
from nightside_drivers.twin.releasing import Releasing
from nightside_drivers.twin.sdram import Sdram
from nightside_drivers.twin.shutter import Phase, Release, Shutter, Target
from nightside_drivers.twin.storing import Storing
from nightside_drivers.twin.timeline import Ticket, Timeline
from nightside_drivers.twin.truth import Opening, TruthLog
from nightside_drivers.twin.warmth import Warmth

METER_OFF_S = (4.0, 6.0, 8.0, 16.0, 30.0, 60.0, 300.0, 600.0, 1800.0, math.inf)
"""Auto Meter Off Time 0xd062 (libgphoto2, config.c; 9, no limit, assumed)."""

CENTURY_S = 36_525 * 86_400.0
"""From 2000 to 2099, all that a D3S knows of time; past its end the body begins again (assumed)."""

STEP_S = 0.002
"""How far (s) UTC and clock time may come apart before UTC is taken to have been stepped."""


class BodyModel:
    """A body on somebody's desk: dials, shutter, cards, battery. Not safe for threads."""

    def __init__(self, facts: BodyFacts, clock: Clock, options: Options | None = None) -> None:
        """`facts` say what body it is, `clock` what time it is."""
        self.facts = facts
        self.clock = clock
        self.options = options or Options()
        self.mishaps = Mishaps()
        self.properties = PropertyTable(facts.properties)
        self.events = EventQueue(self.mishaps)
        self.bay = CardBay(facts.file.slots, facts.file.folder_suffix)
        self.charge = Charge(facts.file.battery, self.options.battery_percent, mains=self.options.mains)
        self.sdram = Sdram(self.events)
        self.timeline = Timeline()
        self.darkroom = Darkroom(PlainPainter() if self.options.scene is Scene.PLAIN else SkyPainter())
        self.storing = Storing(self.timeline, facts.file.media, self.bay, self.events, self.darkroom, self.mishaps)
        self.storing.second_slot = lambda: self.properties.number(Property.SLOT_2_SAVE_MODE)
        self.framing = Framing(facts, self.options, self.properties)
        self.shutter = Shutter(self.timeline, facts.file.timing, self.utc_at, self._exposed, self._room_at)
        self.button = Releasing(self)
        self.warmth = Warmth(clock.monotonic())
        self.shutter.opened.append(lambda opening: self.warmth.work(opening.opened, working=True))
        self.shutter.idled.append(lambda at: self.warmth.work(at, working=self.live.on))
        self.live = LiveView(self)
        self.picture_controls: dict[int, bytes] = {}
        """What was set, by item; the body does not look into it."""
        self.mirror_stuck = False
        """A fault: while set, every release fails."""
        self.capped = False
        """Whether the cap is on the lens."""
        self.sync_dead = False
        """A fault: while set, the sync contact stays open."""
        self.clock_error_s = 0.0
        """How far the body's own clock is ahead of what was UTC at power-on. It has a quartz of its own: when the machine's clock
        is stepped, it stays."""
        self._anchor = self._quartz = Anchor.of(clock)
        self._switched_on = True
        self._plugged = True
        self._asleep = False
        self._silent_until = self._occupied_until = -math.inf
        self._idle_off: Ticket | None = None

    @property
    def truth(self) -> TruthLog:
        """When the shutter really was open."""
        return self.shutter.truth

    @property
    def due(self) -> float | None:
        """The clock time (s) at which something happens next; None while nothing will."""
        return self.timeline.due

    def settle(self) -> float:
        """Let everything happen that is due by now. Gives now, in clock time (s); within a happening, its instant."""
        self.timeline.run(self.clock.monotonic())
        return self.timeline.now

    @property
    def on(self) -> bool:
        """Whether it is switched on and has power."""
        return self._switched_on and not self.charge.dead

    @property
    def reachable(self) -> bool:
        """Whether an initiator can have a connection at all."""
        return self.on and self._plugged and not self._asleep

    @property
    def silent(self) -> bool:
        """Whether the body answers nothing now."""
        return self.clock.monotonic() < self._silent_until

    @property
    def occupied(self) -> bool:
        """Whether the body answers everything with Device Busy now."""
        return self.clock.monotonic() < self._occupied_until

    @property
    def sync(self) -> bool:
        """Whether the sync contact is closed: it is while the shutter is open."""
        return self.shutter.phase is Phase.OPEN and not self.sync_dead

    def silence(self, seconds: float) -> None:
        """Answer nothing for `seconds` of clock time from now on. An exposure that is going on goes on; 0 ends a silence."""
        self._silent_until = self.settle() + seconds
        self.timeline.notify()

    def occupy(self, seconds: float) -> None:
        """Answer everything with Device Busy for `seconds` of clock time from now on; 0 ends it."""
        self._occupied_until = self.settle() + seconds

    def switch(self, *, on: bool) -> None:
        """The power switch, or the battery. Off closes the shutter and loses what is in the buffer."""
        now, was_on = self.settle(), self._switched_on
        self._switched_on = on
        if was_on and not on:
            self.shutter.cut(now, "power")
            self.storing.lose()
            self.sdram.clear()
        self._asleep = False
        self.live.end()
        self.timeline.notify()

    def plug(self, *, plugged: bool) -> None:
        """The cable. An exposure goes on without it."""
        self._plugged = plugged
        self.timeline.notify()

    def fall_asleep(self) -> None:
        """Off the bus, until somebody wakes it."""
        self._asleep = True
        self.timeline.notify()

    def wake(self) -> None:
        """A finger on the button, or on its wired line."""
        self._asleep = False
        self.timeline.notify()

    def insert(self, slot: int, *, inserted: bool) -> None:
        """Put the card of a slot (from 1) in, or pull it."""
        card = self.bay.cards[slot - 1]
        if card.inserted != inserted:
            card.inserted = inserted
            self.events.post(Event.STORE_ADDED if inserted else Event.STORE_REMOVED, card.storage_id)
            self.timeline.notify()

    def dial(self, code: int, what: Value) -> None:
        """A hand on a dial, a switch or the lens: past every refusal, and the initiator is told."""
        self.turn(code, what)
        self.events.post(Event.DEVICE_PROP_CHANGED, code)
        self.timeline.notify()

    def mount(self, lens: Lens) -> None:
        """Put another lens on. Its ring decides which apertures there are."""
        self.framing.lens = lens
        apertures = self.facts.properties[Property.F_NUMBER].choices or ()
        widest = round(lens.f_number * 100)
        usable = [stop for stop in apertures if isinstance(stop, int) and stop >= widest]
        self.properties.restrict(Property.F_NUMBER, usable if widest in usable else [widest, *usable])
        focal_length = round(lens.focal_length_mm * 100)
        self.properties.confine(Property.FOCAL_LENGTH, (focal_length, focal_length, 1))
        self.dial(Property.FOCAL_LENGTH, focal_length)
        self.dial(Property.F_NUMBER, max(widest, self.properties.number(Property.F_NUMBER)))

    def talked_to(self) -> None:
        """Somebody used the bus: a body that goes to sleep by itself starts waiting again."""
        if not self.options.sleeps:
            return
        if self._idle_off is not None:
            self._idle_off.cancel()
        seconds = METER_OFF_S[self.properties.number(Property.AUTO_METER_OFF_TIME) % len(METER_OFF_S)]
        self._idle_off = self.timeline.at(self.settle() + seconds, self._doze) if math.isfinite(seconds) else None

    def keep_for_a_while(self, handle: int) -> bool:
        """A fault: whether a deleted object stays visible, to go later."""
        fault = self.mishaps.strike(Kind.STALE_HANDLE)
        if fault is None:
            return False
        self.timeline.at(self.settle() + fault.seconds, lambda _at: self.bay.forget(handle))
        return True

    def utc_at(self, instant: float) -> datetime:
        """True UTC of a clock time near now."""
        if abs(self._anchor.step(self.clock)) > STEP_S:
            self._anchor = Anchor.of(self.clock)
        return self._anchor.when(instant)

    def stamp(self, instant: float) -> datetime:
        """What the body's own clock says at that clock time."""
        said = self._quartz.when(instant) + timedelta(seconds=self.clock_error_s)
        while said.year not in YEARS:
            said += timedelta(seconds=CENTURY_S if said.year < YEARS.start else -CENTURY_S)
        return said

    @property
    def ahead_s(self) -> float:
        """How far the body's own clock is ahead of UTC now."""
        return (self.stamp(self.clock.monotonic()) - self.clock.utc()).total_seconds()

    def step_body_clock(self, seconds: float) -> None:
        """Step the body's own clock, forward or back."""
        self.clock_error_s = math.fmod(self.clock_error_s + math.fmod(seconds, CENTURY_S), CENTURY_S)

    def set_body_clock(self, local: datetime) -> None:
        """Set the body's own clock, which has no time zone: Nightside keeps it on UTC."""
        self.clock_error_s = (local.replace(tzinfo=UTC) - self._quartz.when(self.settle())).total_seconds()

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
        put(Property.LIVE_VIEW_STATUS, int(self.live.on))
        put(Property.LIVE_VIEW_PROHIBIT, self.live.prohibited)
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

    @property
    def busy_response(self) -> Response:
        """What a busy body answers: a bulb exposure has a code of its own."""
        return Response.BULB_RELEASE_BUSY if self.shutter.bulb else Response.DEVICE_BUSY

    def card_read(self) -> None:
        """The initiator reads from a card: that ends a bulb exposure on real bodies."""
        if self.shutter.bulb and self.options.reading_ends_bulb:
            self.shutter.let_go(self.settle(), "card read")

    def _doze(self, at: float) -> None:
        if self.shutter.busy:
            self.talked_to()
        else:
            self.fall_asleep()

    def _room_at(self, instant: float) -> float:
        return self.storing.room_for(self.frame_bytes, instant)

    def _exposed(self, opening: Opening, release: Release, at: float) -> None:
        self.charge.spend(1, at - opening.opened)
        frame = self.framing.frame(opening, self.stamp(opening.opened), self.warmth.at(at), dark=self.capped)
        if release.target is Target.SDRAM:
            ready = at + self.facts.file.timing.recovery_s
            self.timeline.at(ready, lambda _at: self.sdram.accept(frame, self.darkroom) if self.on else None)
        else:
            self.storing.accept(frame, at)
        self.events.post(Event.DEVICE_PROP_CHANGED, Property.BUFFER_SHOTS)
        if self.charge.dead:
            self.timeline.at(at, lambda _at: self.switch(on=False))
