"""What a rehearsal takes from a person's configuration, and what it puts in the place of the rest.

The night, the elements, the program, the body and its settings are theirs. The camera's port and power, the ledger, the spool,
every sink and the clock are the rehearsal's own, below one folder: nothing real is written to.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, cast

import tomli_w
from pydantic import BaseModel

from nightside.building import known_body
from nightside.clock import ScaledClock
from nightside.errors import FolderUnwritable, PlanImpossible, RangeRefused
from nightside.nights import build_planner
from nightside.plan.values import Plan
from nightside.rehearsal.casting import Part, part_of
from nightside.settings import AnyRelease, ClockTable, GpioRelease, LedgerTable, SerialRelease, Settings
from nightside.storage.sinks.tables import FolderSinkTable
from nightside.storage.templates import DEFAULT
from nightside_drivers.testing import TwinFaces

CONFIGURATION = "nightside.toml"
SINKS = "sinks"

USUAL = 60.0
FASTEST = 400.0
"""Beyond, a tenth of a second in which libgphoto2 looks at a body is the better part of a minute."""

OVERTURE_S = 8.0
"""Machine seconds between the start of the clock and the time at which a body is set up: for two processes to start in."""

JUST_BEFORE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Stage:
    """One window, ready to be rehearsed."""

    settings: Settings
    """As configured."""
    folder: Path
    speed: float
    part: Part
    tonight: Plan
    """What the real body is going to shoot."""
    plan: Plan
    """What is going to be shot here: the body's own overhead is not sped up, and takes its share of the window."""
    faults: Path | None

    @property
    def takes_s(self) -> float:
        """Machine seconds from the start to the last exposure's end; the drain comes on top."""
        return self._ahead_s + (self.plan.shots[-1].close_at - self.plan.shots[0].open_at).total_seconds() / self.speed

    @property
    def _ahead_s(self) -> float:
        return self.settings.camera.lead_s + OVERTURE_S

    def put_into(self, folder: Path) -> "Stage":
        """The same, writing into another folder."""
        return replace(self, folder=folder)

    def frames(self, session: str, window: str) -> Path:
        """Where the first sink's frames of a window are."""
        return self.folder / SINKS / self.settings.storage.sinks[0].name / session / window

    def start(self) -> ScaledClock:
        """The clock, begun now, early enough for the body to be set up as long before its first shot as configured."""
        return ScaledClock(self.plan.shots[0].open_at - timedelta(seconds=self._ahead_s * self.speed), self.speed)


def stage(
    settings: Settings,
    folder: Path,
    after: datetime,
    *,
    speed: float | None = None,
    window: int = 1,
    faults: Path | None = None,
) -> Stage:
    """Choose the window and who plays the body, and find out whether the program can be had at this speed.

    Args:
        settings: the person's own.
        folder: where the rehearsal may write.
        after: tonight is what comes after this instant.
        speed: how many times as fast as the night will be; `USUAL`, or as fast as the program allows, when not given.
        window: the first window from then on is 1.
        faults: the twin's, as a file.

    Raises:
        RangeRefused: no clock runs at such a speed.
        PlanImpossible: the program cannot be shot, or not so fast.
        NightsideError: whatever else stands against the real night.
    """
    if speed is not None and not (math.isfinite(speed) and 1 <= speed <= FASTEST):
        raise RangeRefused(f"A rehearsal does not run at {speed:g} times the speed.", remedy=f"Choose 1 to {FASTEST:g}.")
    tonight = _nth(settings, after, window)
    part = part_of(known_body(settings))
    chosen, plan = _at_speed(partial(_planned, settings, tonight, part), speed)
    return Stage(settings, folder, chosen, part, tonight, plan, faults)


