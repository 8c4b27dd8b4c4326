"""`GphotoDriver`: one body through libgphoto2, shooting to its card with one USB trigger a frame."""

import contextlib
import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import gphoto2 as gp

from nightside_drivers import bodies
from nightside_drivers.api import (
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
from nightside_drivers.clock import machine_now
from nightside_drivers.errors import BodyFailed, BodyHeld, BodyNotFound, BodyRefused, BodyUnfit, CardFull, NightsideError
from nightside_drivers.finding import usb
from nightside_drivers.finding.holders import named
from nightside_drivers.gphoto import card, usb_release
from nightside_drivers.gphoto.bodyclock import at_the_turn, measured, to_tell, told
from nightside_drivers.gphoto.liveview import LiveView
from nightside_drivers.gphoto.memory import remember
from nightside_drivers.gphoto.settings import Settings
from nightside_drivers.gphoto.state import free_bytes, read_state, read_switch
from nightside_drivers.gphoto.vendor_codes import translated
from nightside_drivers.gphoto.wishes import Wishes, aim_at_card
from nightside_drivers.gphoto.words import (
    APERTURE_WIDGETS,
    BULB,
    CLOCK_WIDGETS,
    ISO_WIDGETS,
    MODE_WIDGETS,
    SERIAL_WIDGETS,
    SHUTTER_WIDGETS,
    WIDGETS,
)
from nightside_drivers.preflight import MANUAL, dark_s

PTPIP_MODEL = "PTP/IP Camera"
EVENTS_AT_ONCE = 64
"""Events taken from a body in one go. A body that always has one more is not waited for."""


class GphotoDriver:
    """A `Driver` (nightside_drivers.api) for the camera at one of libgphoto2's ports, or for the only one on USB."""

    def __init__(self, port: str = "usb:", serial: str | None = None) -> None:
        """`port` is libgphoto2's path: "usb:", "usb:001,004", "ptpip:127.0.0.1:15740:15740". `serial`, if given, must match."""
        self._port = port
        self._serial = serial
        self._camera: gp.Camera | None = None
        self._settings: Settings | None = None
        self._identity: Identity | None = None
        self._capabilities: Capabilities | None = None
        self._wishes: Wishes | None = None
        self._live: LiveView | None = None
        self._release = ReleaseKind.USB
        self._listed = False
        """Whether libgphoto2 has read the card's folders in this session."""
        self._range: bytearray | None = None
        """Kept from one file to the next: to be given new memory for each takes longer than a round trip to the body."""

    def open(self) -> Identity:
        """Connect to the body of that serial number, on whatever port it is now; without one, to the only body."""
        strangers: list[str] = []
        trouble: NightsideError | None = None
        for port in usb.candidates(self._port, self._serial):
            try:
                identity = self._connect(port)
            except NightsideError as error:
                trouble = trouble or error
                continue
            if self._serial in {None, identity.serial}:
                return identity
            strangers.append(identity.serial or "none at all")
            self.close()
        if trouble is not None:
            raise trouble
        raise BodyNotFound(
            f"The body at {self._port} has the serial number {' and '.join(strangers)}, not {self._serial}.",
            remedy="Connect the right body, or change `serial` in the configuration.",
        )

    def _connect(self, port: str) -> Identity:
        camera = gp.Camera()
        ports = gp.PortInfoList()  # what it gives lives only as long as it does
        with translated(f"find the port {port}"):
            if port != "usb:":
                ports.load()
                camera.set_port_info(ports.get_info(ports.lookup_path(port)))
            if port.startswith("ptpip:"):
                camera.set_abilities(_abilities(PTPIP_MODEL))
        try:
            with translated(f"connect to the camera at {port}"):
                camera.init()
        except BodyHeld as error:
            raise named(error, usb.node(port)) from error
        self._camera = camera
        self._listed = False
        self._settings = Settings(camera)
        self._capabilities = None
        self._wishes = Wishes(self._settings)
        self._identity = self._read_identity(self._settings, camera)
        known = bodies.find(self._identity.maker, self._identity.model)
        self._live = LiveView(camera, self._settings, known.sensor_px if known else bodies.GUESSED_SENSOR_PX)
        self._live.end_left_over()
        return self._identity

    def close(self) -> None:
        """Let the camera go. What it says in parting changes nothing."""
        live, self._live = self._live, None
        if live is not None:
            with contextlib.suppress(NightsideError):
                live.end()
        camera, self._camera, self._settings = self._camera, None, None
        if camera is not None:
            with contextlib.suppress(gp.GPhoto2Error):
                camera.exit()
            _keep_descriptor_zero()

    def capabilities(self) -> Capabilities:
        """The body's entry in the truth table, confronted with what it offers now; what it proves by that where it has none."""
        if self._capabilities is None:
            found = self._find_capabilities(self._open_settings())
            self._capabilities = replace(found, live_view=self._live.offered() if self._live else ())
        return self._capabilities

    def _find_capabilities(self, settings: Settings) -> Capabilities:
        identity = self._identity
        known = bodies.find(identity.maker, identity.model) if identity else None
        # Off M the body lists what its light meter leaves: that proves nothing.
        manual = (settings.read(*MODE_WIDGETS) or "M") in MANUAL
        speeds = sorted(settings.choices(*SHUTTER_WIDGETS).values()) if manual else []
        isos = sorted({int(iso) for iso in settings.choices(*ISO_WIDGETS).values()})
        if known is not None:
            return bodies.confronted(known, speeds, isos)
        if not speeds:
            raise BodyUnfit("The body offers no shutter speeds in its present mode.", remedy="Turn the mode dial to M.")
        return bodies.unknown(identity.model if identity else "unknown", speeds, isos)

    def state(self) -> BodyState:
        """Battery, room, dials and lens, as far as libgphoto2 has a widget for them."""
        return replace(read_state(self._open_settings()), free_bytes=free_bytes(self._open_camera()))

    def prepare(self, exposure: Exposure) -> Exposure:
        """Aim captures at the card, write shutter, ISO and (where it can be written) aperture, each read back."""
        settings = self._open_settings()
        self.end_view()
        self._release = exposure.release
        aim_at_card(settings)
        shutter = exposure.shutter_s
        if self._is_bulb(exposure):
            if (settings.read(*MODE_WIDGETS) or "").casefold() != BULB:  # a Canon has it on its dial
                settings.write_bulb(SHUTTER_WIDGETS)
        else:
            shutter = settings.write_number(SHUTTER_WIDGETS, shutter, " s")
        usb_release.set_frames(settings, exposure.frames if exposure.release is ReleaseKind.BURST else 1)
        iso = None if exposure.iso is None else int(settings.write_number(ISO_WIDGETS, exposure.iso, ""))
        aperture = exposure.aperture
        if aperture is not None:
            aperture = settings.write_number(APERTURE_WIDGETS, aperture, "")
        dark = dark_s(shutter, read_switch(settings, WIDGETS[Setting.NOISE_REDUCTION]))
        return Exposure(shutter, iso, aperture, exposure.release, exposure.frames, dark)

    def apply(self, wishes: dict[Setting, str]) -> tuple[Applied, ...]:
        """Set what can be set, and say what came of it."""
        self._open_settings()
        return self._wishes.apply(wishes) if self._wishes else ()

    def restore(self) -> tuple[Applied, ...]:
        """Put back what `apply` found."""
        self._open_settings()
        return self._wishes.restore() if self._wishes else ()

    def clock_offset(self, within_s: float) -> ClockOffset:
        """Measure the body's own clock against this computer's UTC."""
        settings, name = self._open_settings(), self._clock_widget()

        def read() -> datetime:
            return told(name, int(settings.read(name) or 0))

        return measured(read, within_s)

    def set_clock(self) -> None:
        """Write UTC to it, whatever zone its menu names: ours are kept on UTC."""
        settings, name = self._open_settings(), self._clock_widget()
        at_the_turn(lambda utc: settings.send(name, to_tell(name, utc)))

    def shoot(self, open_at: float, open_by: float, close_at: float) -> Taken:
        """Wait for the instant, release as prepared, and come back when the exposure is over."""
        camera = self._open_camera()
        try:
            if self._release is ReleaseKind.USB_BULB:
                opened_at = usb_release.hold(self._open_settings(), open_at, open_by, close_at - open_at)
            else:
                opened_at = usb_release.trigger(camera, open_at, open_by)
        except BodyFailed as error:
            self._raise_if_full(error)
            raise
        return Taken(opened_at, machine_now(), self._reported())

    def reported(self, within_s: float) -> tuple[CardFile, ...]:
        """Files that the body has announced since it was last asked, waiting up to `within_s` for the first."""
        return self._reported(within_s)

    def files(self) -> tuple[CardFile, ...]:
        """Every file on every card, as the body has them now.

        libgphoto2 reads a folder once a session, and from then on knows only of files that the body has announced; events get lost.
        So whoever asks again is answered in a new session.
        """
        camera = self._open_camera()
        if self._listed:
            with contextlib.suppress(gp.GPhoto2Error):
                camera.exit()
            _keep_descriptor_zero()
            with translated("connect to the camera again"):
                camera.init()
        self._listed = True
        return tuple(card.listed(camera))

    def fetch(self, file: CardFile, into: int, start: int = 0, until: float | None = None) -> Portion:
        """Copy what is missing of a file into a descriptor."""
        camera = self._open_camera()
        if self._range is None:
            self._range = card.range_for(self._identity.maker if self._identity else "")
        return card.fetched(camera, file, into, self._range, start, until)

    def delete(self, file: CardFile) -> None:
        """Remove a file from the card."""
        card.deleted(self._open_camera(), file)

    def view(self, look: Look, into: int) -> View:
        """The next picture of live view."""
        self._open_camera()
        if self._live is None:
            raise BodyNotFound("The camera is not open.", remedy="Open it first.")
        return self._live.view(look, into)

    def end_view(self) -> None:
        """Mirror down."""
        if self._live is not None:
            self._live.end()

    def _clock_widget(self) -> str:
        name = self._open_settings().find(*CLOCK_WIDGETS)
        if name is None:
            raise BodyRefused("This body does not tell its time over USB.", remedy="Compare its menu with a good clock.")
        return name

    def _raise_if_full(self, error: BodyFailed) -> None:
        """libgphoto2 says no more than −1 of a trigger that a Nikon refuses for want of room: the body itself does."""
        if read_state(self._open_settings()).images_left == 0:
            raise CardFull(
                "The card has no room for another frame.", remedy="Put in an empty card, or let Nightside drain this one."
            ) from error

    def _is_bulb(self, exposure: Exposure) -> bool:
        """Whether whoever releases times this exposure, not the body. Raises `BodyRefused` where the body cannot."""
        offered = self.capabilities()
        if exposure.release is not ReleaseKind.USB_BULB:
            return exposure.release is ReleaseKind.WIRED and exposure.shutter_s > offered.longest_exposure_s
        if ReleaseKind.USB_BULB in offered.releases:
            return True
        raise BodyRefused(
            f"The {offered.model} cannot hold its shutter open over USB, whatever libgphoto2 lists.",
            remedy=f"Wire a release, or stack exposures of {offered.longest_exposure_s:g} s.",
        )

    def _reported(self, within_s: float = 0.0) -> tuple[CardFile, ...]:
        camera, until = self._open_camera(), machine_now() + within_s
        found: list[CardFile] = []
        for _ in range(EVENTS_AT_ONCE):
            left_s = 0.0 if found else max(until - machine_now(), 0.0)  # a body tells other things too, as often as it likes
            with translated("read the camera's events"):
                kind, data = camera.wait_for_event(int(left_s * 1000))
            if kind == gp.GP_EVENT_TIMEOUT:
                break
            if kind == gp.GP_EVENT_FILE_ADDED and isinstance(data, gp.CameraFilePath):
                found.append(CardFile(data.folder, data.name))
        return tuple(found)

    def _open_camera(self) -> gp.Camera:
        if self._camera is None:
            raise BodyNotFound("The camera is not open.", remedy="Open it first.")
        return self._camera

    def _open_settings(self) -> Settings:
        self._open_camera()
        if self._settings is None:
            raise BodyNotFound("The camera is not open.", remedy="Open it first.")
        return self._settings

    @staticmethod
    def _read_identity(settings: Settings, camera: gp.Camera) -> Identity:
        model = settings.read("cameramodel") or camera.get_abilities().model
        serial = settings.read(*SERIAL_WIDGETS) or ""
        return Identity(
            maker=settings.read("manufacturer") or "",
            model=model,
            serial=usb.bare(serial),
            firmware=settings.read("deviceversion") or "",
        )


def _abilities(model: str) -> gp.CameraAbilities:
    abilities = gp.CameraAbilitiesList()
    abilities.load()
    return abilities.get_abilities(abilities.lookup_model(model))


def _keep_descriptor_zero() -> None:
    """libgphoto2 2.5.34 closes descriptor 0 with a PTP/IP connection, whoever's it is: put a harmless one there again."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    if nothing != 0:
        os.close(nothing)


def connect(options: Mapping[str, str]) -> GphotoDriver:
    """The driver's entry point. `port` is libgphoto2's path, `serial` must match where it is given.

    `home`, if given, is a folder that this process has to itself and that its environment calls HOME.
    """
    if home := options.get("home"):
        remember(Path(home))
    return GphotoDriver(options.get("port", "usb:"), options.get("serial") or None)
