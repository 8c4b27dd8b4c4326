"""Several stations, one ledger, on a real PostgreSQL server."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import structlog
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, text

from nightside.clock import VirtualClock
from nightside.errors import AlreadyRunning, ConfigRefused, LedgerMissing, LedgerRefused
from nightside.ledger import migrating, schema
from nightside.ledger.opening import open_ledger, read_ledger
from nightside.ledger.place import Server
from nightside.ledger.records import Tally
from nightside.ledger.states import FileKind, FrameState, ShotState
from nightside.ledger.store import Ledger
from nightside.plan.values import Plan
from nightside_drivers.api import CardFile, Fetched
from tests.daemon.ledger.conftest import NewServer
from tests.postgres import Postgres

SESSION = "20180703-star-trail"
FILE = CardFile("/store_00010001/DCIM/100ND3S_", "DSC_0001.JPG")


@pytest.fixture
def stations(new_server: NewServer, clock: VirtualClock) -> Iterator[tuple[Ledger, Ledger]]:
    """Two stations that share a ledger."""
    cupola = open_ledger(new_server("cupola"), clock)
    destiny = open_ledger(new_server("destiny"), clock)
    yield cupola, destiny
    cupola.close()
    destiny.close()


def test_each_station_goes_on_with_its_own_windows_and_sees_all(stations: tuple[Ledger, Ledger], plan: Plan) -> None:
    cupola, destiny = stations
    ours = cupola.begin(SESSION, "2012345", plan)
    theirs = destiny.begin(SESSION, "2012345", plan)  # the body has been carried over
    assert ours.id != theirs.id
    assert [window.id for window in cupola.unfinished("2012345")] == [ours.id]
    assert [window.station for window in destiny.windows(SESSION)] == ["cupola", "destiny"]


def test_what_lies_in_one_stations_spool_is_not_asked_of_another(stations: tuple[Ledger, Ledger], plan: Plan) -> None:
    cupola, destiny = stations
    window = cupola.begin(SESSION, "2012345", plan)
    cupola.on_card(window.id, 0, FILE)
    assert [frame.id for frame in cupola.to_drain("2012345")] == [1]
    assert destiny.to_drain("2012345") == []
    cupola.drained(1, Fetched(5, "ab" * 32), "s/w/f.jpg")
    assert [frame.id for frame in cupola.owed("archive")] == [1]
    assert destiny.owed("archive") == []
    cupola.stored(1, "archive", "s/w/f.jpg")
    cupola.safe(1)
    assert [frame.id for frame in cupola.clearable("2012345")] == [1]
    assert destiny.clearable("2012345") == []  # the body has been carried over, its card with it
    assert destiny.in_spool() == []
    assert destiny.frames() == []
    assert len(destiny.frames(window.id)) == 1


def test_stations_that_write_at_once_do_not_hinder_each_other(stations: tuple[Ledger, Ledger], plan: Plan) -> None:
    def night(ledger: Ledger) -> int:
        window = ledger.begin(SESSION, "2012345", plan)
        for number in range(40):
            ledger.on_card(window.id, None, CardFile("/store", f"{number}.JPG"))
            frame = ledger.to_drain("2012345", 1)[0]
            ledger.drained(frame.id, Fetched(5, f"{frame.id:064x}"), f"s/{frame.id}")
            ledger.stored(frame.id, "archive", f"s/{frame.id}")
            ledger.safe(frame.id)
        return window.id

    with ThreadPoolExecutor(2) as pool:
        theirs = list(pool.map(night, stations))
    for ledger, window_id in zip(stations, theirs, strict=True):
        assert ledger.summary() == {FrameState.SAFE: Tally(40, 200)}
        assert len(ledger.events(window_id)) == 1 + 4 * 40


def test_stations_have_troubles_of_their_own(stations: tuple[Ledger, Ledger]) -> None:
    cupola, destiny = stations
    cupola.sink_failed("nas", "folder-unwritable", "refused")
    destiny.sink_failed("nas", "folder-unwritable", "no room")
    cupola.sink_well("nas")
    assert (cupola.sink_troubles(), [one.says for one in destiny.sink_troubles()]) == ([], ["no room"])


def test_a_second_daemon_of_a_station_is_refused_and_told_who_works(new_server: NewServer, clock: VirtualClock) -> None:
    first = open_ledger(new_server("cupola"), clock)
    with pytest.raises(AlreadyRunning, match=r"station 'cupola'.*from this machine, since 20.*another name"):
        open_ledger(new_server("cupola"), clock)
    first.close()
    open_ledger(new_server("cupola"), clock).close()


HOLD = """
import sys
from nightside.clock import SystemClock
from nightside.ledger.opening import open_ledger
from nightside.ledger.place import Server
held = open_ledger(Server(sys.argv[1], "cupola"), SystemClock())
print("held", flush=True)
sys.stdin.read()
"""


def test_a_station_that_was_killed_can_be_started_again(new_server: NewServer, clock: VirtualClock) -> None:
    url = new_server().url
    with subprocess.Popen([sys.executable, "-c", HOLD, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(AlreadyRunning):
            open_ledger(new_server(), clock)
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
    open_ledger(new_server(lock_wait_s=10), clock).close()  # it waits for the server to notice


def end_sessions(server: Server) -> None:
    """Break every other connection to the database, as a server does that is started again."""
    engine = create_engine(server.url)
    with engine.connect() as db:
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid != "
        db.execute(text(f"{query} pg_backend_pid()"))
    engine.dispose()


def test_a_connection_that_breaks_is_made_again_and_holds_its_station(
    new_server: NewServer, clock: VirtualClock, plan: Plan
) -> None:
    ledger = open_ledger(new_server(lock_wait_s=10), clock)
    window = ledger.begin(SESSION, "2012345", plan)
    end_sessions(new_server())
    ledger.arm(window.id, 0)
    assert ledger.shots(window.id)[0].state is ShotState.ARMED
    with pytest.raises(AlreadyRunning):
        open_ledger(new_server(), clock)
    ledger.close()


def test_whoever_only_looks_needs_no_station_and_changes_nothing(
    new_server: NewServer, clock: VirtualClock, plan: Plan
) -> None:
    with pytest.raises(LedgerMissing, match=r"no ledger at postgresql.*first `nightside run`"):
        read_ledger(new_server(), clock)
    ledger = open_ledger(new_server(), clock)
    window = ledger.begin(SESSION, "2012345", plan)
    looking = read_ledger(new_server(), clock)
    assert [one.id for one in looking.windows()] == [window.id]
    with pytest.raises(LedgerRefused, match="read-only"):
        looking.arm(window.id, 0)
    looking.close()
    ledger.close()


def test_a_table_that_is_locked_is_waited_for_and_then_told(
    new_server: NewServer, clock: VirtualClock, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nightside.ledger.postgres.BUSY_S", 0.2)
    ledger = open_ledger(new_server(), clock)
    window = ledger.begin(SESSION, "2012345", plan)
    engine = create_engine(new_server().url)
    with engine.connect() as db, db.begin():
        db.execute(text("LOCK TABLE shots"))
        with pytest.raises(LedgerRefused, match="held by another program"):
            ledger.arm(window.id, 0)
    engine.dispose()
    ledger.arm(window.id, 0)
    ledger.close()


# ── versions ──


def of_version_1(server: Server) -> None:
    """Put the tables of the first version into a database."""
    engine = create_engine(server.url)
    with engine.connect() as db, db.begin():
        migrating.run_scripts(db, None, "0001")
        db.execute(text("DROP TABLE alembic_version"))
        db.execute(text("INSERT INTO windows VALUES (1, 's', 'w', '2012345', now(), now(), '{}', NULL, 'closed')"))
        frame = text("INSERT INTO frames VALUES (:id, 1, 0, '/f', :name, 'on-card', NULL, NULL, NULL, false)")
        names = ("DSC_0001.NEF", "DSC_0001.JPG", "DSC_0001.MOV")
        db.execute(frame, [{"id": number, "name": name} for number, name in enumerate(names, 1)])
    engine.dispose()


def test_an_old_ledger_on_a_server_is_brought_up_to_date(new_server: NewServer, clock: VirtualClock) -> None:
    of_version_1(new_server())
    ledger = open_ledger(new_server(), clock)
    assert [frame.kind for frame in ledger.frames(1)] == [FileKind.NEF, FileKind.JPEG, FileKind.OTHER]
    with ledger._engine.connect() as db:
        assert compare_metadata(MigrationContext.configure(db), schema.metadata) == []
    ledger.close()


def test_tables_are_not_changed_under_the_feet_of_another_station(new_server: NewServer, clock: VirtualClock) -> None:
    destiny = open_ledger(new_server("destiny"), clock)
    with destiny._engine.begin() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(LedgerRefused, match=r"older Nightside, and other stations work with it: destiny\..*left as it is"):
        open_ledger(new_server("cupola"), clock)
    destiny.close()


def test_a_ledger_of_a_newer_nightside_on_a_server_is_refused(new_server: NewServer, clock: VirtualClock) -> None:
    open_ledger(new_server(), clock).close()
    engine = create_engine(new_server().url)
    with engine.begin() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    engine.dispose()
    with pytest.raises(LedgerRefused, match=r"version 999.*Update Nightside"):
        open_ledger(new_server(), clock)


def test_a_database_of_somebody_else_is_left_alone(new_server: NewServer, clock: VirtualClock) -> None:
    engine = create_engine(new_server().url)
    with engine.begin() as db:
        db.execute(text("CREATE TABLE orders (id integer)"))
    engine.dispose()
    with pytest.raises(LedgerRefused, match="not a ledger: it has the tables orders"):
        open_ledger(new_server(), clock)


def test_a_ledger_that_was_dumped_and_restored_goes_on(
    new_server: NewServer, postgres: Postgres, clock: VirtualClock, plan: Plan
) -> None:
    ledger = open_ledger(new_server(), clock)
    window = ledger.begin(SESSION, "2012345", plan)
    ledger.arm(window.id, 0)
    ledger.close()
    other = postgres.new_database()
    old = new_server().url.partition("?")[0].rpartition("/")[2]
    where = ["-h", str(postgres.folder), "-U", "tests"]
    dump = subprocess.run([str(postgres.programs / "pg_dump"), *where, "--format=custom", old], check=True, capture_output=True)
    restore = [str(postgres.programs / "pg_restore"), *where, "--clean", "--if-exists", f"--dbname={other}"]
    subprocess.run(restore, input=dump.stdout, check=True, capture_output=True)
    again = open_ledger(Server(postgres.url(other), "cupola"), clock)
    assert again.shots(window.id)[0].state is ShotState.ARMED
    assert again.begin("another", "2012345", plan).id == window.id + 1
    again.close()


# ── words ──


@pytest.mark.parametrize(
    ("url", "error", "says"),
    [
        ("postgresql+psycopg://crew:hunter2@127.0.0.1:9/nightside", LedgerRefused, r"crew:\*\*\*@127.*connection"),
        ("postgresql+psycopg://crew@127.0.0.1:9/nightside?password=hunter2", LedgerRefused, r"password=\*\*\*.*connection"),
        ("postgresql+psycopg://crew:hunter2@nowhere.invalid/nightside", LedgerRefused, "nowhere.invalid"),
        ("postgresql+psycopg://crew:hunter2@host:port/nightside", ConfigRefused, "is not a URL"),
    ],
)
def test_a_server_that_cannot_be_reached_is_told_without_its_password(
    clock: VirtualClock, url: str, error: type[LedgerRefused | ConfigRefused], says: str
) -> None:
    server = Server(url, "cupola")
    with structlog.testing.capture_logs() as lines, pytest.raises(error, match=says) as refused:
        open_ledger(server, clock)
    assert "hunter2" not in f"{refused.value} {server} {server!r} {lines}"


def test_without_the_software_for_a_server_a_person_is_told_what_to_install(
    clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(ConfigRefused, match=r"psycopg.*nightside\[postgres\]"):
        open_ledger(Server("postgresql://crew@host/nightside", "cupola"), clock)


def test_a_sink_of_another_station_is_not_ours_for_having_its_name(stations: tuple[Ledger, Ledger]) -> None:
    cupola, destiny = stations
    cupola.sink_is("frames", "a disk")
    destiny.sink_is("frames", "another disk")
    assert cupola.stations_at("frames") == frozenset({"cupola"})
    destiny.sink_is("frames", "a disk")
    destiny.sink_is("more-frames", "a disk")
    assert cupola.stations_at("frames") == destiny.stations_at("frames") == frozenset({"cupola", "destiny"})
    assert cupola.number_of("more-frames") is None
