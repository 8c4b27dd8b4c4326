"""The three ways to release over USB: a trigger, a burst that the body counts, and bulb where the body really has it."""

import gphoto2 as gp

from nightside_drivers.clock import machine_now, wait_until_machine
from nightside_drivers.errors import BodyRefused, TooLate
from nightside_drivers.gphoto.settings import Settings
from nightside_drivers.gphoto.vendor_codes import translated
from nightside_drivers.gphoto.words import CONTINUOUS, DIAL_WIDGETS

BURST_WIDGET = "burstnumber"
BULB_WIDGET = "bulb"


def in_time(open_at: float, open_by: float) -> float:
    """Wait for machine time `open_at` (s) and give the time of return. Raises `TooLate` after `open_by`."""
    opened_at = wait_until_machine(open_at)
    if opened_at > open_by:
        raise TooLate(f"The shutter should have opened {opened_at - open_at:.1f} s earlier, and was left closed.")
    return opened_at


def trigger(camera: gp.Camera, open_at: float, open_by: float) -> float:
    """Release once; come back when libgphoto2 does: on a Nikon, after the last exposure. Gives when it was told to open."""
    opened_at = in_time(open_at, open_by)
    with translated("open the shutter"):
        camera.trigger_capture()
    return opened_at


def hold(camera: gp.Camera, open_at: float, open_by: float, for_s: float) -> float:
    """Hold the shutter open for `for_s` (machine time). Gives when it was open; it is closed whatever happens meanwhile."""
    with translated("get ready for bulb"):
        widget = camera.get_single_config(BULB_WIDGET)
        widget.set_value(1)
    in_time(open_at, open_by)
    try:
        with translated("open the shutter for bulb"):
            camera.set_single_config(BULB_WIDGET, widget)
        opened_at = machine_now()  # libgphoto2 sets mode and speed first: only its return says that the shutter is open
        wait_until_machine(opened_at + for_s)
    finally:
        widget.set_value(0)
        with translated("close the shutter"):
            camera.set_single_config(BULB_WIDGET, widget)
    return opened_at


def set_frames(settings: Settings, frames: int) -> None:
    """Have one trigger take so many frames.

    Raises:
        BodyRefused: the body cannot, or its release dial is not on continuous.
    """
    if settings.find(BURST_WIDGET) is None:
        if frames == 1:
            return
        raise BodyRefused("This body cannot take several frames by one trigger over USB.", remedy="Plan single frames.")
    if frames > 1 and (dial := settings.read(*DIAL_WIDGETS)) not in CONTINUOUS:
        raise BodyRefused(
            f"A burst needs the release dial on continuous, and it is on {dial}.", remedy="Turn the release dial to CL or CH."
        )
    settings.write_count(BURST_WIDGET, frames)
