"""Questions that nobody asks a sky but a test: what becomes of the process that answers."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from nightside.service.dome import Dome


@dataclass(frozen=True)
class WhoAnswers:
    """The id of the process."""

    def answer(self, dome: Dome) -> int:
        del dome
        return os.getpid()


@dataclass(frozen=True)
class Endless:
    """A question without an answer."""

    def answer(self, dome: Dome) -> None:
        del dome
        while True:
            signal.pause()


@dataclass(frozen=True)
class Fatal:
    """A question that its process does not outlive: the first time, or ever."""

    marker: Path
    once: bool

    def answer(self, dome: Dome) -> str:
        del dome
        if not (self.once and self.marker.exists()):
            self.marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return "outlived"
