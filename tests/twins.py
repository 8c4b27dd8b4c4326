"""Twins in processes of their own, for tests of the real stack."""

import json
import subprocess
import urllib.request
from dataclasses import dataclass
from typing import Any, Protocol

from nightside_drivers.clock import ScaledClock


@dataclass(frozen=True)
class TwinProcess:
    """A simulated D3s in a process of its own."""

    process: subprocess.Popen[str]
    port: int
    control_port: int
    serial: str

    @property
    def path(self) -> str:
        """Where libgphoto2 finds it."""
        return f"ptpip:127.0.0.1:{self.port}:{self.port}"

    def truth(self) -> list[dict[str, Any]]:
        """Every opening of its shutter, as it really was."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.control_port}/truth", timeout=10) as answer:
            found: list[dict[str, Any]] = json.load(answer)
            return found


class StartTwin(Protocol):
    """Starts a twin on a clock; `faults` is TOML."""

    def __call__(self, clock: ScaledClock, faults: str = "", serial: str = "2012345") -> TwinProcess: ...
