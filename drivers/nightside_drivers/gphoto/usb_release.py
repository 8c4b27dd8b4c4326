"""The three ways to release over USB: a trigger, a burst that the body counts, and bulb where the body really has it."""

from collections.abc import Callable
from dataclasses import dataclass

import gphoto2 as gp

from nightside_drivers.clock import machine_now, pause, wait_until_machine
from nightside_drivers.errors import BodyRefused, Retry, TooLate
from nightside_drivers.gphoto.settings import Settings
from nightside_drivers.gphoto.vendor_codes import translated
from nightside_drivers.gphoto.words import DIAL_WIDGETS
from nightside_drivers.preflight import BY_ITSELF

BURST_WIDGET = "burstnumber"
BULB_WIDGET = "bulb"
REMOTE_WIDGET = "eosremoterelease"
REMOTE_PRESS = ("Press Full MF", "Immediate", "Press Full")
"""Without autofocus, in the words of libgphoto2 2.5.34, and of those before it (config.c: _put_Canon_EOS_RemoteRelease)."""
REMOTE_LET_GO = ("Release", "Release Full")
LET_GO_TRIES = 10
LET_GO_EVERY_S = 0.1
"""Machine time between two tries to close the shutter of a body that is busy."""


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


@dataclass(frozen=True, slots=True)
class Button:
    """The widget by which a body's shutter is held open over USB, and what it is told."""

    widget: str
    press: str | int
    let_go: str | int


def button(settings: Settings) -> Button:
    """The button of this body. A Canon's own is taken before `bulb`, which newer EOS bodies show and refuse (libgphoto2 #413).

    Raises:
        BodyRefused: it has none.
    """
    words = settings.words(REMOTE_WIDGET)
    press = next((word for word in REMOTE_PRESS if word in words), None)
    let_go = next((word for word in REMOTE_LET_GO if word in words), None)
    if press is not None and let_go is not None:
        return Button(REMOTE_WIDGET, press, let_go)
    if settings.find(BULB_WIDGET) is None:
        raise BodyRefused("This body shows nothing by which its shutter could be held open over USB.", remedy="Wire a release.")
    return Button(BULB_WIDGET, 1, 0)


def hold(settings: Settings, open_at: float, open_by: float, for_s: float) -> float:
    """Hold the shutter open for `for_s` (machine time). Gives when it was open; it is closed whatever happens meanwhile."""
    by = button(settings)
    send = settings.order(by.widget)
    in_time(open_at, open_by)
    try:
        send(by.press)
        opened_at = machine_now()  # libgphoto2 sets mode and speed first: only its return says that the shutter is open
        wait_until_machine(opened_at + for_s)
    finally:
        _let_go(lambda: send(by.let_go))
    return opened_at


def _let_go(send: Callable[[], None]) -> None:
    """Close the shutter. A body that is busy just then (gphoto2 #261) is asked again: an open shutter is worse."""
    for _ in range(LET_GO_TRIES - 1):
        try:
            send()
        except Retry:
            pause(LET_GO_EVERY_S)
        else:
            return
    send()


def set_frames(settings: Settings, frames: int) -> None:
    """Have one trigger take so many frames.

    Raises:
        BodyRefused: the body cannot, or its release dial is not on continuous.
    """
    if settings.find(BURST_WIDGET) is None:
        if frames == 1:
            return
        raise BodyRefused("This body cannot take several frames by one trigger over USB.", remedy="Plan single frames.")
    if frames > 1 and (dial := settings.read(*DIAL_WIDGETS) or "no word of it").casefold() not in BY_ITSELF:
        raise BodyRefused(
            f"A burst needs the release dial on continuous, and it is on {dial}.", remedy="Turn the release dial to CL or CH."
        )
    settings.write_count(BURST_WIDGET, frames)
