"""`TwinBody`: a twin as the service half holds a body, with no process and no wire between them.

It speaks PTP to the `Device` like any initiator, so every fault of the model comes through; only libgphoto2 is missing. On a
`VirtualClock` a night takes milliseconds. Machine time is whatever its clock says it is.
"""

import asyncio
import math
import os
from collections.abc import Mapping
from dataclasses import replace

from nightside_drivers import bodies
from nightside_drivers.api import (
    BodyState,
    CardFile,
    ClockOffset,
    Contact,
    Exposure,
    Identity,
    Look,
    Portion,
    ReleaseKind,
    Setting,
    Taken,
    View,
)
from nightside_drivers.errors import (
    BodyBusy,
    BodyFailed,
    BodyGone,
    BodyRefused,
    BodySilent,
    BodyUnfit,
    CardFull,
    ContactMissing,
    DriverMissing,
    FileGone,
    LiveViewProhibited,
    NightsideError,
    TooLate,
)
from nightside_drivers.preflight import busy_s, dark_s
from nightside_drivers.protocol import Opened
from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.codes import ALL, BULB, Event, ObjectFormat, Operation, Property, ReleaseMode, Response
from nightside_drivers.twin.datasets import DataType, Reader, value
from nightside_drivers.twin.device import Device
from nightside_drivers.twin.liveview import HEADER_BYTES, ZOOM_PERCENT
from nightside_drivers.twin.operations.exchange import Reply, Request

POLL_S = 0.1
"""How often libgphoto2 asks a Nikon whether it is ready."""

EXPOSURE_UNIT_S = 1e-4
CLICK_S = 0.15
"""How long (clock time) its button is pressed for a frame that it times itself."""

CONTINUOUS = frozenset({ReleaseMode.CONTINUOUS_HIGH, ReleaseMode.CONTINUOUS_LOW})
BY_WIRE = frozenset({ReleaseKind.WIRED, ReleaseKind.HELD})

MEANINGS: dict[int, tuple[type[NightsideError], str]] = {
    Response.SESSION_NOT_OPEN: (BodyGone, "its session is over"),
    Response.DEVICE_BUSY: (BodyBusy, "it is busy"),
    Response.STORE_FULL: (CardFull, "its card is full"),
    Response.STORE_READ_ONLY: (BodyUnfit, "its card is write-protected"),
    Response.STORE_NOT_AVAILABLE: (BodyUnfit, "it has no card"),
    Response.STORE_ERROR: (BodyUnfit, "its card failed"),
    Response.INVALID_OBJECT_HANDLE: (FileGone, "its card has no such file"),
    Response.ACCESS_DENIED: (BodyRefused, "its dials do not allow it"),
    Response.INVALID_DEVICE_PROP_VALUE: (BodyRefused, "it does not have that value"),
    Response.INVALID_STATUS: (BodyRefused, "it cannot do that now"),
    Response.OUT_OF_FOCUS: (BodyRefused, "autofocus found nothing"),
    Response.SHUTTER_SPEED_BULB: (BodyRefused, "it does not do Bulb over USB"),
    Response.HARDWARE_ERROR: (BodyRefused, "it had a mirror or shutter error"),
}
"""What a PTP response code means for whoever asked, and in words. Anything else is a failure of the body."""


