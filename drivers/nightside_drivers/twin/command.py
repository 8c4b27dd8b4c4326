"""The command line of the twin: what a person types, checked, as settings."""

import argparse
import asyncio
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

from nightside_drivers.twin import facts
from nightside_drivers.twin.contents import Scene
from nightside_drivers.twin.datasets import LONGEST_STRING
from nightside_drivers.twin.options import Options
from nightside_drivers.twin.running import PORT, TwinSettings, run_twin
from nightside_drivers.twin.wired import Line

LAST_PORT = 0xFFFF
MOST_BODIES = 100

_DEFAULT = Options()


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m nightside_drivers.twin`, or `nightside twin`. Gives the exit code."""
    return asyncio.run(run_twin(parse(arguments)))


def parse(arguments: Sequence[str] | None = None) -> TwinSettings:
    """Settings from a command line. Ends the program with a message when it makes no sense, as argparse does."""
    parser = _parser()
    said = parser.parse_args(arguments)
    for port in (said.port, said.control_port, said.release_port):
        if port and port + said.bodies - 1 > LAST_PORT:
            parser.error(f"{said.bodies} bodies from port {port} on would need port {port + said.bodies - 1}")
    if said.origin is not None and said.start is None:
        parser.error("--origin makes no sense without --start")
    return TwinSettings(
        body=said.body,
        bodies=said.bodies,
        host=said.host,
        port=said.port,
        control_port=said.control_port,
        release_port=said.release_port,
        release_line=Line(said.release_line),
        speed=said.speed,
        start=said.start,
        origin=said.origin,
        faults=said.faults,
        with_parent=said.with_parent,
        options=Options(
            serial=said.serial,
            seed=said.seed,
            scene=Scene(said.scene),
            full_size=said.size == "full",
            real_bandwidth=said.bandwidth == "usb",
            reading_ends_bulb=not said.reading_keeps_bulb,
            autofocus_finds=said.autofocus_finds,
            sleeps=said.sleeps,
            battery_percent=said.battery,
            mains=said.mains,
        ),
    )


class _Parser(argparse.ArgumentParser):
    """One that points at what was meant."""

    def error(self, message: str) -> NoReturn:
        """End the program with a message, and with the option that a misspelled one is most like."""
        known = [option for action in self._actions for option in action.option_strings]
        words = message.partition("unrecognized arguments: ")[2].split()
        meant = [one for word in words for one in get_close_matches(word.partition("=")[0], known, 1)]
        super().error(f"{message}. Did you mean {', '.join(meant)}?" if meant else message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="nightside twin",
        description="A simulated camera that speaks PTP/IP.",
        epilog="nightside twin --speed 60 --release-port 2217 goes through a night in a minute, with a wired release. "
        "Ends with 0 when it is told to stop, 2 when it is not understood; docs/reference/exit-codes.md has all others.",
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--body", default="d3s", choices=sorted(facts.BODIES), help="which body to be")
    add("--bodies", type=_count, default=1, help="how many, on ports and with serial numbers that count up")
    add("--host", default="127.0.0.1", help="address to listen on")
    add("--port", type=_port, default=PORT, help="PTP/IP port; 0 takes any free one")
    add("--control-port", type=_port, help="port of the control face; 0 takes any free one")
    add("--release-port", type=_port, help="port of the wired line (RFC 2217); 0 takes any free one")
    add("--release-line", choices=[str(line) for line in Line], default=str(Line.RTS), help="which line releases")
    add("--serial", type=_serial, default=_DEFAULT.serial, help="serial number")
    add("--speed", type=_speed, default=1.0, help="how many times as fast as usual time passes")
    add("--start", type=_utc, help="UTC at the origin, such as 2018-07-03T19:30:00Z")
    add("--origin", type=_finite, help="CLOCK_MONOTONIC (s) at which it is --start; now, when left out")
    add("--seed", type=int, default=0, help="what pictures and chances follow from")
    add("--scene", choices=[str(scene) for scene in Scene], default=str(Scene.CUPOLA), help="where the camera is")
    add("--size", choices=("small", "full"), default="small", help="an eighth of the sensor each way, or all of it")
    add("--bandwidth", choices=("usb", "unlimited"), default="usb", help="how fast files come")
    add("--battery", type=_percent, default=_DEFAULT.battery_percent, help="what the battery holds at the start (%%)")
    add("--mains", action="store_true", help="a mains adapter, so that the battery does not drain")
    add("--faults", type=Path, help="TOML file with what goes wrong")
    add("--with-parent", action="store_true", help="end with the process that started it, however that ends (Linux)")
    add("--sleeps", action="store_true", help="leave the bus when nobody talks for the meter-off time")
    add("--autofocus-finds", action="store_true", help="let autofocus find something, as in daylight")
    add("--reading-keeps-bulb", action="store_true", help="let a bulb exposure go on while the card is read")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_BODIES:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of bodies from 1 to {MOST_BODIES}")
    return int(text)


def _serial(text: str) -> str:
    if not 1 <= len(text) <= LONGEST_STRING or not text.isascii() or not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text!r} is no serial number")
    return text


def _finite(text: str) -> float:
    try:
        number = float(text)
    except ValueError as cause:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from cause
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"{text!r} is no instant or amount")
    return number


def _percent(text: str) -> float:
    percent = _finite(text)
    if not 0 < percent <= 100:
        raise argparse.ArgumentTypeError(f"a battery does not hold {text} %")
    return percent


def _speed(text: str) -> float:
    speed = _finite(text)
    if speed <= 0:
        raise argparse.ArgumentTypeError(f"time cannot pass at a speed of {text}")
    return speed


def _utc(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as cause:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date and time such as 2018-07-03T19:30:00Z") from cause
    return instant.replace(tzinfo=instant.tzinfo or UTC)
