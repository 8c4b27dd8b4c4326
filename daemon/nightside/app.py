"""The composition root: the only place that builds real things out of a configuration.

settings ─► clock, vantage, condition ─► planner ─┐
         ─► ledger, spool, sinks ─────────────────┼─► Watch
         ─► body (a child process) ───────────────┘
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta, tzinfo
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog

from nightside.clock import Clock, ScaledClock, SystemClock
from nightside.engine.adoption import Adopted, Adoption
from nightside.engine.bodyclock import ClockCare
from nightside.engine.circumstances import Circumstances
from nightside.engine.controls import Controls
from nightside.engine.desk import Desk
from nightside.engine.hold import Hold, Patience
from nightside.engine.notices import Notices
from nightside.engine.party import Party
from nightside.engine.snapshot import Board
from nightside.engine.watch import Keeping, Watch
from nightside.errors import ConfigRefused, FolderUnwritable, LedgerDamaged, NightsideError, Refused
from nightside.focus.gate import Gate, gate
from nightside.focus.viewfinder import Viewfinder
from nightside.ledger.journal import Journal
from nightside.ledger.opening import open_ledger, sole_writer
from nightside.ledger.store import Ledger
from nightside.plan.planner import Night, Planner
from nightside.service import looks
from nightside.service.agenda import Agenda
from nightside.service.door import door
from nightside.service.hooks import Hooks
from nightside.service.timekeeping import clock_trust
from nightside.settings import AnyRelease, BodySettings, Camera, GpioRelease, Orbit, Settings, Storage
from nightside.sky.conditions import Condition, Names, parse_condition
from nightside.sky.elements import AgePolicy, Elements, load_elements
from nightside.sky.files import load_duty, load_regions
from nightside.sky.refresh import Source, refresh
from nightside.sky.vantage import Site, Spacecraft, Vantage, satellite_of
from nightside.storage.feeding import Feeding
from nightside.storage.policy import Policy
from nightside.storage.promises import promised
from nightside.storage.rebuilding import Rebuilt, rebuild
from nightside.storage.sinks.hosted import HostedSink
from nightside.storage.sinks.marker import Notes
from nightside.storage.sinks.tables import AnySink
from nightside.storage.spool import Spool
from nightside.storage.traffic import Traffic
from nightside_drivers import bodies
from nightside_drivers.api import Capabilities, ReleaseKind, Setting
from nightside_drivers.finding.plugging import listening
from nightside_drivers.proxy import Deadlines, HostedBody, Wishes
from nightside_drivers.rescue import HostedRescue
from nightside_drivers.wired.gpio_line import GpioWiring
from nightside_drivers.wired.options import Wiring, release_options
from nightside_drivers.wired.serial_line import Line, SerialWiring

log = structlog.stdlib.get_logger()


def load_night(settings: Settings) -> Night:
    """Load the elements or the site, and whatever the condition names.

    Raises:
        Refused: elements missing or damaged, unknown satellite, unknown condition.
    """
    configured = settings.night
    zone = _zone(configured.calendar_timezone)
    calendars = {name: load_duty(settings.path(file), zone) for name, file in configured.calendars.items()}
    regions = {name: area for file in configured.regions for name, area in load_regions(settings.path(file)).items()}
    own: dict[str, Condition] = {}
    for name, meaning in configured.conditions.items():
        own[name] = parse_condition(meaning, Names(own, calendars, regions))
    names = Names(own, calendars, regions)
    condition = parse_condition(configured.condition, names)
    orbit = settings.orbit
    ages = AgePolicy() if orbit is None else AgePolicy(timedelta(days=orbit.fresh_days), timedelta(days=orbit.stale_days))
    return Night(_vantage(settings), condition, timedelta(seconds=configured.min_length_s), ages, names, configured.not_before)


def build_clock(settings: Settings) -> Clock:
    """The machine's clock, or a rehearsal's."""
    table = settings.clock
    if table is None or (table.start is None and table.speed == 1):
        return SystemClock()
    return ScaledClock(table.start or SystemClock().utc(), table.speed, table.origin)


def build_planner(settings: Settings, clock: Clock) -> Planner:
    """The planner of a configuration."""
    scale = clock.instant(clock.machine(0.0) + 1.0)
    night = load_night(settings)  # what is missing or damaged is refused now, not at the first window
    elements = satellite_of(night.vantage)
    if elements is not None and elements.note:
        log.warning("elements-note", satellite=elements.name, note=elements.note)
    lead_s = max(camera.lead_s for camera in settings.every_camera)
    return Planner(partial(load_night, settings), settings.every_program, timedelta(seconds=lead_s * scale), scale)


def known_body(settings: Settings) -> Capabilities:
    """What the configured model can do, for plans that are made while no body is connected.

    Raises:
        ConfigRefused: no such model is known.
    """
    found = bodies.find("", settings.camera.model)
    if found is None:
        known = ", ".join(sorted(capabilities.model for _, capabilities in bodies.table()))
        raise ConfigRefused(
            f"[camera] model is {settings.camera.model!r}, which is not in the table of bodies.", remedy=f"Known: {known}."
        )
    if settings.camera.release is None:
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


def build_viewfinder(camera: Camera, clock: Clock, gate: Gate) -> Viewfinder:
    """Live view of a configured body, without its release line. `gate` says when the body belongs to the night."""
    options = {"port": camera.port, "serial": camera.serial or ""}
    return Viewfinder(lambda: HostedBody(camera.driver, options), gate, clock)


def _viewfinder(camera: Camera, journal: Journal, clock: Clock) -> Viewfinder:
    """The daemon's: only that body's own windows are in its way."""
    return build_viewfinder(camera, clock, gate(lambda: journal.do(Ledger.unfinished, camera.serial), clock, camera.lead_s))


def _wishes(table: BodySettings) -> Wishes:
    named = {
        Setting.QUALITY: table.quality,
        Setting.WHITE_BALANCE: table.white_balance,
        Setting.NOISE_REDUCTION: table.noise_reduction,
        Setting.DELAY: table.delay,
        Setting.METER_OFF: table.meter_off,
    }
    return Wishes({setting: word for setting, word in named.items() if word is not None}, table.restore)


@dataclass(frozen=True, slots=True)
class Station:
    """Everything that one running daemon is made of."""

    clock: Clock
    journal: Journal
    planner: Planner
    party: Party
    """Every body's watch."""
    desk: Desk
    """For whoever commands them, or looks."""
    viewfinders: tuple[Viewfinder, ...]
    """One a body, in the order of the configuration: for whoever wants to look through it between windows."""
    feeding: Feeding

    @property
    def watch(self) -> Watch:
        """The first body's."""
        return self.party.watches[0]


