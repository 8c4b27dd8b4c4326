"""`python -m benchmarks.camera [NAME...]`: punctuality, gaps, bulb, drain and memory, beside the `gphoto2` command line.

Every body is a twin at the machine's own speed, so that its clock is the machine's; libgphoto2's own virtual camera is the other
body of the memory test. The command line gets a twin of its own and the same work, in the same run. `--quick` takes fewer and
shorter exposures, to see that everything works; its figures mean little. `--json` prints the figures for programs.
"""

import argparse
import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable

from benchmarks.camera import bulb, command_line, drain, gaps, interval, memory
from benchmarks.camera.figures import Found


async def of_interval(*, quick: bool) -> AsyncIterator[Found]:
    shots = 10 if quick else 300
    yield await interval.interval(shots, load=False)
    yield await interval.interval(shots, load=True)
    if command_line.there():
        yield await asyncio.to_thread(command_line.interval, shots, 2)


async def of_gaps(*, quick: bool) -> AsyncIterator[Found]:
    frames = 5 if quick else 60
    yield await gaps.by_usb(frames)
    yield await gaps.held(frames)
    if command_line.there():
        yield await asyncio.to_thread(command_line.back_to_back, min(frames, 20))


async def of_bulb(*, quick: bool) -> AsyncIterator[Found]:
    yield await bulb.bulb([1.0, 1.5, 2.0] if quick else [1.0] * 40 + [2.0] * 20 + [10.0] * 6 + [30.0] * 2 + [60.0])
    yield await bulb.bulb([60.0, 90.0] if quick else [120.0, 300.0, 600.0, 900.0, 900.0], bulb.SCALE)


async def of_drain(*, quick: bool) -> AsyncIterator[Found]:
    yield await drain.drain(turns=2 if quick else 7)


async def of_memory(*, quick: bool) -> AsyncIterator[Found]:
    frames = 100 if quick else 10_000
    yield await memory.vusb(frames)
    yield await memory.twin(frames)


ALL: dict[str, Callable[..., AsyncIterator[Found]]] = {
    "interval": of_interval,
    "gaps": of_gaps,
    "bulb": of_bulb,
    "drain": of_drain,
    "memory": of_memory,
}


async def run(names: list[str], *, quick: bool, as_json: bool) -> None:
    """Each figure as soon as it is known."""
    every: list[Found] = []
    for name in names or list(ALL):
        async for found in ALL[name](quick=quick):
            every.append(found)
            if not as_json:
                print(found, flush=True)
    if as_json:
        told = [{"name": one.name, **one.figures, "missed": [str(bound) for bound in one.missed()]} for one in every]
        print(json.dumps({"load": os.getloadavg()[0], "cores": os.cpu_count(), "found": told}, indent=2, ensure_ascii=False))


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.camera", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "names", nargs="*", choices=[*ALL, []], metavar="NAME", help=f"of {', '.join(ALL)}; all, when none is named"
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    asyncio.run(run(options.names, quick=options.quick, as_json=options.json))


if __name__ == "__main__":
    main()
