"""The composition root: the only place where a running daemon is put together, and taken down again.

nightside.building ─► sinks, body ──────────┐
observatories (of the engine, of who looks) ┤
ledger, spool, feeding, hooks, agenda ──────┼─► one Watch a body ─► Party
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from nightside.asking import Checked, observatory, planner_by
from nightside.building import (
    build_body,
    build_sinks,
    build_stores,
    build_viewfinder,
    clock_matters,
    known_body,
    sink_options,
    storage_policy,
    wiring,
)
from nightside.clock import Clock, SystemClock
from nightside.engine.bodyclock import ClockCare
from nightside.engine.circumstances import Circumstances
from nightside.engine.clockwait import await_clock
from nightside.engine.controls import Controls
from nightside.engine.desk import Desk
from nightside.engine.hold import Hold, Patience
from nightside.engine.keeping import Keeping
from nightside.engine.notices import Notices
from nightside.engine.party import Party
from nightside.engine.snapshot import Board
from nightside.engine.watch import Watch
from nightside.errors import LedgerDamaged, NightsideError
from nightside.focus.gate import Gate, gate
from nightside.focus.viewfinder import Viewfinder
from nightside.ledger.journal import Journal
from nightside.ledger.opening import sole_writer
from nightside.ledger.store import Ledger
from nightside.offering import Pieces, offer
from nightside.plan.values import Plan, Span
from nightside.pulse import Pulse, TellingClock, share_the_interpreter, spare_threads
from nightside.reloading import Also, changes_of, taking
from nightside.service import looks, selftest
from nightside.service.agenda import Agenda
from nightside.service.arming import Arming, Crew
from nightside.service.configuration import Configuration
from nightside.service.dome import Sky
from nightside.service.drains import Drains
from nightside.service.foreseeing import WINDOWS_AHEAD, windows_ahead
from nightside.service.hooks import Hook, Hooks
from nightside.service.observatory import Observatory
from nightside.service.questions import ElementsInUse, SpanNow
from nightside.service.starting import Waiting, beside, when_it_is_there
from nightside.service.tail import Tail
from nightside.service.timekeeping import clock_trust
from nightside.settings import Camera, Settings, Storage
from nightside.storage.feeding import Feeding
from nightside.storage.policy import PolicyInForce
from nightside.storage.retention import Retention
from nightside.storage.sinks.hosted import HostedSink
from nightside.storage.sinks.marker import Notes
from nightside.storage.sinks.sink import SinkDown
from nightside.storage.spool import Spool, sole_user
from nightside.storage.traffic import Traffic
from nightside_drivers.api import Capabilities
from nightside_drivers.finding.plugging import listening
from nightside_drivers.rescue import HostedRescue
from nightside_drivers.wired.options import release_options

log = structlog.stdlib.get_logger()


def _gate(camera: Camera, watch: Watch, journal: Journal, clock: Clock) -> Gate:
    """The daemon's: only that body's own windows are in the way, and its own watch while that has it open."""

    async def in_hand() -> bool:
        return watch.board.now.in_hand

    return gate(lambda: journal.do(Ledger.unfinished, camera.serial), clock, camera.lead_s, in_hand)


@dataclass(frozen=True, slots=True)
class Station:
    """Everything that one running daemon is made of."""

    clock: Clock
    journal: Journal
    sky: Observatory
    """The engine's."""
    party: Party
    """Every body's watch."""
    desk: Desk
    """For whoever commands them, or looks."""
    arming: Arming
    """What is shot at the next windows."""
    configuration: Configuration | None
    """The configuration, to be read again; `None` where there is no file."""
    viewfinders: tuple[Viewfinder, ...]
    """One a body, in the order of the configuration: for whoever wants to look through it between windows."""
    feeding: Feeding
    pulse: Pulse
    """Whether all of it gets on."""
    api_port: int | None
    """Where the HTTP API answers; `None` where there is none."""

    @property
    def watch(self) -> Watch:
        """The first body's."""
        return self.party.watches[0]


