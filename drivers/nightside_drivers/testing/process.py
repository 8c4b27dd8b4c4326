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


class TwinFaces:
    """Where the faces of one running twin are, and what is behind them."""

    def __init__(self, said: dict[str, Any]) -> None:
        """`said` is what the twin said when it was listening."""
        self._said = said

    @property
    def serial(self) -> str:
        """Its serial number."""
        return str(self._said["serial"])

    @property
    def port(self) -> int:
        """The PTP/IP port."""
        return int(self._said["port"])

    @property
    def control_port(self) -> int:
        """The port of the control face."""
        return int(self._said["control_port"])

    @property
    def gphoto_port(self) -> str:
        """The PTP/IP port as libgphoto2 writes it."""
        return f"ptpip:127.0.0.1:{self.port}:{self.port}"

    @property
    def release_url(self) -> str:
        """The wired line as pyserial opens it; there, when `--release-port` was among the arguments."""
        return f"rfc2217://127.0.0.1:{self._said['release_port']}"

    @property
    def control(self) -> ControlClient:
        """What is behind the scenes: truth log, dials, cards, cables, faults."""
        return ControlClient(self.control_port)

    def truth(self) -> list[dict[str, Any]]:
        """The truth log: every opening of the shutter, oldest first."""
        return self.control.truth()


class TwinProcess(TwinFaces):
    """A running twin. Use it as a context manager: it is gone when the block ends, however that ends.

    On Linux it is also gone when the thread that started it is, so that a killed test run leaves nothing behind: start it from
    one that lives as long.
    """

    def __init__(self, *arguments: str) -> None:
        """`arguments` are those of the command line; any free ports are taken unless they say otherwise."""
        super().__init__({})
        self._arguments = ("--port", "0", "--control-port", "0", "--with-parent", *arguments)
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "nightside_drivers.twin", *self._arguments]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = _line(self._process.stdout)
        if not line:
            complaint = _line(self._process.stderr)
            self.stop()
            raise TwinFailed(complaint.strip() or "the twin said nothing")
        self._said = json.loads(line)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    @property
    def bodies(self) -> tuple[TwinFaces, ...]:
        """Every body, when there are several (`--bodies`)."""
        return tuple(TwinFaces(said) for said in self._said.get("bodies", [self._said]))

    @property
    def pid(self) -> int:
        """The process, while it runs."""
        return 0 if self._process is None else self._process.pid

    def stop(self) -> int:
        """Let it end, and give its exit code. Safe to call twice."""
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
