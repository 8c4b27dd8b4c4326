"""Meeting the body, for `nightside doctor`: who it is, what a person must turn, and how quick its release is."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from nightside.clock import Clock, SystemClock
from nightside.focus.beside import Neighbour, gate_beside, require_free
from nightside.plan.values import Plan
from nightside.settings import Camera, GpioRelease, Settings
from nightside_drivers.api import Exposure, ReleaseKind
from nightside_drivers.errors import BodyRefused
from nightside_drivers.latency import measure
from nightside_drivers.preflight import Asked, Line, lines
from nightside_drivers.protocol import Opened
from nightside_drivers.proxy import HostedBody
from nightside_drivers.replay.recording import VERSION, Recording, redacted, write

CLOCK_WITHIN_S = 2.5
"""How long the body's clock is watched: its second turns twice meanwhile."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """What came of meeting the body."""

    about: str
    lines: tuple[Line, ...]


async def meet(settings: Settings, clock: Clock, plan: Plan | None, presses: int, record: Path | None) -> Meeting:
    """Open the body, ask it everything, press its release `presses` times, record it in a file if asked, and let it go.

    It is set as it would be for a night first, so that what is left is for hands.

    Raises:
        BodyReserved: a daemon needs it now, or will soon.
        NightsideError: it is not there, or fails.
    """
    async with AsyncExitStack() as stack:
        camera = settings.camera
        ask = await gate_beside(neighbour(settings, camera), camera.serial, clock, stack)
        await require_free(ask)
        return await _met(settings, clock, plan, _Wanted(presses, record, partial(require_free, ask)))


def neighbour(settings: Settings, camera: Camera) -> Neighbour:
    """The daemon of this configuration, if one runs."""
    from nightside.cli.daemon import in_hand  # an HTTP client

    return Neighbour(settings.ledger_place, camera.lead_s, lambda: in_hand(settings.door, camera.serial))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is to be done beside asking."""

    presses: int
    record: Path | None
    require_free: Callable[[], Awaitable[None]]
    """Raises when the body is needed elsewhere."""


async def _met(settings: Settings, clock: Clock, plan: Plan | None, wanted: _Wanted) -> Meeting:
    async with _held(settings) as (body, opened):
        state = await body.state()
        offset = None
        if isinstance(clock, SystemClock):  # a rehearsal's body keeps another time
            with contextlib.suppress(BodyRefused):  # a body that does not tell its time gets no line about it
                offset = await body.clock_offset(CLOCK_WITHIN_S)
        asked = None
        if plan is not None:
            asked = Asked(before_the_night(plan), len(plan.shots), plan.battery_percent)
        found = [*lines(state, opened.capabilities, asked, offset), *_wiring(settings)]
        if wanted.presses:
            found.append(await _release(body, wanted))
        if wanted.record is not None:
            await wanted.require_free()
            files = await body.files()
            kept = Recording(VERSION, redacted(opened.identity), opened.capabilities, state, files, offset)
            found.append(await asyncio.to_thread(_keep, kept, wanted.record))
    who = opened.identity
    granted = ", ".join(opened.granted) or "nothing"
    return Meeting(
        f"{who.model}, serial {who.serial}, firmware {who.firmware or 'unknown'}; its process got {granted}.", tuple(found)
    )


def before_the_night(plan: Plan) -> Exposure:
    """What the body must stand ready for: the first shot, with the dial and the lens ring as the first that cares wants them."""
    first = plan.shots[0]
    by_itself = (shot.release for shot in plan.shots if shot.release in {ReleaseKind.BURST, ReleaseKind.HELD})
    release = next(by_itself, first.release) if first.release is ReleaseKind.USB else first.release
    aperture = next((shot.exposure.aperture for shot in plan.shots if shot.exposure.aperture is not None), None)
    return replace(first.exposure, release=release, aperture=aperture)


def _keep(recording: Recording, path: Path) -> Line:
    try:
        write(recording, path)
    except OSError as error:
        return Line("recording", good=False, says=f"{path} cannot be written: {error.strerror}.", remedy="Name another file.")
    return Line("recording", good=True, says=f"The body is recorded in {path}, without its serial number.")


@asynccontextmanager
async def _held(settings: Settings) -> AsyncGenerator[tuple[HostedBody, Opened]]:
    from nightside.building import build_body

    body = build_body(settings)
    try:
        yield body, await body.open()
    finally:
        await body.close()


def _wiring(settings: Settings) -> list[Line]:
    wired = settings.camera.release
    if wired is None:
        return []
    if isinstance(wired, GpioRelease):
        return [Line("release", good=True, says=f"By wire on GPIO {wired.pin}, with a process that lets it go after a crash.")]
    if wired.inverted:
        remedy = "Wire it so that a high line presses, and drop inverted: a killed program closes only such a shutter."
        return [Line("release", good=False, says="The release is pressed while its line is low.", remedy=remedy)]
    return [Line("release", good=True, says=f"By wire on {wired.port}, line {wired.line.upper()}.")]


async def _release(body: HostedBody, wanted: _Wanted) -> Line:
    found = await measure(body, wanted.presses, before_each=wanted.require_free)
    spread_ms = found.spread_s * 1000
    says = f"{wanted.presses} presses: the shutter opens {found.median_s * 1000:.1f} ms after them, spread {spread_ms:.1f} ms."
    return Line("latency", good=True, says=says, remedy=f"Put latency_s = {found.median_s:.4f} under [camera.release].")