def new_folder(root: Path) -> Path:
    """The next free numbered folder below `root`, so that no rehearsal overwrites another.

    Raises:
        FolderUnwritable: it cannot be made.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        taken = [int(entry.name) for entry in root.iterdir() if entry.name.isdecimal()]
        folder = root / f"{max(taken, default=0) + 1:03}"
        folder.mkdir()
    except OSError as error:
        raise FolderUnwritable(
            f"The rehearsal cannot write to {root}: {error.strerror}.", remedy="Give it another folder with --folder."
        ) from error
    return folder


def cast_as(stage: Stage, clock: ScaledClock, twin: TwinFaces) -> Settings:
    """The settings of the rehearsal; they are written into its folder too, so that other commands can be pointed at it.

    The environment is not asked again: what it says of the real spool must not end up here.

    Raises:
        FolderUnwritable: the folder cannot be written.
    """
    real, folder = stage.settings, stage.folder.absolute()
    sinks = tuple(
        FolderSinkTable(name=sink.name, path=folder / SINKS / sink.name, required=sink.required) for sink in real.storage.sinks
    )
    release = real.camera.release
    wired = release and _wired(release, twin.release_url)
    camera = {"driver": "gphoto", "port": twin.gphoto_port, "serial": twin.serial, "power_hook": (), "release": wired}
    settings = real.model_copy(
        update={
            "night": real.night.model_copy(update={"not_before": stage.tonight.span.start - _margin(stage)}),
            "camera": real.camera.model_copy(update=camera),
            "storage": real.storage.model_copy(update={"spool": folder / "spool", "sinks": sinks, "names": DEFAULT}),
            "api": real.api.model_copy(
                update={"enabled": False, "tokens": folder / "tokens.json"}
            ),  # the port is the real daemon's
            "ledger": LedgerTable(path=folder / "ledger.sqlite"),
            "clock": ClockTable(start=clock.start, speed=clock.speed, origin=clock.origin),
        }
    )
    text = tomli_w.dumps(cast("dict[str, Any]", _plain(settings, real)))
    path = folder / CONFIGURATION
    try:
        path.write_text(f"# Written by a rehearsal. `nightside frames -c THIS` lists what was taken.\n{text}", encoding="utf-8")
    except OSError as error:
        raise FolderUnwritable(f"The rehearsal cannot write {path}: {error.strerror}.") from error
    return settings


def _wired(release: AnyRelease, url: str) -> SerialRelease:
    """The twin's button hangs on a serial server, whatever the real one hangs on."""
    if isinstance(release, GpioRelease):
        return SerialRelease(port=url, contact=release.contact is not None)
    return release.model_copy(update={"port": url, "inverted": False, "latency_s": 0.0})


def _margin(stage: Stage) -> timedelta:
    return timedelta(seconds=stage.tonight.span.uncertainty_s) + JUST_BEFORE


def _nth(settings: Settings, after: datetime, window: int) -> Plan:
    planner, body = build_planner(settings, 1.0), known_body(settings)
    plan = planner(after, body)
    for _ in range(window - 1):
        plan = planner(plan.span.end, body)
    return plan


def _planned(settings: Settings, tonight: Plan, part: Part, speed: float) -> Plan:
    """The plan of the same window with the overhead of a body that is not sped up. Raises `PlanImpossible`."""
    before = tonight.span.start - timedelta(seconds=tonight.span.uncertainty_s) - JUST_BEFORE
    planner = build_planner(settings, speed)
    return planner(before - planner.lead, part.body)


def _at_speed(planned: Callable[[float], Plan], speed: float | None) -> tuple[float, Plan]:
    """A speed at which the program has room, and its plan. Raises `PlanImpossible`."""
    wanted = USUAL if speed is None else speed
    try:
        return wanted, planned(wanted)
    except PlanImpossible as error:
        fits = _fastest(planned, wanted)
        if fits is None:
            raise
        if speed is None:
            return fits, planned(fits)
        raise PlanImpossible(
            f"At {speed:g} times the speed this program cannot be rehearsed: {error.what}",
            means=f"What the body itself needs between two exposures is not sped up, and looks {speed:g} times as long.",
            remedy=f"The fastest rehearsal of it is --speed {fits}.",
        ) from error


def _fastest(planned: Callable[[float], Plan], too_fast: float) -> int | None:
    """The fastest whole speed at which the program can still be planned; none, if it is not the speed that is in its way."""
    slow, fast = 1, math.ceil(too_fast)
    try:
        planned(slow)
    except PlanImpossible:
        return None
    while fast - slow > 1:
        middle = (slow + fast) // 2
        try:
            planned(middle)
        except PlanImpossible:
            fast = middle
        else:
            slow = middle
    return slow


def _plain(value: object, real: Settings) -> object:
    """A value as TOML can say it: without what is not set, and with paths that count from nowhere."""
    if isinstance(value, BaseModel):
        value = {name: getattr(value, name) for name in type(value).model_fields}
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value).items()
        return {name: _plain(item, real) for name, item in items if item is not None}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(real.path(value).absolute())
    if isinstance(value, (tuple, list, frozenset)):
        return [_plain(item, real) for item in cast("tuple[object, ...]", value)]
    return value
