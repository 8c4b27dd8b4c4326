"""The same ledger on both databases: in a file, and on a PostgreSQL server of our own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nightside.clock import VirtualClock
from nightside.ledger.opening import open_ledger
from nightside.ledger.place import Place, Server
from nightside.ledger.store import Ledger
from tests.postgres import Postgres

NewServer = Callable[..., Server]


@pytest.fixture
def new_server(postgres: Postgres) -> NewServer:
    """An empty database on the server, for stations of any name."""
    name = postgres.new_database()

    def server(station: str = "cupola", lock_wait_s: float = 0.2) -> Server:
        return Server(postgres.url(name), station, lock_wait_s)

    return server


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where a ledger is to be, on either database."""
    if request.param == "sqlite":
        return tmp_path / "ledger.sqlite"
    server: NewServer = request.getfixturevalue("new_server")
    return server()


@pytest.fixture
def ledger(place: Place, clock: VirtualClock) -> Iterator[Ledger]:
    """An empty ledger."""
    opened = open_ledger(place, clock, "cupola")
    yield opened
    opened.close()