@asynccontextmanager
async def station(
    settings: Settings,
    clock: Clock,
    tail: Tail | None = None,
    waiting: Waiting = lambda _: None,
    config: Path | None = None,
    sky: Observatory | None = None,
) -> AsyncGenerator[Station]:
    """Build the daemon, hold the ledger against a second one, and take everything down again at the end.

    `tail` is the end of its log, for those who look at it from elsewhere. `waiting` hears, again and again, of what has to come
    before anything can be built. `config` is the file to read again when it changes.
    `sky` is the engine's, where there is one already;
    it is closed at the end.

    Raises:
        NightsideError: something that the configuration names is not there, not writable, or not to be trusted.
    """
    share_the_interpreter()
    spare_threads()
    async with AsyncExitStack() as stack:
        sky = sky or observatory(settings)
        guests = await _skies(settings, sky, stack)
        await asyncio.to_thread(stack.enter_context, sole_writer(settings.ledger_place))
        await asyncio.to_thread(stack.enter_context, sole_user(settings.path(settings.storage.spool)))
        spool, ledger = await when_it_is_there(lambda: _sound_stores(settings, clock), clock, waiting)
        journal = Journal(ledger)
        stack.push_async_callback(asyncio.to_thread, journal.close)
        pulse = Pulse(clock)
        sinks = build_sinks(settings)
        feeding = Feeding(sinks, spool, journal, clock, settings.storage.names, pulse)
        for sink, part in zip(sinks, feeding.parts, strict=True):
            sink.telling = part.within
        await _meet_sinks(feeding, spool)
        hooks = Hooks(settings.hooks)
        await stack.enter_async_context(hooks.running())
        circumstances = _circumstances(settings, sky, clock)
        circumstances.notices.listen(hooks.hear)
        _pass_on(ledger, circumstances.notices)
        policy = PolicyInForce(storage_policy(settings.storage))
        keeping = Keeping(spool, feeding, Traffic(), policy)
        watches = [
            await _watch(settings, camera, sky, keeping, journal, clock, circumstances, pulse, stack)
            for camera in settings.every_camera
        ]
        agenda = await _agenda(settings, guests, feeding, journal, clock)
        _test_daily(agenda, settings, keeping, watches, journal, clock)
        circumstances.notices.listen(Drains(agenda, lambda: tuple(watch.board.now for watch in watches), clock).hear)
        await stack.enter_async_context(agenda)
        viewfinders = tuple(
            build_viewfinder(camera, clock, _gate(camera, watch, journal, clock))
            for camera, watch in zip(settings.every_camera, watches, strict=True)
        )
        await stack.enter_async_context(feeding.running())
        await stack.enter_async_context(beside(await_clock(circumstances, [watch.controls for watch in watches], clock)))
        desk = Desk([watch.controls for watch in watches], circumstances.notices)
        arming, party = _arming(settings, guests, watches, journal, clock), Party(watches)
        configuration = None
        if config is not None:
            also = _rules(settings, policy, spool, sinks, hooks)
            configuration = await _configuration(settings, config, guests, also, watches, agenda, journal, clock)
            agenda.every(looks.EVERY_MINUTE, "configuration", configuration.look)
        pieces = Pieces(
            clock,
            guests,
            guests.in_force.setup.gap_scale,
            desk,
            party,
            circumstances.notices,
            arming,
            configuration,
            agenda,
            feeding,
            journal,
            viewfinders,
            tail or Tail(),
        )
        port = await offer(settings, pieces, stack)
        yield Station(clock, journal, sky, party, desk, arming, configuration, viewfinders, feeding, pulse, port)


async def _skies(settings: Settings, sky: Observatory, stack: AsyncExitStack) -> Observatory:
    """Have the engine's until the stack is left, and give that of whoever looks: nobody of these keeps the engine waiting.

    Raises:
        Refused: something that the nights depend on is missing or damaged, and no network will bring it.
    """
    guests = Observatory(sky.in_force)
    for one in (sky, guests):
        stack.push_async_callback(asyncio.to_thread, one.close)
    await asyncio.to_thread(sky.ask, Checked(settings))
    return guests


def _arming(settings: Settings, guests: Observatory, watches: Sequence[Watch], journal: Journal, clock: Clock) -> Arming:
    crew = [
        Crew(watch.controls, camera.serial, partial(_capabilities, settings, camera, watch))
        for camera, watch in zip(settings.every_camera, watches, strict=True)
    ]
    return Arming(journal, crew, planner_by(guests), lambda: guests.in_force.programs, clock)


async def _configuration(
    settings: Settings,
    path: Path,
    guests: Observatory,
    also: Also,
    watches: Sequence[Watch],
    agenda: Agenda,
    journal: Journal,
    clock: Clock,
) -> Configuration:
    def rouse() -> None:
        agenda.soon(WINDOWS_AHEAD)
        for watch in watches:
            watch.controls.rouse()

    changes = changes_of(path)
    read = await asyncio.to_thread(changes)
    return Configuration(changes, read, taking(path, settings, guests, guests.in_force, also), journal, rouse)


def _rules(settings: Settings, policy: PolicyInForce, spool: Spool, sinks: Sequence[HostedSink], hooks: Hooks) -> Also:
    """Has rules of storage and hooks taken that a configuration has anew."""
    loop = asyncio.get_running_loop()

    def take(storage: Storage, told: Sequence[Hook]) -> None:
        fresh = storage_policy(storage)
        policy.put(fresh)
        spool.leave_free(fresh.spool_floor)
        for sink, table in zip(sinks, storage.sinks, strict=True):
            sink.change(sink_options(settings, table))
        loop.call_soon_threadsafe(hooks.put, told)

    return take


def _capabilities(settings: Settings, camera: Camera, watch: Watch) -> Capabilities:
    return watch.capabilities or known_body(settings, camera)


