"""What a configuration stands for, built piece by piece: whatever is needed without a running daemon too.

settings ─► clock, vantage, condition ─► planner;  body (a child process), sinks (each a process), storage policy
"""

from dataclasses import replace
from datetime import timedelta, tzinfo
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog

from nightside.clock import Clock, ScaledClock, SystemClock
from nightside.errors import ConfigRefused, ElementsDamaged, ElementsMissing, FolderUnwritable, Refused
from nightside.focus.gate import Gate
from nightside.focus.viewfinder import Viewfinder
from nightside.ledger.opening import open_ledger
from nightside.ledger.store import Ledger
from nightside.plan.planner import Night, Planner
from nightside.plan.when import When
from nightside.settings import AnyRelease, BodySettings, Camera, GpioRelease, Orbit, Settings, Storage
from nightside.sky.conditions import Condition, Names, parse_condition
from nightside.sky.elements import AgePolicy, Elements, load_elements
from nightside.sky.files import load_duty, load_regions
from nightside.sky.vantage import Site, Spacecraft, Vantage, satellite_of
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

log = structlog.stdlib.get_logger()


def load_night(settings: Settings) -> Night:
    """Load the elements or the site, and whatever the condition names.

    Raises:
        Refused: elements missing or damaged, unknown satellite, unknown condition.
    """
    configured, (condition, names) = settings.night, _meant(settings)
    orbit = settings.orbit
    ages = AgePolicy() if orbit is None else AgePolicy(timedelta(days=orbit.fresh_days), timedelta(days=orbit.stale_days))
    return Night(_vantage(settings), condition, timedelta(seconds=configured.min_length_s), ages, names, configured.not_before)


def _meant(settings: Settings) -> tuple[Condition, Names]:
    """What counts as night, and all the names that conditions may use: no elements are needed to read them."""
    configured = settings.night
    zone = _zone(configured.calendar_timezone)
    calendars = {name: load_duty(settings.path(file), zone) for name, file in configured.calendars.items()}
    regions = {name: area for file in configured.regions for name, area in load_regions(settings.path(file)).items()}
    own: dict[str, Condition] = {}
    for name, meaning in configured.conditions.items():
        own[name] = parse_condition(meaning, Names(own, calendars, regions))
    names = Names(own, calendars, regions)
    condition = parse_condition(configured.condition, names)
    return condition, names


def _vantage(settings: Settings) -> Vantage:
    if settings.orbit is not None:
        return Spacecraft(_elements(settings, settings.orbit), settings.orbit.earth, settings.orbit.sun)
    if settings.site is not None:
        site = settings.site
        passing = None if site.elements is None else load_elements(settings.path(site.elements), site.satellite)
        return Site(site.latitude_deg, site.longitude_deg, site.elevation_m, passing)
    raise AssertionError("unreachable: settings hold an orbit or a site")


def _elements(settings: Settings, orbit: Orbit) -> Elements:
    """The newest elements that can be had: the configured file's, or those of the source that refreshes them.

    Raises:
        Refused: neither can be used; the file's complaint is the one that is told.
    """
    path = settings.path(orbit.elements)
    if orbit.source is None:
        return load_elements(path, orbit.satellite)
    from nightside.sky.refresh import Source, refresh  # an HTTP client, which whoever has no source does without

    source = Source(orbit.source, orbit.satellite, settings.path(orbit.cache))
    try:
        # By the machine's clock even in a rehearsal: it is a real server that is asked, at most once in twelve real hours.
        refreshed = refresh(source, SystemClock()).elements
    except (Refused, FolderUnwritable) as error:
        log.warning("elements-not-refreshed", why=str(error))
        return load_elements(path, orbit.satellite)
    try:
        return max(refreshed, load_elements(path, orbit.satellite), key=lambda elements: elements.epoch)
    except Refused:
        return refreshed


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigRefused(
            f"[night] calendar_timezone is {name!r}, which is no time zone.", remedy="Name one like Europe/Zurich."
        ) from None


def build_clock(settings: Settings) -> Clock:
    """The machine's clock, or a rehearsal's."""
    table = settings.clock
    if table is None or (table.start is None and table.speed == 1):
        return SystemClock()
    return ScaledClock(table.start or SystemClock().utc(), table.speed, table.origin)


def clock_matters(settings: Settings) -> bool:
    """Whether plans may only be shot by a clock that is kept: those that follow an orbit, unless that is waived."""
    return settings.orbit is not None and (settings.clock is None or settings.clock.trust != "any")


def build_planner(settings: Settings, clock: Clock) -> Planner:
    """The planner of a configuration."""
    scale = clock.instant(clock.machine(0.0) + 1.0)
    _, names = _meant(settings)
    elements = _elements_at_start(settings)
    if elements is not None and elements.note:
        log.warning("elements-note", satellite=elements.name, note=elements.note)
    lead_s = max(camera.lead_s for camera in settings.every_camera)
    for program in settings.every_program:
        if program.when is not None:
            _meaning(program.when, names)  # refused now, too
    lead = timedelta(seconds=lead_s * scale)
    return Planner(partial(load_night, settings), settings.every_program, lead, scale, meaning_of)


def meaning_of(when: When, night: Night) -> Condition:
    """What a program's `when` asks for, as a condition.

    Raises:
        Refused: its cron expression or its condition cannot be read.
    """
    return _meaning(when, night.names)


def _meaning(when: When, names: Names) -> Condition:
    found = parse_condition(when.condition or "always", names)
    if when.cron is None or when.minutes is None:
        return found
    from nightside.service.cron import cron_condition

    return found & cron_condition(when.cron, when.minutes)


def elements_come(settings: Settings) -> bool:
    """Whether elements are fetched from the network, which may not be there yet when the daemon starts."""
    return settings.orbit is not None and settings.orbit.source is not None and "://" in settings.orbit.source


def _elements_at_start(settings: Settings) -> Elements | None:
    """The elements, if there are any to be had; everything else of the night is looked at too.

    Raises:
        Refused: something is missing or damaged that no network will bring.
    """
    try:
        return satellite_of(load_night(settings).vantage)
    except (ElementsMissing, ElementsDamaged) as error:
        if not elements_come(settings):
            raise
        log.warning("elements-awaited", code=error.code, why=str(error), next="Nothing is planned before they are there.")
        return None


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
