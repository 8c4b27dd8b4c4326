"""What a configuration stands for, built piece by piece: whatever is needed without a running daemon too.

settings ─► clock;  body (a child process), sinks (each a process), storage policy.  The night: `nightside.nights`
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from nightside.clock import Clock, ScaledClock, SystemClock
from nightside.errors import ConfigRefused
from nightside.focus.gate import Gate
from nightside.focus.viewfinder import Viewfinder
from nightside.ledger.opening import open_ledger
from nightside.ledger.store import Ledger
from nightside.settings import AnyRelease, BodySettings, Camera, GpioRelease, Settings, Storage
from nightside.storage.policy import Policy
from nightside.storage.sinks.hosted import HostedSink
from nightside.storage.sinks.tables import AnySink
from nightside.storage.spool import Spool
from nightside_drivers import bodies
from nightside_drivers.api import Capabilities, ReleaseKind, Setting
from nightside_drivers.proxy import Deadlines, HostedBody, Wishes
from nightside_drivers.wired.gpio_line import GpioWiring
from nightside_drivers.wired.options import Wiring, release_options
from nightside_drivers.wired.serial_line import Line, SerialWiring


def build_clock(settings: Settings) -> Clock:
    """The machine's clock, or a rehearsal's."""
    table = settings.clock
    if table is None or (table.start is None and table.speed == 1):
        return SystemClock()
    return ScaledClock(table.start or SystemClock().utc(), table.speed, table.origin)


def clock_matters(settings: Settings) -> bool:
    """Whether plans may only be shot by a clock that is kept: those that follow an orbit, unless that is waived."""
    return settings.orbit is not None and (settings.clock is None or settings.clock.trust != "any")


def known_body(settings: Settings, camera: Camera | None = None) -> Capabilities:
    """What the configured model can do, for plans that are made while no body is connected; the first, when none is named.

    Raises:
        ConfigRefused: no such model is known.
    """
    camera = camera or settings.camera
    found = bodies.find("", camera.model)
    if found is None:
        known = ", ".join(sorted(capabilities.model for _, capabilities in bodies.table()))
        raise ConfigRefused(
            f"[camera] model is {camera.model!r}, which is not in the table of bodies.", remedy=f"Known: {known}."
        )
    if camera.release is None:
        return replace(found, releases=found.releases - {ReleaseKind.WIRED, ReleaseKind.HELD})
    return found


def build_body(settings: Settings, camera: Camera | None = None) -> HostedBody:
    """The handle on a configured body; the first, when none is named. Nothing is started yet."""
    camera = camera or settings.camera
    options = {"port": camera.port, "serial": camera.serial or ""}
    if camera.release is not None:
        options |= release_options(wiring(camera.release), camera.release.latency_s)
    deadlines = Deadlines(call_s=camera.answer_within_s, shot_margin_s=camera.answer_within_s)
    return HostedBody(camera.driver, options, deadlines, wishes=_wishes(camera.settings))


def wiring(table: AnyRelease) -> Wiring:
    """How the configured release is wired."""
    if isinstance(table, GpioRelease):
        return GpioWiring(table.pin, table.prefocus, table.active_low, table.contact)
    prefocus = Line(table.prefocus) if table.prefocus else None
    return SerialWiring(table.port, Line(table.line), prefocus, table.inverted, table.contact)


def _wishes(table: BodySettings) -> Wishes:
    named = {
        Setting.QUALITY: table.quality,
        Setting.WHITE_BALANCE: table.white_balance,
        Setting.NOISE_REDUCTION: table.noise_reduction,
        Setting.DELAY: table.delay,
        Setting.METER_OFF: table.meter_off,
    }
    return Wishes({setting: word for setting, word in named.items() if word is not None}, table.restore)


def build_viewfinder(camera: Camera, clock: Clock, gate: Gate) -> Viewfinder:
    """Live view of a configured body, without its release line. `gate` says when the body belongs to the night."""
    options = {"port": camera.port, "serial": camera.serial or ""}
    return Viewfinder(lambda: HostedBody(camera.driver, options), gate, clock)


def build_sinks(settings: Settings) -> list[HostedSink]:
    """The configured sinks, each to live in a process of its own. Nothing is touched yet."""
    return [HostedSink(sink_options(settings, table)) for table in settings.storage.sinks]


def sink_options(settings: Settings, table: AnySink) -> dict[str, Any]:
    """What a sink's process needs to know, with paths that do not depend on where it runs."""
    here = {key: str(settings.path(value).absolute()) for key, value in table if isinstance(value, Path)}
    return table.model_dump(mode="json") | here | {"spool": str(settings.path(settings.storage.spool).absolute())}


def storage_policy(storage: Storage) -> Policy:
    """When frames are drained and what is kept, as configured."""
    keep = timedelta(days=storage.spool_keep_days)
    return Policy(storage.drain, storage.card, storage.room, keep, int(storage.spool_floor_gb * 1e9))


def build_stores(settings: Settings, clock: Clock) -> tuple[Spool, Ledger]:
    """Open the places that a daemon cannot be without. Waits for disks."""
    spool = Spool(settings.path(settings.storage.spool), storage_policy(settings.storage).spool_floor)
    return spool, open_ledger(settings.ledger_place, clock, settings.ledger.name)
