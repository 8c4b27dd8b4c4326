"""What a running daemon offers to whoever asks, put together and served: at the door always, and at a port as configured.

Called by `nightside.app`, and by nobody else. No night depends on it: what cannot be had is said, and the shooting goes on.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from importlib import import_module
from secrets import token_hex
from typing import TYPE_CHECKING

import structlog

from nightside.building import known_body
from nightside.clock import Clock
from nightside.engine.desk import Desk
from nightside.engine.notices import Notices
from nightside.engine.party import Party
from nightside.errors import CallPerson, Refused
from nightside.examining import measured, while_running
from nightside.focus.viewfinder import Viewfinder
from nightside.lean import load_lean
from nightside.ledger.journal import Journal
from nightside.ledger.opening import read_ledger
from nightside.plan.values import Plan
from nightside.proving import prove, require_sink
from nightside.service import looks
from nightside.service.agenda import Agenda
from nightside.service.arming import Arming
from nightside.service.configuration import Configuration
from nightside.service.dome import Sky
from nightside.service.gallery.gallery import Gallery
from nightside.service.gallery.workshop import Workshop
from nightside.service.library import Library, Tried
from nightside.service.offered import Offered
from nightside.service.outlook.outlooks import Outlooks
from nightside.service.questions import NextPlan
from nightside.service.stores import Stores
from nightside.service.tail import Tail
from nightside.service.verifying import Verifying
from nightside.settings import Settings
from nightside.storage.feeding import Feeding
from nightside.storage.sinks.tables import FolderSinkTable

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from nightside.service.http.access import Access

log = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True)
class Pieces:
    """What the daemon is made of, as far as it can be asked about."""

    clock: Clock
    sky: Sky
    """For whoever looks: the engine has one to itself."""
    gap_scale: float
    """Clock seconds in a machine second."""
    desk: Desk
    party: Party
    notices: Notices
    arming: Arming
    configuration: Configuration | None
    agenda: Agenda
    feeding: Feeding
    journal: Journal
    viewfinders: Sequence[Viewfinder]
    """One a body, in the order of the configuration."""
    tail: Tail


async def offer(settings: Settings, pieces: Pieces, stack: AsyncExitStack) -> int | None:
    """Serve everything until the stack is left, and give the API's port; `None` where it has none."""
    library = _library(settings, pieces)
    stack.push_async_callback(library.close)
    findings = while_running(settings, pieces.clock, pieces.sky, pieces.desk, pieces.feeding, pieces.agenda)
    outlooks = Outlooks(pieces.sky, library, pieces.gap_scale)
    metrics = await asyncio.to_thread(
        measured, settings, pieces.clock, pieces.sky, pieces.desk, library, pieces.party, pieces.feeding
    )
    pieces.notices.listen(metrics.told.hear)
    await stack.enter_async_context(metrics.lag.measured())
    gallery = _gallery(settings, pieces, library)
    stack.push_async_callback(gallery.workshop.close)
    verifying = Verifying(partial(prove, settings), partial(require_sink, settings), pieces.clock)
    stack.push_async_callback(verifying.cancel)
    stores, viewfinders = _stores(settings, pieces), tuple(pieces.viewfinders)
    offered = Offered(
        pieces.desk,
        library,
        findings,
        outlooks,
        pieces.arming,
        metrics,
        stores,
        gallery,
        pieces.feeding.pulse,
        viewfinders,
        pieces.configuration,
        verifying,
    )
    return await _serve(settings, offered, pieces.clock, stack)


def _gallery(settings: Settings, pieces: Pieces, library: Library) -> Gallery:
    """Frames to look at: out of the spool, by way of a worker that is hired when somebody looks."""
    api = settings.api
    workshop = Workshop(settings.path(api.thumbnails), api.thumbnails_mb * 1_000_000)
    return Gallery(library, pieces.journal, settings.path(settings.storage.spool), workshop)


def _stores(settings: Settings, pieces: Pieces) -> Stores:
    folders = {sink.name: settings.path(sink.path) for sink in settings.storage.sinks if isinstance(sink, FolderSinkTable)}
    return Stores(pieces.feeding, settings.path(settings.storage.spool), folders)


