"""What is recorded of a body, and the file that it is kept in. Nothing in it says whose body it was."""

from dataclasses import replace
from pathlib import Path

import msgspec

from nightside_drivers.api import BodyState, Capabilities, CardFile, ClockOffset, Identity
from nightside_drivers.errors import DriverMissing

VERSION = 1
REDACTED = "0"
"""In place of a serial number. A digest would not do: there are only a few million of them to try."""


class Recording(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One body as it was when it was recorded."""

    version: int
    identity: Identity
    capabilities: Capabilities
    state: BodyState
    files: tuple[CardFile, ...]
    clock: ClockOffset | None = None


def redacted(identity: Identity) -> Identity:
    """The same body without its serial number."""
    return replace(identity, serial=REDACTED)


def write(recording: Recording, path: Path) -> None:
    """Keep a recording, as JSON that a person can read through before handing it on, in a file that is not there yet.

    Raises `OSError`, and leaves nothing half.
    """
    content = msgspec.json.format(msgspec.json.encode(recording), indent=2) + b"\n"
    with path.open("xb") as file:
        try:
            file.write(content)
            file.flush()
        except OSError:
            path.unlink()
            raise


def read(path: Path) -> Recording:
    """A recording that was kept.

    Raises:
        DriverMissing: it cannot be read, or is none.
    """
    try:
        recording = msgspec.json.decode(path.read_bytes(), type=Recording)
    except OSError as error:
        raise DriverMissing(
            f"The recording {path} cannot be read: {error.strerror}.",
            remedy="Name one as `port`; `nightside doctor --record` writes it.",
        ) from error
    except msgspec.MsgspecError as error:
        raise DriverMissing(f"{path} is no recording of a body: {error}.", remedy="Record the body anew.") from error
    if not recording.capabilities.shutter_speeds_s:
        raise DriverMissing(f"{path} is no recording of a body: it names no shutter speed.", remedy="Record the body anew.")
    if recording.version != VERSION:
        raise DriverMissing(
            f"The recording {path} is of version {recording.version}, and this is version {VERSION}.",
            remedy="Record the body anew.",
        )
    return recording
