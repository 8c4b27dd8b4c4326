"""`nightside run` in a process of its own, with a page, on a twin: it can be killed, and started again where it was."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import tomli_w

from nightside_drivers.clock import machine_now, pause
from nightside_drivers.testing import TwinProcess

PATIENCE_S = 60.0
"""Machine seconds for a daemon to come up on a machine that has other work."""

SHOOTING: dict[str, Any] = {
    "site": {"latitude_deg": 46.5, "longitude_deg": 8.0},
    "night": {"condition": "always"},
    "program": {"kind": "interval", "exposure_s": 1, "every_s": 3, "shots": 400},
}
"""A night that begins at once and outlasts the tests."""

WAITING: dict[str, Any] = {
    "site": {"latitude_deg": 0.0, "longitude_deg": 0.0},
    "night": {"condition": "sun < -89.9 & sun > 89"},
    "program": {"kind": "interval", "exposure_s": 1, "every_s": 3, "shots": 5},
}
"""A night that never comes."""


class Daemon:
    """A daemon with a page. Use it as a context manager."""

    def __init__(self, folder: Path, twin: TwinProcess | None, tables: dict[str, Any]) -> None:
        """`tables` are of the configuration; what is the same for all is added. Without a twin there is no body."""
        self.folder = folder
        self.twin = twin
        self.port = _free_port()
        folder.mkdir(parents=True, exist_ok=True)
        here = {"port": "ptpip:127.0.0.1:1:1" if twin is None else twin.gphoto_port, "lead_s": 1}
        whole = {
            **tables,
            "camera": here | tables.get("camera", {}),
            "storage": {"spool": "spool", "sinks": [{"name": "frames", "path": "frames"}]} | tables.get("storage", {}),
            "ledger": {"path": "ledger.sqlite"},
            "api": {"port": self.port} | tables.get("api", {}),
        }
        self.config = folder / "nightside.toml"
        self.config.write_text(tomli_w.dumps(whole))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """Its process, while it runs."""
        assert self._process is not None
        return self._process.pid

    def log(self) -> list[dict[str, Any]]:
        """What it has said so far."""
        lines = (self.folder / "daemon.log").read_text(errors="replace").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def start(self) -> None:
        """Start it, and wait until it serves."""
        before = (self.folder / "daemon.log").stat().st_size if (self.folder / "daemon.log").exists() else 0
        with (self.folder / "daemon.log").open("ab") as log:
            words = [sys.executable, "-m", "nightside", "run", "--config", str(self.config)]
            self._process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = machine_now() + PATIENCE_S
        while b'"api-up"' not in (self.folder / "daemon.log").read_bytes()[before:]:
            if self._process.poll() is not None or machine_now() > end:
                raise RuntimeError((self.folder / "daemon.log").read_text(errors="replace")[before:])
            pause(0.05)

    def kill(self) -> None:
        """Kill it as a power cut would."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
