"""What a body says of itself, read from libgphoto2's widgets."""

import gphoto2 as gp

from nightside_drivers.api import BodyState, Setting
from nightside_drivers.gphoto.settings import Settings, number
from nightside_drivers.gphoto.vendor_codes import translated
from nightside_drivers.gphoto.words import (
    APERTURE_WIDGETS,
    DIAL_WIDGETS,
    FOCUS_WIDGETS,
    LENS_WIDGETS,
    LONGEST_WIDGETS,
    MAINS_WIDGETS,
    MODE_WIDGETS,
    SHORTEST_WIDGETS,
    SHUTTER_WIDGETS,
    STABILISER_WIDGETS,
    UNKNOWN_LENS,
    WIDGETS,
)


def read_state(settings: Settings) -> BodyState:
    """Battery, room, dials, lens and switches, as far as there is a widget for them."""
    left = number(settings.read("availableshots") or "")
    aperture = settings.read(*APERTURE_WIDGETS)
    battery = number((settings.read("batterylevel") or "").rstrip("%"))
    return BodyState(
        battery_percent=None if battery is None else int(battery),
        images_left=None if left is None else int(left),
        mode=settings.read(*MODE_WIDGETS),
        aperture=None if aperture is None else number(aperture),
        focus=settings.read(*FOCUS_WIDGETS),
        dial=settings.read(*DIAL_WIDGETS),
        mains=read_switch(settings, MAINS_WIDGETS),
        noise_reduction=read_switch(settings, WIDGETS[Setting.NOISE_REDUCTION]),
        delay=read_switch(settings, WIDGETS[Setting.DELAY]),
        meter_off=settings.read(*WIDGETS[Setting.METER_OFF]),
        quality=settings.read(*WIDGETS[Setting.QUALITY]),
        shutter=settings.read(*SHUTTER_WIDGETS),
        stabiliser=read_switch(settings, STABILISER_WIDGETS),
        lens=_lens(settings),
    )


def free_bytes(camera: gp.Camera) -> int | None:
    """Room on all cards; `None` where the body does not say."""
    with translated("ask for the room on the cards"):
        try:
            stores = camera.get_storageinfo()
        except gp.GPhoto2Error as error:
            if error.code in {gp.GP_ERROR, gp.GP_ERROR_NOT_SUPPORTED}:
                return None  # no such question, or no card: whoever lists the card is told what is wrong
            raise
    told = [store.freekbytes for store in stores if store.fields & gp.GP_STORAGEINFO_FREESPACEKBYTES]
    return sum(told) << 10 if told else None


def _lens(settings: Settings) -> str | None:
    """Its name where libgphoto2 has one, and its focal length otherwise."""
    name = settings.read(*LENS_WIDGETS)
    if name and not name.casefold().startswith(UNKNOWN_LENS):
        return name
    shortest, longest = settings.read(*SHORTEST_WIDGETS), settings.read(*LONGEST_WIDGETS)
    if not shortest or not longest:
        return None
    return longest if shortest == longest else f"{shortest} to {longest}"


def read_switch(settings: Settings, names: tuple[str, ...]) -> bool | None:
    """Whether a thing is on that is on or off; `None` where the body does not say."""
    said = settings.read(*names)
    return None if said is None else said.casefold() not in {"off", "0"}
