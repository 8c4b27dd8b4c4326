"""A daemon of a test's own, over the orbit that most tests fly: what it is told, its process and its log."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import tomli_w

from nightside_drivers.clock import ScaledClock
from tests.orbit import ISS_FILE

Table = dict[str, Any]


def telling(clock: ScaledClock) -> Table:
    """The table of a configuration that puts a daemon on this clock."""
    return {"start": clock.start, "speed": clock.speed, "origin": clock.origin}


def tables(**more: Table | list[Table]) -> Table:
    """A whole configuration that spools, stores and keeps its ledger beside itself; what is given replaces a table."""
    return {
        "orbit": {"elements": str(ISS_FILE)},
        "storage": {"spool": "spool", "sinks": [{"name": "frames", "path": "frames"}]},
        "ledger": {"path": "ledger.sqlite"},
        **more,
    }


class Daemon:
    """`nightside run` in a folder, as often as it is started: what the one before left is found."""

    def __init__(self, folder: Path, **more: Table | list[Table]) -> None:
        """Write its configuration; see `tables`."""
        self.config = folder / "nightside.toml"
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = folder
        self.write(**more)

    def write(self, **more: Table | list[Table]) -> None:
        """Write its configuration anew."""
        self.config.write_text(tomli_w.dumps(tables(**more)))

    def start(self, *words: str, environment: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
        """Start it, with more words on its command line."""
        whole = [sys.executable, "-m", "nightside", "run", "--config", str(self.config), *words]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                whole, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **(environment or {})}
            )
        return self._process

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process that was started last."""
        assert self._process is not None
        return self._process

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """What another command says in its folder."""
        whole = [sys.executable, "-m", "nightside", *words, "--config", str(self.config)]
        return subprocess.run(whole, capture_output=True, text=True, timeout=300, check=False)

    def lines(self, event: str) -> list[dict[str, Any]]:
        """What it has logged of one kind."""
        said = (line for line in (self._folder / "log").read_text(errors="replace").splitlines() if line.startswith("{"))
        return [line for line in map(json.loads, said) if line["event"] == event]

    def end(self) -> None:
        """Kill it, where it still runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
