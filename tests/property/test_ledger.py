"""Whatever is asked of a ledger, in whatever order: it keeps its state tables, or refuses and changes nothing.

Every change is in an event, and the events alone give the rows again.
"""

import contextlib
from collections import Counter
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from nightside.clock import VirtualClock
from nightside.ledger import schema
from nightside.ledger.opening import open_ledger
from nightside.ledger.place import Server
from nightside.ledger.records import ExposedShot, Tally
from nightside.ledger.states import FRAME_BEFORE, SHOT_BEFORE, WINDOW_BEFORE, Flag, FrameState, ShotState, WindowPhase
from nightside.ledger.store import Ledger
from nightside_drivers.api import CardFile, Fetched
from tests.daemon.ledger.replay import Rows, replayed, stored
from tests.plans import star_trail
from tests.postgres import Postgres

START = datetime(2018, 7, 3, 20, 6, 34, tzinfo=UTC)
SHOTS, FRAMES = 3, 4


PLANS = tuple(star_trail(START + timedelta(hours=number), SHOTS) for number in (0, 2))

windows = st.integers(1, 2)
shots = st.integers(0, SHOTS - 1)
some_shots = st.lists(shots, min_size=1, max_size=SHOTS)
frames = st.integers(1, FRAMES)
maybe_shot = st.none() | shots
sinks = st.sampled_from(["archive", "nas"])
reasons = st.sampled_from(["late", "The card was full.", "a\0b", "ß😀"])
files = st.builds(
    CardFile, st.just("/store"), st.sampled_from(["A.NEF", "A.JPG", "B.JPG", "\0.MOV"]), st.none() | st.floats(0, 2e9)
)


def exposure(index: int) -> ExposedShot:
    shot = PLANS[0].shots[index]
    settings_ = {"iso": 800, "shutter_s": 30.0}
    return ExposedShot(index, shot.open_at, 0.001, shot.close_at, commanded_at=shot.open_at, settings=settings_)


exposures = some_shots.map(lambda indices: [exposure(index) for index in indices])
planned = shots.map(PLANS[0].shots.__getitem__)
fetched = st.integers(0, 2**40).map(lambda size: Fetched(size, f"{size:064x}"))


@dataclass(frozen=True)
class Call:
    """A method of the ledger, with arguments that may or may not make sense now."""

    name: str
    args: tuple[Any, ...]
    more: dict[str, Any] = field(default_factory=dict[str, Any])

    def __call__(self, ledger: Ledger) -> None:
        getattr(ledger, self.name)(*self.args, **self.more)


def call(name: str, *args: st.SearchStrategy[Any], **more: st.SearchStrategy[Any]) -> st.SearchStrategy[Call]:
    return st.builds(Call, st.just(name), st.tuples(*args), st.fixed_dictionaries(more))


OF_FRAMES = (
    call("reassign", frames, maybe_shot),
    call("reassign", frames, maybe_shot, proves=planned),
    call("dated", frames, st.floats(0, 2e9)),
    call("flagged", frames, st.sampled_from(Flag), reasons),
    call("failed", frames, reasons),
    call("drained", frames, fetched, st.sampled_from(["s/1", "s/2"])),
    call("gone", frames, reasons),
    call("stored", frames, sinks, st.sampled_from(["s/1", "s/2"])),
    call("copy_lost", frames, sinks, reasons),
    call("sink_is", sinks, st.sampled_from(["one disk", "another"])),
    *(call(name, frames) for name in ("safe", "deletable", "deleted", "pruned")),
)
CALLS = st.one_of(
    call("begin", st.sampled_from(["session-0", "session-1"]), st.just("2012345"), st.sampled_from(PLANS)),
    call("enter", windows, st.sampled_from(WindowPhase), st.none() | reasons),
    call("replan", windows, st.sampled_from(PLANS)),
    call("arm", windows, some_shots),
    call("expose", windows, exposures),
    call("missed", windows, some_shots, reasons),
    call("on_card", windows, maybe_shot, files, flag=st.none() | st.sampled_from(Flag)),
    call("on_card", windows, shots, files, adopted=st.just(True), proves=planned),
    *OF_FRAMES,
    *OF_FRAMES,
)
"""One call of any method that changes something."""

SAID_OTHERWISE: dict[tuple[str, str], str] = {
    ("missed", "exposed"): "a frame proved it",
    ("planned", "exposed"): "a frame proved it",
    ("missed", "planned"): "the window was planned anew before it had begun",
    ("safe", "drained"): "a copy was lost",
    ("deletable", "drained"): "a copy was lost",
    ("safe", "on-card"): "a copy was lost, and the spool's was pruned",
    ("deletable", "on-card"): "a copy was lost, and the spool's was pruned",
}


def assert_tables_are_kept(before: Rows, after: Rows) -> None:
    tables: list[tuple[Mapping[Any, Any], Mapping[Any, Any], str, Mapping[Any, Any]]] = [
        (before.windows, after.windows, "phase", WINDOW_BEFORE),
        (before.shots, after.shots, "state", SHOT_BEFORE),
        (before.frames, after.frames, "state", FRAME_BEFORE),
    ]
    for was, now, state, allowed in tables:
        for key in was:
            old, new = was[key][state], now[key][state]
            if old != new:
                assert (str(old), str(new)) in SAID_OTHERWISE or old in allowed.get(new, ()), f"{key}: {old} -> {new}"
        for key in now.keys() - was.keys():
            assert now[key][state] in {"planned", "on-card"}


