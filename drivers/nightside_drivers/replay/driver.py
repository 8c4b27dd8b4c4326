"""`ReplayDriver`: a body from a recording. It says what was recorded, keeps time, and its frames are placeholders."""

import math
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from nightside_drivers.api import (
    ABSENT,
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
from nightside_drivers.clock import machine_now, wait_until_machine
from nightside_drivers.errors import BodyNotFound, BodyRefused, FileGone, TooLate
from nightside_drivers.replay.recording import Recording, read

SPEED_TOLERANCE = 0.02
FOLDER = "/store_00010001/DCIM/100REPLY"


class ReplayDriver:
    """A `Driver` made of one recording. Only exposures by USB trigger: a recording has no line and no bulb."""

    def __init__(self, recording: Recording) -> None:
        """What the card held when it was recorded, it holds again."""
        self._recording = recording
        self._card = list(recording.files)
        self._told: list[CardFile] = []
        self._open = False
        self._taken = 0

    def open(self) -> Identity:
        """Say who was recorded."""
        self._open = True
        return self._recording.identity

    def close(self) -> None:
        """Nothing to let go."""
        self._open = False

    def capabilities(self) -> Capabilities:
        """As recorded, but for live view: there is nothing to see."""
        return replace(self._recording.capabilities, live_view=())

    def state(self) -> BodyState:
        """As recorded."""
        return self._recording.state

    def prepare(self, exposure: Exposure) -> Exposure:
        """Take what the recorded body could do."""
        body = self._recording.capabilities
        if exposure.release is not ReleaseKind.USB:
            raise BodyRefused(f"A recording is not released by {exposure.release}.", remedy="Plan exposures by USB trigger.")
        if exposure.iso is not None and exposure.iso not in body.isos:
            raise BodyRefused(
                f"The recorded body has no ISO {exposure.iso}.",
                remedy=f"It has {', '.join(map(str, body.isos)) or 'none that is known'}.",
            )
        nearest = min(body.shutter_speeds_s, key=lambda speed: abs(speed - exposure.shutter_s))
        if not math.isclose(nearest, exposure.shutter_s, rel_tol=SPEED_TOLERANCE):
            raise BodyRefused(
                f"The recorded body has no exposure of {exposure.shutter_s:g} s; the nearest is {nearest:g} s.",
                remedy=f"Ask for {nearest:g} s.",
            )
        return Exposure(nearest, exposure.iso, exposure.aperture)

    def apply(self, wishes: dict[Setting, str]) -> tuple[Applied, ...]:
        """A recording has no settings, which is said of each wish."""
        return tuple(Applied(setting, asked, ABSENT, ABSENT) for setting, asked in wishes.items())

    def restore(self) -> tuple[Applied, ...]:
        """Nothing was changed."""
        return ()

    def clock_offset(self, within_s: float) -> ClockOffset:
        """As recorded."""
        if self._recording.clock is None:
            raise BodyRefused("The recorded body did not tell its time.")
        return self._recording.clock

    def set_clock(self) -> None:
        """A recording cannot be changed."""
        raise BodyRefused("The clock of a recorded body cannot be set.")

    def shoot(self, open_at: float, open_by: float, close_at: float) -> Taken:
        """Let the time of an exposure pass, and put a placeholder on the card."""
        opened_at = wait_until_machine(open_at)
        if opened_at > open_by:
            raise TooLate(f"The shutter should have opened {opened_at - open_at:.1f} s earlier, and was left closed.")
        wait_until_machine(opened_at + (close_at - open_at))
        self._taken += 1
        file = CardFile(FOLDER, f"RPL_{self._taken:04}.JPG")
        self._card.append(file)
        self._told.append(file)
        return Taken(opened_at, machine_now(), ())

    def reported(self, within_s: float) -> tuple[CardFile, ...]:
        """What was put on the card since."""
        told, self._told = self._told, []
        return tuple(told)

    def files(self) -> tuple[CardFile, ...]:
        """What was on the card, and what was added."""
        if not self._open:
            raise BodyNotFound("The recording is not open.", remedy="Open it first.")
        return tuple(self._card)

    def fetch(self, file: CardFile, into: int, start: int = 0, until: float | None = None) -> Portion:
        """A placeholder: the first and the last two bytes of a JPEG, and its own name between."""
        if file not in self._card:
            raise FileGone(f"The card has no file {file.path}.")
        content = b"\xff\xd8" + file.path.encode() + b"\xff\xd9"
        os.pwrite(into, content[start:], start)
        return Portion(len(content), len(content))

    def delete(self, file: CardFile) -> None:
        """Take it off the card."""
        if file not in self._card:
            raise FileGone(f"The card has no file {file.path}.")
        self._card.remove(file)

    def view(self, look: Look, into: int) -> View:
        """A recording has no pictures."""
        raise BodyRefused("A recording has no live view.", remedy="Connect the body itself, or a twin.")

    def end_view(self) -> None:
        """Nothing to end."""


def connect(options: Mapping[str, str]) -> ReplayDriver:
    """The driver's entry point. `port` is the path of a recording."""
    return ReplayDriver(read(Path(options.get("port", ""))))
