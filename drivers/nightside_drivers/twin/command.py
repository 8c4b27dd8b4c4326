"""A twin as a program: builds the clock, the body and its faces, says on which ports they are, and runs until it is stopped."""

import argparse
import asyncio
import json
import math
import signal
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from nightside_drivers.clock import Clock, ScaledClock, SystemClock
from nightside_drivers.twin import facts
from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.contents import Scene
from nightside_drivers.twin.control import serve_control
from nightside_drivers.twin.faults.plan import FaultPlan
from nightside_drivers.twin.faults.vocabulary import BadFaults, read
from nightside_drivers.twin.options import Options
from nightside_drivers.twin.ptpip import serve
from nightside_drivers.twin.wired import Line, serve_wired

PORT = 15740
"""The port that PTP/IP has been given (CIPA DC-005)."""

EXIT_PORT_TAKEN = 21
EXIT_BAD_FAULTS = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinSettings:
    """How to run a twin."""

    body: str = "d3s"
    host: str = "127.0.0.1"
    port: int = PORT
    control_port: int | None = None
    release_port: int | None = None
    release_line: Line = Line.RTS
    serial: str = "2012345"
    speed: float = 1.0
    start: datetime | None = None
    origin: float | None = None
    seed: int = 0
    scene: Scene = Scene.CUPOLA
    full_size: bool = False
    faults: Path | None = None

    def clock(self) -> Clock:
        """The machine's own clock, unless a start or a speed is given."""
        if self.start is None and self.speed == 1.0:
            return SystemClock()
        return ScaledClock(self.start or SystemClock().utc(), self.speed, self.origin)


async def run_twin(settings: TwinSettings) -> int:
    """Run one twin until SIGTERM or SIGINT, and give the exit code. Says its ports in one line of JSON on standard output."""
    try:
        faults = () if settings.faults is None else read(settings.faults)
    except (BadFaults, OSError) as error:
        return _fail(f"The faults cannot be read: {error}.", EXIT_BAD_FAULTS)
    options = Options(serial=settings.serial, seed=settings.seed, full_size=settings.full_size, scene=settings.scene)
    body = BodyModel(facts.load(settings.body), settings.clock(), options)
    plan = FaultPlan(body, faults, settings.seed)
    async with AsyncExitStack() as faces:
        try:
            ports = await _listen(settings, body, plan, faces)
        except OSError as error:
            return _fail(f"The twin cannot listen: {error.strerror}. Choose another port, or 0 for any.", EXIT_PORT_TAKEN)
        about = {"body": settings.body, "serial": settings.serial, "host": settings.host}
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        sys.stdout.write(json.dumps(about | ports) + "\n")
        sys.stdout.flush()
        await stopped.wait()
    return 0


async def _listen(settings: TwinSettings, body: BodyModel, plan: FaultPlan, faces: AsyncExitStack) -> dict[str, int]:
    """Start every face and give the ports. Raises `OSError` when one is taken."""
    server = await faces.enter_async_context(await serve(body, settings.host, settings.port))
    ports = {"port": server.port}
    if settings.control_port is not None:
        control = await faces.enter_async_context(await serve_control(body, plan, settings.host, settings.control_port))
        ports["control_port"] = control.port
    if settings.release_port is not None:
        wired = await serve_wired(body, settings.host, settings.release_port, settings.release_line)
        await faces.enter_async_context(wired)
        ports["release_port"] = wired.port
    return ports


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line: `python -m nightside_drivers.twin`. Gives the exit code."""
    parser = argparse.ArgumentParser(prog="nightside twin", description="A simulated camera that speaks PTP/IP.")
    parser.add_argument("--body", default="d3s", choices=sorted(facts.BODIES), help="which body to be")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=_port, default=PORT, help="PTP/IP port; 0 takes any free one")
    parser.add_argument("--control-port", type=_port, help="port of the control face; 0 takes any free one")
    parser.add_argument("--release-port", type=_port, help="port of the wired line (RFC 2217); 0 takes any free one")
    parser.add_argument("--release-line", type=Line, choices=list(Line), default=Line.RTS, help="which line releases")
    parser.add_argument("--serial", default="2012345", help="serial number")
    parser.add_argument("--speed", type=_speed, default=1.0, help="how many times as fast as usual time passes")
    parser.add_argument("--start", type=_utc, help="UTC at the origin, such as 2018-07-03T19:30:00Z")
    parser.add_argument("--origin", type=float, help="CLOCK_MONOTONIC (s) at which it is --start; now, when left out")
    parser.add_argument("--seed", type=int, default=0, help="what the pictures follow from")
    parser.add_argument("--scene", type=Scene, choices=list(Scene), default=Scene.CUPOLA, help="where the camera is")
    parser.add_argument("--size", choices=("small", "full"), default="small", help="an eighth of the sensor each way, or all")
    parser.add_argument("--faults", type=Path, help="TOML file with what goes wrong")
    chosen = vars(parser.parse_args(arguments))
    full_size = chosen.pop("size") == "full"
    return asyncio.run(run_twin(TwinSettings(**chosen, full_size=full_size)))


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 0xFFFF:
        raise argparse.ArgumentTypeError(f"{port} is no port")
    return port


def _speed(text: str) -> float:
    speed = float(text)
    if not (math.isfinite(speed) and speed > 0):
        raise argparse.ArgumentTypeError(f"time cannot pass at a speed of {text}")
    return speed


def _utc(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as cause:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date and time such as 2018-07-03T19:30:00Z") from cause
    return instant.replace(tzinfo=instant.tzinfo or UTC)


def _fail(sentence: str, code: int) -> int:
    sys.stderr.write(sentence + "\n")
    return code
