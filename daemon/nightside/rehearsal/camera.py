"""The twin that plays the body: which one it is, the process in which it runs, and the dials that a hand would turn."""

import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from nightside.clock import ScaledClock
from nightside.errors import CallPerson, ConfigRefused
from nightside.rehearsal.staging import Stage
from nightside.settings import SerialRelease
from nightside_drivers.api import ReleaseKind
from nightside_drivers.signalling import tell
from nightside_drivers.testing import TwinFaces
from nightside_drivers.twin.codes import Property
from nightside_drivers.twin.control.client import ControlRefused
from nightside_drivers.twin.faults import vocabulary

SERIAL = "2012345"
STARTS_WITHIN_S = 30.0
LOG = "twin.log"

BULB = 0xFFFFFFFF
CONTINUOUS_LOW = 0x8010


class TwinSilent(CallPerson):
    """The simulated camera did not start."""

    code = "twin-silent"
    exit_code = 27


def check_faults(path: Path) -> None:
    """Read a file of faults before anything is started.

    Raises:
        ConfigRefused: it cannot be read, or says what the twin does not understand.
    """
    try:
        vocabulary.read(path)
    except OSError as error:
        raise ConfigRefused(f"The faults {path} cannot be read: {error.strerror}.") from error
    except vocabulary.BadFaults as error:
        raise ConfigRefused(
            f"The faults are refused: {error}.", remedy="docs/reference/twin-faults.md lists all of them."
        ) from error


@asynccontextmanager
async def playing(stage: Stage, clock: ScaledClock) -> AsyncGenerator[TwinFaces]:
    """A twin on this clock, in a process of its own that ends with ours, however that ends.

    Raises:
        TwinSilent: it did not start. Carries what it said.
    """
    log = stage.folder / LOG
    with await asyncio.to_thread(log.open, "wb") as says:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "nightside_drivers.twin", *_words(stage, clock), stdout=asyncio.subprocess.PIPE, stderr=says
        )
    try:
        twin = await _ready(process, log)
        await asyncio.to_thread(_turn_dials, twin, stage)
        yield twin
    finally:
        tell(process, signal.SIGTERM)
        await process.communicate()


def _words(stage: Stage, clock: ScaledClock) -> list[str]:
    release = stage.settings.camera.release
    pairs: Mapping[str, str | Path | None] = {
        "--body": stage.part.twin,
        "--port": "0",
        "--control-port": "0",
        "--release-port": None if release is None else "0",
        "--release-line": release.line if isinstance(release, SerialRelease) else None,
        "--serial": stage.settings.camera.serial or SERIAL,
        "--start": clock.start.isoformat(),
        "--origin": repr(clock.origin),
        "--speed": repr(clock.speed),
        "--scene": "tripod" if stage.settings.orbit is None else "cupola",
        "--faults": stage.faults,
    }
    return ["--with-parent", *(f"{name}={word}" for name, word in pairs.items() if word is not None)]


async def _ready(process: asyncio.subprocess.Process, log: Path) -> TwinFaces:
    if process.stdout is None:
        raise AssertionError("unreachable: it was asked for")
    try:
        async with asyncio.timeout(STARTS_WITHIN_S):
            return TwinFaces(json.loads(await process.stdout.readline()))
    except (TimeoutError, json.JSONDecodeError):
        why = (await asyncio.to_thread(log.read_text, "utf-8", "replace")).strip()
    raise TwinSilent(
        f"The simulated camera did not start. {why}".strip(), remedy="Run `nightside twin` by itself to see what it says."
    )


def _turn_dials(twin: TwinFaces, stage: Stage) -> None:
    """Set by hand what a D3s takes from hands only, as `nightside doctor` would ask a person to."""
    releases = {shot.release for shot in stage.plan.shots}
    longest_s = max(shot.exposure.shutter_s for shot in stage.plan.shots)
    apertures = {shot.exposure.aperture for shot in stage.plan.shots}
    by_hand: list[tuple[int, int]] = []
    if releases & {ReleaseKind.BURST, ReleaseKind.HELD}:
        by_hand.append((Property.STILL_CAPTURE_MODE, CONTINUOUS_LOW))
    if ReleaseKind.WIRED in releases and longest_s > stage.part.body.longest_exposure_s:
        by_hand.append((Property.EXPOSURE_TIME, BULB))
    by_hand += [(Property.F_NUMBER, round(aperture * 100)) for aperture in apertures if aperture is not None]
    for dial, position in by_hand:
        with contextlib.suppress(ControlRefused):  # a lens without that aperture: the preflight says so, as it would tonight
            twin.control.dial(dial, position)
