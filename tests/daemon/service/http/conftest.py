"""A desk of one body over a ledger with one window, and clients on this machine and beyond it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest

from nightside import settings
from nightside.clock import SystemClock
from nightside.engine.controls import Controls
from nightside.engine.desk import Desk
from nightside.engine.notices import Notices
from nightside.engine.snapshot import Board
from nightside.ledger.journal import Journal
from nightside.ledger.opening import open_ledger, read_ledger
from nightside.ledger.records import WindowRecord
from nightside.ledger.store import Ledger
from nightside.plan.lay import lay, lay_all
from nightside.plan.means import Means
from nightside.plan.planner import Night
from nightside.plan.programs import AnyProgram, StarTrail
from nightside.plan.values import Plan
from nightside.proving import prove, require_sink
from nightside.pulse import Pulse
from nightside.service.agenda import Agenda
from nightside.service.arming import Arming, Crew
from nightside.service.findings.board import Findings
from nightside.service.findings.checking import check
from nightside.service.findings.values import doubt
from nightside.service.gallery.gallery import Gallery
from nightside.service.gallery.workshop import Workshop
from nightside.service.http.access import Access, Role
from nightside.service.http.application import build
from nightside.service.http.guard import Bounds, Guard
from nightside.service.library import Library, Tried
from nightside.service.metrics.readings import Readings
from nightside.service.metrics.registry import Metrics
from nightside.service.offered import Offered
from nightside.service.outlook.outlooks import Outlooks
from nightside.service.stores import Stores as DaemonStores
from nightside.service.tail import Tail
from nightside.service.verifying import Verifying
from nightside.sky.conditions import parse_condition
from nightside.sky.vantage import Site
from nightside.sky.window import Window
from nightside.storage.feeding import Feeding
from nightside.storage.spool import Spool
from nightside_drivers import bodies
from nightside_drivers.api import Capabilities, CardFile, Fetched
from tests.skies import sky_over

SERIAL = "2012345"
START = datetime(2018, 7, 3, 20, 6, 34, tzinfo=UTC)


async def nothing() -> Readings:
    return Readings()


@dataclass
class Stores:
    """What lies on the disk before the daemon starts."""

    folder: Path
    clock: SystemClock
    ledger: Ledger
    window: WindowRecord
    access: Access
    tokens: dict[Role, str]
    spool: Spool


@dataclass
class Service:
    """All that a test may want to look behind."""

    guard: Guard
    desk: Desk
    library: Library
    controls: Controls
    tail: Tail
    stores: Stores
    client: Callable[..., httpx.AsyncClient]
    gallery: Gallery
    pulse: Pulse
    verifying: Verifying


def d3s() -> Capabilities:
    body = bodies.find("", "Nikon D3s")
    assert body is not None
    return body


def next_plan(after: datetime, tried: Tried) -> Plan:
    if not isinstance(tried, tuple):
        return laid(after, d3s(), tried)
    start = after + timedelta(minutes=10)
    return lay_all(tried, Window(start, start + timedelta(minutes=30)), Means.of(d3s(), d3s().usb_gap_s, None))


def laid(after: datetime, body: Capabilities, program: AnyProgram | None) -> Plan:
    start = after + timedelta(minutes=10)
    return lay(program or StarTrail(total_s=300), Window(start, start + timedelta(minutes=30)), body)


def night() -> Night:
    return Night(Site(46.5, 8.0, 3000.0), parse_condition("sun < -18"), timedelta(minutes=1))


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[Stores]:
    with filled(tmp_path) as found:
        yield found


@contextmanager
def filled(folder: Path) -> Generator[Stores]:
    """A ledger with one window of three frames, of which one is drained, and tokens of both roles."""
    clock = SystemClock()
    ledger = open_ledger(folder / "ledger.sqlite", clock)
    window = ledger.begin("20180703-star-trail", SERIAL, next_plan(START, None))
    for name in ("b", "c"):
        ledger.begin(name, SERIAL, window.plan)
    for index in range(3):
        ledger.on_card(window.id, None, CardFile("/store_00010001/DCIM/100NCD3S", f"DSC_{index:04}.JPG"), adopted=True)
    ledger.drained(1, Fetched(1234, "0" * 64), "20180703-star-trail/w/one.jpg")
    access = Access(folder / "tokens.json", clock)
    tokens = {role: access.issue(role.name.lower(), role) for role in Role}
    yield Stores(folder, clock, ledger, window, access, tokens, Spool(folder / "spool"))
    ledger.close()


def no_stores(stores: Stores) -> DaemonStores:
    """Of a daemon that has no sinks."""
    return DaemonStores(
        Feeding([], stores.spool, Journal(stores.ledger), stores.clock), stores.spool.root, {"disk": stores.folder / "disk"}
    )


def verifying_of(stores: Stores) -> Verifying:
    """Of a daemon with one sink, a folder."""
    tables = {
        "site": {"latitude_deg": 46.5, "longitude_deg": 8.0},
        "storage": {"spool": "spool", "sinks": [{"name": "frames", "path": "frames"}]},
        "ledger": {"path": "ledger.sqlite"},
    }
    found = settings.check(tables, stores.folder / "nightside.toml")
    return Verifying(partial(prove, found), partial(require_sink, found), stores.clock)


def gallery(stores: Stores, library: Library) -> Gallery:
    """Of what lies in the spool."""
    workshop = Workshop(stores.folder / "thumbnails", 1_000_000)
    return Gallery(library, Journal(stores.ledger), stores.folder / "spool", workshop)


@pytest.fixture
async def service(stores: Stores) -> AsyncIterator[Service]:
    clock, board = stores.clock, Board(stores.clock)
    board.publish(body=SERIAL, model="Nikon D3s")
    controls, tail = Controls(board), Tail()

    async def opened() -> Journal:
        return Journal(await asyncio.to_thread(read_ledger, stores.folder / "ledger.sqlite", clock))

    async def planning(after: datetime, tried: Tried) -> Plan:
        return await asyncio.to_thread(next_plan, after, tried)

    agenda = Agenda(clock)
    agenda.every(timedelta(hours=1), "room", lambda: "The disk is full.")
    desk = Desk([controls], Notices(clock))
    library = Library(opened, planning, agenda, tail, clock)
    bounds = Bounds(body_bytes=10_000, body_s=0.2, burst=100, per_s=0.001)
    journal = Journal(await asyncio.to_thread(open_ledger, stores.folder / "ledger.sqlite", clock))
    arming = Arming(journal, [Crew(controls, SERIAL, d3s)], laid, lambda: (StarTrail(total_s=300),), clock)
    findings = Findings([check("room", lambda: doubt("room", "The disk is full."))], [], clock)
    metrics = await asyncio.to_thread(Metrics, nothing)
    pictures = gallery(stores, library)
    pulse = Pulse(clock)
    verifying = verifying_of(stores)
    outlooks, nowhere = Outlooks(sky_over(night), library), no_stores(stores)
    offered = Offered(desk, library, findings, outlooks, arming, metrics, nowhere, pictures, pulse, verifying=verifying)
    app = build(offered, stores.access, clock, ["cupola"], bounds)

    def client(address: str = "127.0.0.1", host: str = "localhost", **headers: str) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app, client=(address, 50000))
        return httpx.AsyncClient(transport=transport, base_url=f"http://{host}:8321", headers=headers)

    async with agenda:
        assert isinstance(app, Guard)
        yield Service(app, desk, library, controls, tail, stores, client, pictures, pulse, verifying)
        await verifying.cancel()
        await library.close()
        await asyncio.to_thread(journal.close)