async def _watch(
    settings: Settings,
    camera: Camera,
    sky: Sky,
    keeping: Keeping,
    journal: Journal,
    clock: Clock,
    circumstances: Circumstances,
    pulse: Pulse,
    stack: AsyncExitStack,
) -> Watch:
    """One body's watch. Its body is let go when the stack is left."""
    part = pulse.part(f"The watch of the body {camera.serial or 'at ' + camera.port}")
    body = build_body(settings, camera)
    body.telling = part.within
    rescue = HostedRescue(body, camera.port, camera.serial, camera.power_hook)
    plugging = await stack.enter_async_context(listening())
    # A rehearsal's body keeps a time that is nobody's.
    care = ClockCare(camera.body_clock) if isinstance(clock, SystemClock) else ClockCare.LEAVE
    telling = TellingClock(clock, part)
    hold = Hold(body, telling, Patience(lead_s=camera.lead_s), rescue, plugging, care)
    stack.push_async_callback(hold.let_go)
    return Watch(hold, planner_by(sky), keeping, journal.heard(part), telling, Controls(Board(clock)), circumstances, part)


def _circumstances(settings: Settings, sky: Sky, clock: Clock) -> Circumstances:
    """What the engine is told of the world."""

    def element_age_days() -> float | None:
        elements = sky.ask(ElementsInUse(clock.utc()))
        return None if elements is None else elements.age / timedelta(days=1)

    def span_now(plan: Plan) -> Span | None:
        return sky.ask(SpanNow(plan))

    return Circumstances(
        Notices(clock),
        trust=clock_trust(clock),
        trust_matters=clock_matters(settings),
        horizon=span_now,
        elements_come=settings.orbit is not None and settings.orbit.fetched,
        element_age_days=element_age_days,
    )


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
        return await asyncio.to_thread(build_stores, settings, clock)
    except LedgerDamaged as error:
        if not isinstance(settings.ledger_place, Path):
            raise
        log.error(
            "ledger-damaged", code=error.code, why=error.what, next="It is set aside, and made anew of what can be known."
        )
        from nightside.recovering import rebuild_ledger  # for that night alone

        await rebuild_ledger(settings, clock, settings.ledger_place)
    return await asyncio.to_thread(build_stores, settings, clock)


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
            except (
                SinkDown
            ) as error:  # perhaps there is no network yet: frames are kept in the spool, as when one goes down later
                await sink.close()
                log.warning("sink-awaited", sink=sink.name, code=error.code, why=str(error), next="It is tried until it works.")
                continue
            except NightsideError:
                await sink.close()
                raise
            await asyncio.to_thread(Notes(spool.root, sink.name).meet)


async def _agenda(settings: Settings, guests: Observatory, feeding: Feeding, journal: Journal, clock: Clock) -> Agenda:
    agenda = await Agenda.kept(clock, journal)
    agenda.every(looks.EVERY, WINDOWS_AHEAD, windows_ahead(guests, lambda: guests.in_force.programs, agenda.foresee, clock))
    if settings.orbit is not None:
        agenda.every(looks.EVERY, "element-age", looks.element_age(guests, clock))
        if settings.orbit.source is not None:
            agenda.every(looks.TWICE_A_DAY, "element-refresh", looks.refreshed(guests), at_once=False)
    spool = settings.path(settings.storage.spool)
    agenda.every(looks.EVERY, f"room-in-{spool}", looks.room(spool))
    if isinstance(settings.ledger_place, Path):
        agenda.every(looks.DAILY, "ledger-copy", looks.ledger_copy(settings.ledger_place), at_once=False)
        agenda.every(looks.DAILY, "ledger-whole", looks.ledger_whole(settings.ledger_place), at_once=False)
    for sink in feeding.sinks:
        agenda.every(looks.EVERY, f"sink-{sink.name}", looks.sink(sink.name, lambda: feeding.states))
    return agenda


def _test_daily(
    agenda: Agenda, settings: Settings, keeping: Keeping, watches: Sequence[Watch], journal: Journal, clock: Clock
) -> None:
    """Put on the agenda what is tidied and tried once a day, whether there are nights or not."""
    feeding = keeping.feeding
    required = frozenset(sink.name for sink in feeding.sinks if sink.required)
    others = [sink.name for sink in feeding.sinks if not sink.required]
    retention = Retention(keeping.policy, keeping.spool, journal, clock, required, others)
    tidied = looks.tidied(retention, lambda: bool(required & feeding.in_doubt))
    agenda.trying(looks.DAILY, "housekeeping", tidied, selftest.FIRST)
    libraries = partial(asyncio.to_thread, selftest.libraries)
    agenda.trying(selftest.DAILY, "self-test-libraries", libraries, selftest.FIRST)
    several = len(settings.every_camera) > 1
    for camera, watch in zip(settings.every_camera, watches, strict=True):
        if camera.release is not None:
            name = f"self-test-release-line{f'-{camera.serial}' if several else ''}"
            line = selftest.release_line(release_options(wiring(camera.release)), _gate(camera, watch, journal, clock))
            agenda.trying(selftest.DAILY, name, line, selftest.FIRST)
    for sink in build_sinks(settings):
        agenda.trying(selftest.DAILY, f"self-test-sink-{sink.name}", selftest.marker(sink), selftest.FIRST)