@asynccontextmanager
async def station(settings: Settings, clock: Clock) -> AsyncGenerator[Station]:
    """Build the daemon, hold the ledger against a second one, and take everything down again at the end.

    Raises:
        NightsideError: something that the configuration names is not there, not writable, or not to be trusted.
    """
    planner = await asyncio.to_thread(build_planner, settings, clock)
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(stack.enter_context, sole_writer(settings.ledger_place))
        spool, ledger = await _sound_stores(settings, clock)
        journal = Journal(ledger)
        stack.push_async_callback(asyncio.to_thread, journal.close)
        feeding = Feeding(build_sinks(settings), spool, journal, clock, settings.storage.names)
        await _meet_sinks(feeding, spool)
        hooks = Hooks(settings.hooks)
        await stack.enter_async_context(hooks.running())
        circumstances = _circumstances(settings, planner, clock)
        circumstances.notices.listen(hooks.hear)
        _pass_on(ledger, circumstances.notices)
        keeping = Keeping(spool, feeding, Traffic(), _policy(settings.storage))
        watches = [
            await _watch(settings, camera, planner, keeping, journal, clock, circumstances, stack)
            for camera in settings.every_camera
        ]
        await stack.enter_async_context(_agenda(settings, planner.night, feeding, clock))
        viewfinders = tuple(_viewfinder(camera, journal, clock) for camera in settings.every_camera)
        await stack.enter_async_context(feeding.running())
        desk = Desk([watch.controls for watch in watches], circumstances.notices)
        await stack.enter_async_context(door(settings.door, desk))
        yield Station(clock, journal, planner, Party(watches), desk, viewfinders, feeding)


async def _watch(
    settings: Settings,
    camera: Camera,
    planner: Planner,
    keeping: Keeping,
    journal: Journal,
    clock: Clock,
    circumstances: Circumstances,
    stack: AsyncExitStack,
) -> Watch:
    """One body's watch. Its body is let go when the stack is left."""
    body = build_body(settings, camera)
    rescue = HostedRescue(body, camera.port, camera.serial, camera.power_hook)
    plugging = await stack.enter_async_context(listening())
    # A rehearsal's body keeps a time that is nobody's.
    care = ClockCare(camera.body_clock) if isinstance(clock, SystemClock) else ClockCare.LEAVE
    hold = Hold(body, clock, Patience(lead_s=camera.lead_s), rescue, plugging, care)
    stack.push_async_callback(hold.let_go)
    return Watch(hold, planner, keeping, journal, clock, Controls(Board(clock)), circumstances)


def _circumstances(settings: Settings, planner: Planner, clock: Clock) -> Circumstances:
    """What the engine is told of the world."""

    def element_age_days() -> float | None:
        elements = satellite_of(planner.night().vantage)
        return None if elements is None else elements.age(clock.utc()) / timedelta(days=1)

    return Circumstances(
        Notices(clock),
        trust=clock_trust(clock),
        trust_matters=clock_matters(settings),
        horizon=planner.span_of,
        element_age_days=element_age_days,
    )


