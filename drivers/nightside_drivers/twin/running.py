"""Twins as a program: builds the clock, the bodies and their faces, says on which ports they are, and runs until it is stopped."""

import asyncio
import ctypes
import json
import re
import signal
import socket
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from nightside_drivers.clock import Clock, ScaledClock, SystemClock
from nightside_drivers.twin import facts
from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.contents import Scene
from nightside_drivers.twin.control import serve_control
from nightside_drivers.twin.faults.plan import FaultPlan
from nightside_drivers.twin.faults.vocabulary import BadFaults, Fault, read
from nightside_drivers.twin.options import Options
from nightside_drivers.twin.ptpip import serve
from nightside_drivers.twin.wired import Line, serve_wired

PORT = 15740
"""The port that PTP/IP has been given (CIPA DC-005)."""

EXIT_PORT_TAKEN = 21
EXIT_BAD_FAULTS = EXIT_BAD_COMMAND = 2

PR_SET_PDEATHSIG = 1  # linux/prctl.h

SWITCH_S = 0.0005
"""Machine seconds after which a thread that renders lets the event loop go on, so that a release is stamped when it comes."""

Ports = dict[str, str | int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinSettings:
    """How to run twins."""

    body: str = "d3s"
    bodies: int = 1
    """How many, each on ports of its own and with a serial number of its own, counting up."""
    host: str = "127.0.0.1"
    port: int = PORT
    control_port: int | None = None
    release_port: int | None = None
    release_line: Line = Line.RTS
    speed: float = 1.0
    start: datetime | None = None
    origin: float | None = None
    faults: Path | None = None
    with_parent: bool = False
    """End with the process that started this one, however that ends (Linux)."""
    options: Options = Options(scene=Scene.CUPOLA)  # noqa: RUF009 — frozen

    def clock(self) -> Clock:
        """The machine's own clock, unless a start or a speed is given."""
        if self.start is None and self.speed == 1.0:
            return SystemClock()
        return ScaledClock(self.start or SystemClock().utc(), self.speed, self.origin)

    def numbered(self, number: int) -> "TwinSettings":
        """Those of one of several bodies, counting from 0. Port 0 stays 0: any free one."""
        return replace(
            self,
            port=self.port and self.port + number,
            control_port=self.control_port and self.control_port + number,
            release_port=self.release_port and self.release_port + number,
            options=replace(self.options, serial=next_serial(self.options.serial, number)),
        )


async def run_twin(settings: TwinSettings) -> int:
    """Run twins until SIGTERM or SIGINT, and give the exit code. Says the ports in one line of JSON on standard output."""
    try:
        faults = () if settings.faults is None else read(settings.faults)
    except (BadFaults, OSError) as error:
        return _fail(f"The faults cannot be read: {error}.", EXIT_BAD_FAULTS)
    sys.setswitchinterval(SWITCH_S)
    if settings.with_parent and sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    clock = settings.clock()
    async with AsyncExitStack() as faces:
        try:
            listening = [await _listen(settings.numbered(number), clock, faults, faces) for number in range(settings.bodies)]
        except BadFaults as error:
            return _fail(f"The body cannot have these faults: {error}.", EXIT_BAD_FAULTS)
        except socket.gaierror as error:
            return _fail(f"The twin cannot listen on {settings.host}: {error.strerror}.", EXIT_BAD_COMMAND)
        except OSError as error:
            return _fail(f"The twin cannot listen: {error.strerror}. Choose another port, or 0 for any.", EXIT_PORT_TAKEN)
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        sys.stdout.write(json.dumps(listening[0] | ({"bodies": listening} if len(listening) > 1 else {})) + "\n")
        sys.stdout.flush()
        await stopped.wait()
    return 0


async def _listen(settings: TwinSettings, clock: Clock, faults: tuple[Fault, ...], faces: AsyncExitStack) -> Ports:
    """Start every face of one body and give its ports. Raises `OSError` when one is taken."""
    body = BodyModel(facts.load(settings.body), clock, settings.options)
    plan = FaultPlan(body, faults, settings.options.seed)
    server = await faces.enter_async_context(await serve(body, settings.host, settings.port))
    said: Ports = {"body": settings.body, "serial": settings.options.serial, "host": settings.host, "port": server.port}
    if settings.control_port is not None:
        control = await faces.enter_async_context(await serve_control(body, plan, settings.host, settings.control_port))
        said["control_port"] = control.port
    if settings.release_port is not None:
        wired = await serve_wired(body, settings.host, settings.release_port, settings.release_line)
        await faces.enter_async_context(wired)
        said["release_port"] = wired.port
    return said


def next_serial(serial: str, number: int) -> str:
    """A serial number counted up in its last digits: 2012345 becomes 2012347 with 2."""
    digits = re.search(r"[0-9]*$", serial)
    last = digits.group() if digits else ""
    return serial if number == 0 else serial[: len(serial) - len(last)] + str(int(last or 0) + number).zfill(len(last))


def _fail(sentence: str, code: int) -> int:
    sys.stderr.write(sentence + "\n")
    return code