def assert_promises(rows: Rows) -> None:
    for number, frame in rows.frames.items():
        if frame["pruned_at"] is not None:
            assert frame["spool_path"] is not None, number
            assert frame["sha256"] is not None, number
        if frame["state"] == FrameState.GONE:
            assert frame["copies"] == {}, number
        if frame["state"] in {FrameState.DRAINED, FrameState.SAFE}:
            assert frame["spool_path"] is not None, number
    for shot in rows.shots.values():
        assert (shot["state"] == ShotState.MISSED) == (shot["reason"] is not None), shot


def assert_tallies(ledger: Ledger, rows: Rows) -> None:
    count = Counter[str](frame["state"] for frame in rows.frames.values())
    size = Counter[str]()
    for frame in rows.frames.values():
        size[frame["state"]] += frame["size"] or 0
    assert ledger.summary() == {FrameState(state): Tally(count[state], size[state]) for state in count}


def tried(ledger: Ledger, acts: list[Call]) -> None:
    before, events = stored(ledger), 0
    for act in acts:
        refused = False
        try:
            act(ledger)
        except ValueError:
            refused = True
        after, happened = stored(ledger), ledger.events()
        if refused:
            assert after == before
            assert len(happened) == events
        else:
            assert_tables_are_kept(before, after)
            assert after == before or len(happened) > events
        assert_promises(after)
        before, events = after, len(happened)
    assert replayed(ledger.events()) == before
    assert_tallies(ledger, before)


@contextlib.contextmanager
def emptied(ledger: Ledger) -> Generator[Ledger]:
    """The ledger without a row, for one more example."""
    names = [table.name for table in reversed(schema.metadata.sorted_tables) if table.name not in {"about", "alembic_version"}]
    with ledger._engine.begin() as db:
        if db.dialect.name == "postgresql":
            db.execute(text(f"TRUNCATE {', '.join(names)} RESTART IDENTITY"))
        else:
            for name in names:
                db.execute(text(f"DELETE FROM {name}"))  # noqa: S608 — our own tables
    yield ledger


BEGUN = [
    Call("begin", ("session-0", "2012345", PLANS[0])),
    Call("on_card", (1, 0, CardFile("/store", "A.NEF"))),
    Call("on_card", (1, 0, CardFile("/store", "A.JPG"))),
]
"""Without these, most calls would speak of nothing that there is."""

ANY = st.lists(CALLS, max_size=40).map(lambda acts: [*BEGUN, *acts])


@pytest.fixture
def on_sqlite(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(tmp_path / "ledger.sqlite", VirtualClock(START), "cupola")
    with ledger._engine.connect() as db:
        db.connection.cursor().execute("PRAGMA synchronous=OFF")
    yield ledger
    ledger.close()


@pytest.fixture
def on_postgres(postgres: Postgres) -> Iterator[Ledger]:
    ledger = open_ledger(Server(postgres.url(postgres.new_database()), "cupola"), VirtualClock(START))
    yield ledger
    ledger.close()


FILE = Fetched(1, "0" * 64)
SAFE_IN_TWO = [
    *BEGUN,
    Call("drained", (1, FILE, "s/1")),
    *(Call("stored", (1, sink, "s/1")) for sink in ("archive", "nas")),
    *(Call(name, (1,)) for name in ("safe", "pruned")),
]


@pytest.mark.parametrize(
    ("lost", "state", "left", "shot"),
    [
        (["archive"], FrameState.DRAINED, frozenset({"nas"}), ShotState.EXPOSED),
        (["archive", "nas"], FrameState.GONE, frozenset[str](), ShotState.MISSED),
    ],
    ids=["one of its copies", "all of them"],
)
def test_a_frame_that_the_card_lost_is_gone_only_if_no_sink_holds_it(
    on_sqlite: Ledger, lost: list[str], state: FrameState, left: frozenset[str], shot: ShotState
) -> None:
    acts = [Call("copy_lost", (1, sink, "The disk is gone.")) for sink in lost]
    exposed = [Call("arm", (1, 0)), Call("expose", (1, [exposure(0)]))]
    second = Call("flagged", (2, Flag.TORN, "Its end is missing."))  # the shot has this one file
    tried(on_sqlite, [*SAFE_IN_TWO, *exposed, second, *acts, Call("gone", (1, "The card lost it."))])
    frame = on_sqlite.frame(1)
    assert (frame.state, frozenset(dict(frame.copies))) == (state, left)
    assert on_sqlite.shots(1)[0].state is shot
    assert on_sqlite.owed("archive") == [] == on_sqlite.to_drain("2012345")[1:]


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(ANY)
def test_any_sequence_of_calls_keeps_the_tables_on_sqlite(on_sqlite: Ledger, acts: list[Call]) -> None:
    with emptied(on_sqlite) as ledger:
        tried(ledger, acts)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(ANY)
def test_any_sequence_of_calls_keeps_the_tables_on_postgresql(on_postgres: Ledger, acts: list[Call]) -> None:
    with emptied(on_postgres) as ledger:
        tried(ledger, acts)
