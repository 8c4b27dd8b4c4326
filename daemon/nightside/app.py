"""The composition root: the only place that builds real things out of a configuration.

settings ─► clock, vantage, condition ─► planner ─┐
         ─► ledger, spool, sinks ─────────────────┼─► Watch
         ─► body (a child process) ───────────────┘
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from nightside.clock import Clock, ScaledClock, SystemClock
from nightside.engine.hold import Hold, Patience
from nightside.engine.watch import Keeping, Watch
from nightside.errors import ConfigRefused, NoNight, PlanImpossible
from nightside.ledger.journal import Journal
from nightside.ledger.opening import open_ledger, sole_writer
from nightside.ledger.store import Ledger
from nightside.plan.lay import lay
from nightside.plan.programs import AnyProgram
from nightside.plan.values import Plan
from nightside.service import looks
from nightside.service.agenda import Agenda
from nightside.settings import Settings
from nightside.sky.conditions import Condition, parse_condition
from nightside.sky.elements import load_elements, require_usable
from nightside.sky.vantage import Site, Spacecraft, Vantage, satellite_of
from nightside.sky.windows import Window, find_windows
from nightside.storage.sinks import FolderSink
from nightside.storage.spool import Spool
from nightside_drivers import bodies
from nightside_drivers.api import Capabilities
from nightside_drivers.loading import release_options
from nightside_drivers.proxy import Deadlines, HostedBody
from nightside_drivers.wired.line import Line, Wiring

SEARCHES = (timedelta(days=1), timedelta(days=30), timedelta(days=366))
"""How far ahead a window is looked for: near first, since it is nearly always there, then for as long as a polar summer lasts."""


@dataclass(frozen=True, slots=True)
class Night:
    """Where and when to shoot, as configured."""

    vantage: Vantage
    condition: Condition
    min_length: timedelta

    @classmethod
    def of(cls, settings: Settings) -> "Night":
        """Load the elements or the site, and parse the condition.

        Raises:
            Refused: elements missing or damaged, unknown satellite, unknown condition.
        """
        return cls(
            _vantage(settings), parse_condition(settings.night.condition), timedelta(seconds=settings.night.min_length_s)
        )

    def windows(self, start: datetime, end: datetime) -> tuple[Window, ...]:
        """The windows between two instants that are long enough.

        Raises:
            ElementsStale: the elements are too old for the range.
        """
        elements = satellite_of(self.vantage)
        if elements is not None:
            require_usable(elements, start)
        return tuple(
            window for window in find_windows(self.condition, self.vantage, start, end) if window.duration >= self.min_length
        )


@dataclass(frozen=True, slots=True)
class Planner:
    """Gives the next plan, for the engine and for whoever wants to read it before the night."""

    night: Night
    program: AnyProgram
    lead: timedelta
    """How long before its first shot a body must be started."""
    gap_scale: float
    """Clock seconds in a machine second: how much longer a body's own overhead looks in a rehearsal."""

    def __call__(self, after: datetime, body: Capabilities) -> Plan:
        """The plan of the first window after an instant that has room for the program.

        Raises:
            NoNight: there is none within a year.
            PlanImpossible: the body cannot do it, whatever the window.
        """
        start = after + self.lead
        cramped: PlanImpossible | None = None
        for ahead in SEARCHES:
            for window in self.night.windows(start, start + ahead):
                if window.clipped_end and ahead is not SEARCHES[-1]:
                    break  # the longer search will see the whole of it
                try:
                    return lay(self.program, window, body, body.usb_gap_s * self.gap_scale)
                except PlanImpossible as error:
                    if error.means:
                        raise  # the body's fault, not the window's
                    cramped = error
        raise cramped or NoNight(
            f"There is no window of {self.night.min_length.total_seconds():.0f} s or more in which "
            f"{self.night.condition} holds, for a year from {after:%Y-%m-%d %H:%M} UTC.",
            remedy="Widen the condition, or shorten [night] min_length_s.",
        )


def build_clock(settings: Settings) -> Clock:
    """The machine's clock, or a rehearsal's."""
    table = settings.clock
    if table is None or (table.start is None and table.speed == 1):
        return SystemClock()
    return ScaledClock(table.start or SystemClock().utc(), table.speed, table.origin)


def build_planner(settings: Settings, clock: Clock) -> Planner:
    """The planner of a configuration."""
    scale = clock.instant(clock.machine(0.0) + 1.0)
    return Planner(Night.of(settings), settings.program, timedelta(seconds=settings.camera.lead_s * scale), scale)


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
    return found


def build_body(settings: Settings) -> HostedBody:
    """The handle on the configured body. Nothing is started yet."""
    camera = settings.camera
    options = {"port": camera.port, "serial": camera.serial or ""}
    if camera.release is not None:
        wired = camera.release
        wiring = Wiring(
            wired.port, Line(wired.line), Line(wired.prefocus) if wired.prefocus else None, wired.inverted, wired.contact
        )
        options |= release_options(wiring, wired.latency_s)
    return HostedBody(camera.driver, options, Deadlines(call_s=camera.answer_within_s, shot_margin_s=camera.answer_within_s))


@dataclass(frozen=True, slots=True)
class Station:
    """Everything that one running daemon is made of."""

    clock: Clock
    journal: Journal
    planner: Planner
    watch: Watch


@asynccontextmanager
async def station(settings: Settings, clock: Clock) -> AsyncGenerator[Station]:
    """Build the daemon, hold the ledger against a second one, and take everything down again at the end.

    Raises:
        NightsideError: something that the configuration names is not there, not writable, or not to be trusted.
    """
    planner = await asyncio.to_thread(build_planner, settings, clock)
    async with AsyncExitStack() as stack:
        await asyncio.to_thread(stack.enter_context, sole_writer(settings.path(settings.ledger.path)))
        keeping, ledger = await asyncio.to_thread(_stores, settings, clock)
        journal = Journal(ledger)
        stack.push_async_callback(asyncio.to_thread, journal.close)
        hold = Hold(build_body(settings), clock, Patience(lead_s=settings.camera.lead_s))
        stack.push_async_callback(hold.let_go)
        await stack.enter_async_context(_agenda(settings, planner.night.vantage, clock))
        yield Station(clock, journal, planner, Watch(hold, planner, keeping, journal, clock))


def _stores(settings: Settings, clock: Clock) -> tuple[Keeping, Ledger]:
    """Open every place that something is kept in. Waits for disks."""
    spool = Spool(settings.path(settings.storage.spool))
    sinks = [FolderSink(sink.name, settings.path(sink.path), required=sink.required) for sink in settings.storage.sinks]
    return Keeping(spool, sinks), open_ledger(settings.path(settings.ledger.path), clock)


def _agenda(settings: Settings, vantage: Vantage, clock: Clock) -> Agenda:
    agenda = Agenda(clock)
    elements = satellite_of(vantage)
    if elements is not None:
        agenda.every(looks.EVERY, "element-age", looks.element_age(elements, clock))
    for folder in (settings.storage.spool, *(sink.path for sink in settings.storage.sinks)):
        path = settings.path(folder)
        agenda.every(looks.EVERY, f"room-in-{path}", looks.room(path))
    return agenda


def _vantage(settings: Settings) -> Vantage:
    if settings.orbit is not None:
        elements = load_elements(settings.path(settings.orbit.elements), settings.orbit.satellite)
        return Spacecraft(elements, settings.orbit.earth, settings.orbit.sun)
    if settings.site is not None:
        return Site(settings.site.latitude_deg, settings.site.longitude_deg, settings.site.elevation_m)
    raise AssertionError("unreachable: settings hold an orbit or a site")