def clock_matters(settings: Settings) -> bool:
    """Whether plans may only be shot by a clock that is kept: those that follow an orbit, unless that is waived."""
    return settings.orbit is not None and (settings.clock is None or settings.clock.trust != "any")


def _pass_on(ledger: Ledger, notices: Notices) -> None:
    """Have every line of the ledger's event table told on the event loop, once it is durable."""
    loop = asyncio.get_running_loop()

    def hear(event: Mapping[str, Any]) -> None:
        detail = {key: value for key, value in event.items() if key not in {"kind", "detail"} and value is not None}
        loop.call_soon_threadsafe(notices.pass_on, event["kind"], detail | event["detail"])

    ledger.listener = hear


async def _sound_stores(settings: Settings, clock: Clock) -> tuple[Spool, Ledger]:
    """Open the places that a daemon cannot be without. A damaged ledger does not cost the night: it is made anew."""
    try:
        return await asyncio.to_thread(_stores, settings, clock)
    except LedgerDamaged as error:
        if not isinstance(settings.ledger_place, Path):
            raise
        log.error(
            "ledger-damaged", code=error.code, why=error.what, next="It is set aside, and made anew of what can be known."
        )
        await rebuild_ledger(settings, clock, settings.ledger_place)
    return await asyncio.to_thread(_stores, settings, clock)


async def rebuild_ledger(settings: Settings, clock: Clock, path: Path) -> Rebuilt:
    """Make a new ledger for a damaged one, which is set aside. For whoever holds the ledger against others."""
    lists = await promised(build_sinks(settings))
    spool, template = settings.path(settings.storage.spool), settings.storage.names
    return await asyncio.to_thread(rebuild, path, spool, lists, template, clock, settings.ledger.name)


def _stores(settings: Settings, clock: Clock) -> tuple[Spool, Ledger]:
    """Open the places that a daemon cannot be without. Waits for disks."""
    spool = Spool(settings.path(settings.storage.spool), _policy(settings.storage).spool_floor)
    return spool, open_ledger(settings.ledger_place, clock, settings.ledger.name)


def _policy(storage: Storage) -> Policy:
    keep = timedelta(days=storage.spool_keep_days)
    return Policy(storage.drain, storage.card, storage.room, keep, int(storage.spool_floor_gb * 1e9))


async def adopt_card(settings: Settings, clock: Clock, card: Path, serial: str | None = None) -> Adopted:
    """Take the pictures of a card in a reader into the spool and the ledger. No daemon may work with them meanwhile.

    Raises:
        NightsideError: something cannot be read, written or believed.
    """
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(stack.enter_context, sole_writer(settings.ledger_place))
        spool, ledger = await asyncio.to_thread(_stores, settings, clock)
        journal = Journal(ledger)
        stack.push_async_callback(asyncio.to_thread, journal.close)
        return await Adoption(spool, journal, serial).adopt(card)


def build_sinks(settings: Settings) -> list[HostedSink]:
    """The configured sinks, each to live in a process of its own. Nothing is touched yet."""
    return [HostedSink(sink_options(settings, table)) for table in settings.storage.sinks]


def sink_options(settings: Settings, table: AnySink) -> dict[str, Any]:
    """What a sink's process needs to know, with paths that do not depend on where it runs."""
    here = {key: str(settings.path(value).absolute()) for key, value in table if isinstance(value, Path)}
    return table.model_dump(mode="json") | here | {"spool": str(settings.path(settings.storage.spool).absolute())}


async def _meet_sinks(feeding: Feeding, spool: Spool) -> None:
    """Try each required sink that was never used before: what is wrong with it is probably the configuration.

    One that is known may be down: the night goes on without it, from the spool.

    Raises:
        NightsideError: what is wrong with it.
    """
    for sink in feeding.sinks:
        if sink.required and not await asyncio.to_thread(Notes(spool.root, sink.name).met):
            try:
                await sink.prepare()
            except NightsideError:
                await sink.close()
                raise
            await asyncio.to_thread(Notes(spool.root, sink.name).meet)


def _agenda(settings: Settings, night: Callable[[], Night], feeding: Feeding, clock: Clock) -> Agenda:
    agenda = Agenda(clock)
    if settings.orbit is not None:
        agenda.every(looks.EVERY, "element-age", looks.element_age(lambda: satellite_of(night().vantage), clock))
    spool = settings.path(settings.storage.spool)
    agenda.every(looks.EVERY, f"room-in-{spool}", looks.room(spool))
    if isinstance(settings.ledger_place, Path):
        agenda.every(looks.DAILY, "ledger-copy", looks.ledger_copy(settings.ledger_place))
    for sink in feeding.sinks:
        agenda.every(looks.EVERY, f"sink-{sink.name}", looks.sink(sink.name, lambda: feeding.states))
    return agenda


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
