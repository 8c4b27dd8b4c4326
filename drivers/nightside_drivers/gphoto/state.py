"""What a body says of itself, read from libgphoto2's widgets."""

from nightside_drivers.api import BodyState, Setting
from nightside_drivers.gphoto.settings import Settings, number
from nightside_drivers.gphoto.words import (
    APERTURE_WIDGETS,
    DIAL_WIDGETS,
    FOCUS_WIDGETS,
    MAINS_WIDGETS,
    MODE_WIDGETS,
    SHUTTER_WIDGETS,
    STABILISER_WIDGETS,
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
        mains=_on(settings, MAINS_WIDGETS),
        noise_reduction=_on(settings, WIDGETS[Setting.NOISE_REDUCTION]),
        delay=_on(settings, WIDGETS[Setting.DELAY]),
        meter_off=settings.read(*WIDGETS[Setting.METER_OFF]),
        quality=settings.read(*WIDGETS[Setting.QUALITY]),
        shutter=settings.read(*SHUTTER_WIDGETS),
        stabiliser=_on(settings, STABILISER_WIDGETS),
    )


def _on(settings: Settings, names: tuple[str, ...]) -> bool | None:
    said = settings.read(*names)
    return None if said is None else said.casefold() not in {"off", "0"}
