"""A twin in a process of its own: for clients that hold Python's lock while they wait for a body, as python-gphoto2 may."""

import json
import subprocess
import sys
from types import TracebackType
from typing import IO, Any, Self

from nightside_drivers.twin.control import ControlClient

STOP_S = 10.0
"""Machine seconds that a twin has to stop in before it is killed."""


class TwinFailed(RuntimeError):
    """The twin did not start. Carries what it said."""


class TwinProcess:
    """A running twin. Use it as a context manager: it is gone when the block ends, however that ends."""

    def __init__(self, *arguments: str) -> None:
        """`arguments` are those of the command line; any free ports are taken unless they say otherwise."""
        self._arguments = ("--port", "0", "--control-port", "0", *arguments)
        self._process: subprocess.Popen[str] | None = None
        self._about: dict[str, Any] = {}

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "nightside_drivers.twin", *self._arguments]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = _line(self._process.stdout)
        if not line:
            said = _line(self._process.stderr)
            self._end()
            raise TwinFailed(said.strip() or "the twin said nothing")
        self._about = json.loads(line)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._end()

    @property
    def port(self) -> int:
        """The PTP/IP port."""
        return int(self._about["port"])

    @property
    def control_port(self) -> int:
        """The port of the control face."""
        return int(self._about["control_port"])

    @property
    def gphoto_port(self) -> str:
        """The port as libgphoto2 writes it."""
        return f"ptpip:127.0.0.1:{self.port}:{self.port}"

    @property
    def release_url(self) -> str:
        """The wired line as pyserial opens it; there, when `--release-port` was among the arguments."""
        return f"rfc2217://127.0.0.1:{self._about['release_port']}"

    @property
    def control(self) -> ControlClient:
        """What is behind the scenes: truth log, dials, cards, cables, faults."""
        return ControlClient(self.control_port)

    def truth(self) -> list[dict[str, Any]]:
        """The truth log: every opening of the shutter, oldest first."""
        return self.control.truth()

    def stop(self) -> int:
        """Ask it to end, and give its exit code."""
        return self._end()

    def _end(self) -> int:
        process = self._process
        if process is None:
            return 0
        process.terminate()
        try:
            code = process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        self._process = None
        return code


def _line(stream: IO[str] | None) -> str:
    return "" if stream is None else stream.readline()
