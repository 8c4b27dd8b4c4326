"""The one place where libgphoto2's result codes become errors that say what to do next.

Codes and their meaning: gphoto2-port-result.h and gphoto2-result.h of libgphoto2 2.5. A test walks every code that the library
exports and fails on one that is not listed here.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import gphoto2 as gp

from nightside_drivers import errors


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one result code means, and what a person can do about it."""

    error: type[errors.NightsideError]
    what: str
    remedy: str = ""


_LOOSE = "Check the cable and that the body is on; Nightside opens the connection again."
_POWER = "If it stays so, switch the body off and on."
_REPORT = "This is a fault of the software, not of the camera: please report it with the log."

MEANINGS: dict[int, Meaning] = {
    gp.GP_ERROR: Meaning(errors.BodyFailed, "the camera failed and did not say why", _POWER),
    gp.GP_ERROR_BAD_PARAMETERS: Meaning(errors.BodyRefused, "the camera does not take that value"),
    gp.GP_ERROR_NO_MEMORY: Meaning(errors.BodyFailed, "the computer is out of memory", "Stop other programs."),
    gp.GP_ERROR_LIBRARY: Meaning(errors.DriverMissing, "libgphoto2 cannot load its camera drivers", "Install Nightside again."),
    gp.GP_ERROR_UNKNOWN_PORT: Meaning(
        errors.BodyNotFound, "there is no such port", "`nightside doctor` lists the ports that are there."
    ),
    gp.GP_ERROR_NOT_SUPPORTED: Meaning(errors.BodyRefused, "the camera cannot do that"),
    gp.GP_ERROR_IO: Meaning(errors.BodyGone, "the connection to the camera broke", _LOOSE),
    gp.GP_ERROR_FIXED_LIMIT_EXCEEDED: Meaning(errors.BodyFailed, "libgphoto2 met a limit of its own", _REPORT),
    gp.GP_ERROR_TIMEOUT: Meaning(errors.BodySilent, "the camera did not answer in time", _POWER),
    gp.GP_ERROR_IO_SUPPORTED_SERIAL: Meaning(errors.DriverMissing, "libgphoto2 was built without serial ports", _REPORT),
    gp.GP_ERROR_IO_SUPPORTED_USB: Meaning(errors.DriverMissing, "libgphoto2 was built without USB", _REPORT),
    gp.GP_ERROR_IO_INIT: Meaning(errors.BodyGone, "the port could not be started", _LOOSE),
    gp.GP_ERROR_IO_READ: Meaning(errors.BodyGone, "reading from the camera failed", _LOOSE),
    gp.GP_ERROR_IO_WRITE: Meaning(errors.BodyGone, "writing to the camera failed", _LOOSE),
    gp.GP_ERROR_IO_UPDATE: Meaning(errors.BodyGone, "the port's settings could not be changed", _LOOSE),
    gp.GP_ERROR_IO_SERIAL_SPEED: Meaning(errors.BodyRefused, "the port cannot run at that speed"),
    gp.GP_ERROR_IO_USB_CLEAR_HALT: Meaning(errors.BodyGone, "the USB endpoint is stuck", _POWER),
    gp.GP_ERROR_IO_USB_FIND: Meaning(
        errors.BodyNotFound, "no such camera is on USB", "Check the cable and that the body is on."
    ),
    gp.GP_ERROR_IO_USB_CLAIM: Meaning(
        errors.BodyHeld,
        "another program holds the camera",
        "On a desktop it is most often gvfs: unmount the camera there, or install Nightside's udev rule from config/.",
    ),
    gp.GP_ERROR_IO_LOCK: Meaning(errors.BodyHeld, "another program has locked the port", "End it, then try again."),
    gp.GP_ERROR_HAL: Meaning(errors.BodyFailed, "the system's device service failed", "Restart the computer."),
    gp.GP_ERROR_CORRUPTED_DATA: Meaning(errors.Retry, "the camera sent damaged data"),
    gp.GP_ERROR_FILE_EXISTS: Meaning(errors.BodyRefused, "the card already has a file of that name"),
    gp.GP_ERROR_MODEL_NOT_FOUND: Meaning(
        errors.BodyNotFound, "no camera that libgphoto2 knows is there", "Check the cable and that the body is on."
    ),
    gp.GP_ERROR_DIRECTORY_NOT_FOUND: Meaning(errors.FileGone, "the card has no such folder"),
    gp.GP_ERROR_FILE_NOT_FOUND: Meaning(errors.FileGone, "the card has no such file"),
    gp.GP_ERROR_DIRECTORY_EXISTS: Meaning(errors.BodyRefused, "the card already has that folder"),
    gp.GP_ERROR_CAMERA_BUSY: Meaning(errors.BodyBusy, "the camera is busy"),
    gp.GP_ERROR_PATH_NOT_ABSOLUTE: Meaning(errors.BodyFailed, "a path on the card was not absolute", _REPORT),
    gp.GP_ERROR_CANCEL: Meaning(errors.Retry, "the operation was cancelled"),
    gp.GP_ERROR_CAMERA_ERROR: Meaning(errors.BodyFailed, "the camera reported an error", _POWER),
    gp.GP_ERROR_OS_FAILURE: Meaning(errors.BodyFailed, "the operating system failed", _REPORT),
    gp.GP_ERROR_NO_SPACE: Meaning(
        errors.CardFull, "the card is full", "Put in an empty card, or let Nightside drain this one."
    ),
}


def meaning(code: int) -> Meaning:
    """What a result code means; a code that no release of libgphoto2 had is a failure of the body."""
    return MEANINGS.get(code, Meaning(errors.BodyFailed, f"libgphoto2 gave the unknown code {code}", _REPORT))


@contextmanager
def translated(doing: str) -> Generator[None]:
    """Turn what libgphoto2 raises into an error of ours; `doing` says what was tried, as in "open the shutter"."""
    try:
        yield
    except gp.GPhoto2Error as error:
        found = meaning(error.code)
        raise found.error(f"Could not {doing}: {found.what} (libgphoto2 {error.code}).", remedy=found.remedy) from error