class TwinBody:
    """A `Body` (nightside_drivers.proxy) made of one `BodyModel`."""

    def __init__(self, model: BodyModel, answer_within_s: float = 15.0, *, contact: bool = False) -> None:
        """A silent twin is given up after `answer_within_s` (clock time). `contact`: its sync contact is wired to whoever asks."""
        self._contact = contact
        self._prepared: Exposure | None = None
        self._burst = 1
        self._device = Device(model)
        self._model = model
        self._clock = model.clock
        self._answer_within_s = answer_within_s
        self._earlier = asyncio.Event()
        self._to_be_over = (math.inf, 1)
        """When a press's exposures are over (clock time, s), and how many they are."""

    @property
    def left_changed(self) -> Mapping[Setting, str]:
        """None are wished of it."""
        return {}

    async def open(self) -> Opened:
        """Open a session and take the dials."""
        facts = self._model.facts.file
        self._device.disconnect()
        await self._ask(Operation.OPEN_SESSION, 1)
        await self._ask(Operation.CHANGE_CAMERA_MODE, 1)
        capabilities = bodies.find(facts.maker, facts.model)
        if capabilities is None:
            raise DriverMissing(f"The {facts.model} is not in the table of bodies.")
        identity = Identity(facts.maker, facts.model, self._model.options.serial, facts.version)
        await self.end_view()
        return Opened(identity, replace(capabilities, live_view=self._magnifications()))

    async def close(self) -> None:
        """End the session, whatever state it is in; the wired line is let go."""
        self._model.button.let_go()
        if self._model.reachable:
            self._model.live.end()
        self._device.disconnect()

    async def state(self) -> BodyState:
        """Ask for the battery, and for the image quality, which it names by the files that one frame becomes."""
        level = Reader((await self._ask(Operation.GET_DEVICE_PROP_VALUE, Property.BATTERY_LEVEL)).read()).u8()
        setting = Reader((await self._ask(Operation.GET_DEVICE_PROP_VALUE, Property.COMPRESSION_SETTING)).read()).u8()
        quality = "+".join(self._model.facts.file.compression[str(setting)])
        return BodyState(battery_percent=level, images_left=None, mode=None, aperture=None, focus=None, quality=quality)

    async def prepare(self, exposure: Exposure) -> Exposure:
        """Write shutter, ISO and frames of a burst, and read the shutter back. Bulb, and the release dial, a hand must turn."""
        self._prepared = None
        await self.end_view()
        release, bulb = exposure.release, self._is_bulb(exposure)
        if release in {ReleaseKind.BURST, ReleaseKind.HELD} and self._dial not in CONTINUOUS:
            raise BodyRefused(f"A {release} release needs the dial on continuous.", remedy="Turn the dial to CL or CH.")
        frames = exposure.frames if release is ReleaseKind.BURST else 1
        if frames != self._burst:
            await self._ask(Operation.SET_DEVICE_PROP_VALUE, Property.BURST_NUMBER, data=value(DataType.UINT16, frames))
            self._burst = frames
        if not bulb:
            units = round(exposure.shutter_s / EXPOSURE_UNIT_S)
            await self._ask(Operation.SET_DEVICE_PROP_VALUE, Property.EXPOSURE_TIME, data=value(DataType.UINT32, units))
        if exposure.iso is not None:
            await self._ask(Operation.SET_DEVICE_PROP_VALUE, Property.EXPOSURE_INDEX, data=value(DataType.UINT16, exposure.iso))
        now = Reader((await self._ask(Operation.GET_DEVICE_PROP_VALUE, Property.EXPOSURE_TIME)).read()).u32()
        if bulb and now != BULB:
            raise BodyRefused("The body is not on Bulb.", remedy="Turn its shutter dial to Bulb.")
        shutter_s = exposure.shutter_s if bulb else now * EXPOSURE_UNIT_S
        noise = Reader((await self._ask(Operation.GET_DEVICE_PROP_VALUE, Property.LONG_EXPOSURE_NR)).read()).u8()
        self._prepared = replace(exposure, shutter_s=shutter_s, dark_s=dark_s(shutter_s, bool(noise)))
        return self._prepared

    async def shoot(self, open_at: float, open_by: float, close_at: float) -> Taken:
        """Release as prepared, and wait until the body is ready again: over USB as libgphoto2 does, by wire as `Rig` does."""
        clock = self._clock
        await clock.sleep_until(clock.instant(open_at))
        opened = clock.monotonic()
        if opened > clock.instant(open_by):
            raise TooLate(
                f"The shutter should have opened {opened - clock.instant(open_at):.1f} s earlier, and was left closed."
            )
        if self._prepared is not None and self._prepared.release in BY_WIRE:
            return await self._press(self._prepared, opened, clock.instant(close_at) - clock.instant(open_at))
        return await self._trigger(opened, clock.instant(close_at))

    async def _trigger(self, opened: float, close_at: float) -> Taken:
        clock = self._clock
        await self._ask(Operation.INITIATE_CAPTURE_REC_IN_MEDIA, ALL, 0)
        deadline = max(close_at, opened) + (busy_s(self._prepared) if self._prepared else 0.0) + self._answer_within_s
        while (await self._answer(Operation.DEVICE_READY)).response == Response.DEVICE_BUSY:
            now = clock.monotonic()
            if now >= deadline:
                raise BodySilent(
                    f"The body took longer than {deadline - opened:.0f} s to expose.", remedy="It is opened again."
                )
            polls = max(1, math.ceil(((self._model.due or now) - now) / POLL_S))
            await clock.sleep_until(min(now + polls * POLL_S, deadline))
        return Taken(clock.machine(opened), clock.machine(clock.monotonic()), await self._events())

    async def _press(self, exposure: Exposure, opened: float, length_s: float) -> Taken:
        """Press the button for as long as the exposure asks, and read the sync contact off the truth log."""
        clock, before = self._clock, self._model.truth.count
        self._earlier = asyncio.Event()
        self._to_be_over = (opened + length_s, exposure.frames)
        self._model.button.press()
        try:
            while not await self._let_go_now(exposure, opened):
                self._earlier.clear()
        finally:
            self._model.button.let_go()
        await clock.sleep_until(self._to_be_over[0] + POLL_S)
        self._model.settle()
        seen = [opening for opening in self._model.truth if opening.index >= before]
        contacts = tuple(
            Contact(clock.machine(one.opened), None if one.closed is None else clock.machine(one.closed)) for one in seen
        )
        if self._contact and not contacts:
            raise ContactMissing("The release was pressed and the sync contact did not close.", means="Nothing was exposed.")
        over = clock.machine(clock.monotonic())
        return Taken(clock.machine(opened), over, (), contacts if self._contact else ())

    async def _let_go_now(self, exposure: Exposure, opened: float) -> bool:
        """Wait until it is time to let go; not if an earlier end is told before."""
        close_at, frames = self._to_be_over
        held_s = CLICK_S
        if exposure.release is ReleaseKind.HELD:
            held_s = (close_at - opened) * (1 - 0.5 / frames)
        elif self._is_bulb(exposure):
            held_s = close_at - opened
        over = asyncio.ensure_future(self._clock.sleep_until(opened + held_s))
        told = asyncio.ensure_future(self._earlier.wait())
        try:
            await asyncio.wait({over, told}, return_when=asyncio.FIRST_COMPLETED)
            return over.done()
        finally:
            over.cancel()
            told.cancel()
            await asyncio.gather(over, told, return_exceptions=True)

    async def close_earlier(self, close_at: float, frames: int) -> None:
        """Let go sooner, if the button is held."""
        self._to_be_over = (min(self._to_be_over[0], self._clock.instant(close_at)), frames)
        self._earlier.set()

    def _is_bulb(self, exposure: Exposure) -> bool:
        capabilities = bodies.find(self._model.facts.file.maker, self._model.facts.file.model)
        longest_s = capabilities.longest_exposure_s if capabilities else math.inf
        return exposure.release is ReleaseKind.WIRED and exposure.shutter_s > longest_s

    @property
    def _dial(self) -> int:
        return self._model.properties.number(Property.STILL_CAPTURE_MODE)

    async def clock_offset(self, within_s: float) -> ClockOffset:
        """What the model knows of its own clock: nothing needs to be measured."""
        return ClockOffset(self._model.ahead_s, 0.0, self._clock.utc())

    async def set_clock(self) -> None:
        """Write the time, as libgphoto2 does."""
        said = f"{self._clock.utc():%Y%m%dT%H%M%S}"
        await self._ask(Operation.SET_DEVICE_PROP_VALUE, Property.DATE_TIME, data=value(DataType.STRING, said))

    async def reported(self, within_s: float) -> tuple[CardFile, ...]:
        """Poll for events until there is a file, or `within_s` of machine time has passed."""
        clock = self._clock
        until = clock.instant(clock.machine(clock.monotonic()) + within_s)
        while not (files := await self._events()) and clock.monotonic() < until:
            await clock.sleep_until(min(clock.monotonic() + POLL_S, until))
        return files

    async def files(self) -> tuple[CardFile, ...]:
        """List the cards."""
        if not self._model.bay.inserted:
            raise BodyUnfit("The body has no card in it.", remedy="Put a card in.")
        reader = Reader((await self._ask(Operation.GET_OBJECT_HANDLES, ALL, 0, 0)).read())
        found = [self._file(reader.u32()) for _ in range(reader.u32())]
        return tuple(file for file in found if file is not None)

    async def fetch(self, file: CardFile, into: int, start: int = 0, until: float | None = None) -> Portion:
        """Read a file whole, and write what was missing of it."""
        info = await self._ask(Operation.GET_OBJECT, await self._handle(file))
        content = info.read()
        if len(content) != info.size:
            raise BodyFailed(f"{file.path} should have {info.size} bytes, and the body gave {len(content)}.")
        await asyncio.to_thread(os.pwrite, into, content[start:], start)
        return Portion(len(content), len(content))

    async def delete(self, file: CardFile) -> None:
        """Delete a file."""
        await self._ask(Operation.DELETE_OBJECT, await self._handle(file))

    async def view(self, look: Look, into: int) -> View:
        """Start live view if it is off, aim, magnify, and write the next picture."""
        if look.percent not in self._magnifications():
            raise BodyRefused(f"This body does not magnify live view to {look.percent} %.")
        live, sensor = self._model.live, self._model.facts.file.sensor
        if not live.on:
            if live.prohibited:
                raise LiveViewProhibited(f"The body does not start live view (0x{live.prohibited:08x}).", remedy="Look at it.")
            await self._ask(Operation.START_LIVE_VIEW)
        while not live.ready:
            if (await self._answer(Operation.DEVICE_READY)).response != Response.DEVICE_BUSY:
                break
            await self._clock.sleep_until(self._clock.monotonic() + POLL_S)
        if look.percent:
            middle = round(look.at[0] * (sensor.width_px - 1)), round(look.at[1] * (sensor.height_px - 1))
            await self._ask(Operation.CHANGE_AF_AREA, *middle)
        zoom = value(DataType.UINT8, ZOOM_PERCENT.index(look.percent))
        await self._ask(Operation.SET_DEVICE_PROP_VALUE, Property.LIVE_VIEW_ZOOM, data=zoom)
        seen = await self._ask(Operation.GET_LIVE_VIEW_IMG)
        content = (await asyncio.to_thread(seen.read))[HEADER_BYTES:]
        await asyncio.to_thread(os.write, into, content)
        return View(len(content), look)

    async def end_view(self) -> None:
        """Mirror down."""
        if self._model.live.on:
            await self._ask(Operation.END_LIVE_VIEW)

    def _magnifications(self) -> tuple[int, ...]:
        limits = self._model.properties.limits(Property.LIVE_VIEW_ZOOM)
        return ZOOM_PERCENT[: (limits[1] if limits else 0) + 1]

    async def _events(self) -> tuple[CardFile, ...]:
        reader = Reader((await self._ask(Operation.GET_EVENT)).read())
        told = [(reader.u16(), reader.u32()) for _ in range(reader.u16())]
        files = [self._file(parameter) for code, parameter in told if code == Event.OBJECT_ADDED]
        return tuple(file for file in files if file is not None)

    async def _handle(self, file: CardFile) -> int:
        reader = Reader((await self._ask(Operation.GET_OBJECT_HANDLES, ALL, 0, 0)).read())
        for _ in range(reader.u32()):
            handle = reader.u32()
            if self._file(handle) == file:
                return handle
        raise FileGone(f"The card has no file {file.path}.")

    def _file(self, handle: int) -> CardFile | None:
        found = self._model.bay.find(handle)
        if found is None or found[1].format is ObjectFormat.ASSOCIATION:
            return None
        card, item = found
        folder, _, name = card.path(item).rpartition("/")
        return CardFile(f"/store_{card.storage_id:08x}/{folder}", name, item.made.timestamp(), item.size)

    async def _ask(self, operation: Operation, *parameters: int, data: bytes = b"") -> Reply:
        """One operation that must go well."""
        reply = await self._answer(operation, *parameters, data=data)
        if reply.response != Response.OK:
            kind, why = MEANINGS.get(reply.response, (BodyFailed, f"it answered 0x{reply.response:04x}"))
            raise kind(f"The body did not do {operation.name}: {why}.", remedy="Look at the body.")
        return reply

    async def _answer(self, operation: Operation, *parameters: int, data: bytes = b"") -> Reply:
        """One operation, whatever its response; a silent body is waited for until the deadline."""
        clock, model = self._clock, self._model
        deadline = clock.monotonic() + self._answer_within_s
        model.settle()
        while model.silent:
            if clock.monotonic() >= deadline:
                self._device.disconnect()
                raise BodySilent(f"The body did not answer for {self._answer_within_s:.0f} s.", remedy="It is opened again.")
            await clock.sleep_until(min(clock.monotonic() + POLL_S, deadline))
        if not model.reachable:
            self._device.disconnect()
            raise BodyGone("The body is gone.", remedy="Check its cable, its switch and its battery.")
        return self._device.transact(Request(operation, parameters, data))