def _library(settings: Settings, pieces: Pieces) -> Library:
    """What is asked of the past and the future: with a ledger of its own to read, and plans for the configured model."""

    async def ledger() -> Journal:
        return Journal(await asyncio.to_thread(read_ledger, settings.ledger_place, pieces.clock))

    async def planning(after: datetime, tried: Tried) -> Plan:
        several = tried if isinstance(tried, tuple) else None
        one = None if isinstance(tried, tuple) else tried or await pieces.arming.next_program()
        return await asyncio.to_thread(lambda: pieces.sky.ask(NextPlan(after, known_body(settings), one, several)))

    return Library(ledger, planning, pieces.agenda, pieces.tail, pieces.clock)


async def _serve(settings: Settings, offered: Offered, clock: Clock, stack: AsyncExitStack) -> int | None:
    await asyncio.to_thread(import_module, "nightside.service.http.serving")  # reads many files
    from nightside.service.http.on_demand import OnDemand
    from nightside.service.http.serving import Place, at_door, serving
    from nightside.service.metrics.requests import Counting

    api = settings.api
    access = await _access(settings, clock)
    offered.library.agenda.every(looks.EVERY_MINUTE, "tokens", looks.tokens(access.refresh))
    paged = api.enabled and api.page
    later = await stack.enter_async_context(AsyncExitStack())  # what comes with the first request ends after the last one
    application = OnDemand(partial(_application, settings, offered, access, clock, later))
    app = Counting(application, offered.metrics.requests)
    await stack.enter_async_context(at_door(app, settings.door))
    if not api.enabled:
        return None
    certificate, key = (None if path is None else settings.path(path) for path in (api.certificate, api.key))
    try:
        return await stack.enter_async_context(serving(app, Place(api.listen, api.port, certificate, key, paged)))
    except CallPerson as error:
        log.error("api-down", code=error.code, why=str(error))
        return None


async def _application(
    settings: Settings, offered: Offered, access: "Access", clock: Clock, stack: AsyncExitStack
) -> "ASGIApp":
    """The routes, and the entrance to the pages behind them where there are any. Their libraries are loaded only here."""
    await asyncio.to_thread(_load_api)  # reads many files
    from nightside.service.http.application import build
    from nightside.service.http.on_demand import OnDemand

    if not (settings.api.enabled and settings.api.page):
        return await asyncio.to_thread(build, offered, access, clock, settings.api.names)
    await asyncio.to_thread(import_module, "nightside.service.page.entrance")
    from nightside.service.page.entrance import OPEN, Entrance
    from nightside.service.page.visitor import Rooms

    entrance = Entrance(OnDemand(partial(_pages, stack)), Rooms(offered, access, token_hex(8)))
    return await asyncio.to_thread(partial(build, more=OPEN, otherwise=entrance), offered, access, clock, settings.api.names)


async def _pages(stack: AsyncExitStack) -> "ASGIApp":
    """The pages, going until the stack is left. Their libraries are loaded only here."""
    await asyncio.to_thread(_load_pages)  # reads many files
    from nightside.service.page.stage import running

    return await stack.enter_async_context(running())


def _load_api() -> None:
    load_lean("fastapi")
    import_module("nightside.service.http.application")


def _load_pages() -> None:
    load_lean("socketio")
    import_module("nightside.service.page.stage")


async def _access(settings: Settings, clock: Clock) -> "Access":
    """Who may reach it from other computers: nobody, as long as the tokens cannot be read."""
    from nightside.service.http.access import Access, Role

    api, file = settings.api, settings.path(settings.api.tokens)
    try:
        access = await asyncio.to_thread(Access, file, clock, trusts_loopback=not api.loopback_token)
    except Refused as error:
        log.error("tokens-refused", code=error.code, why=str(error))
        return Access(file, clock, {}, trusts_loopback=not api.loopback_token)
    if api.wants_tokens and not access.tokens:
        token = await asyncio.to_thread(access.issue, "first", Role.OPERATE)
        log.warning("token-made", token=token, next="It is told this once. `nightside token` makes others, and revokes them.")
    return access
