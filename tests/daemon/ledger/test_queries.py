"""What is asked often is answered from an index, however many frames there are: the databases say so themselves."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event, text

from nightside.ledger.records import Tally
from nightside.ledger.states import FrameState
from nightside.ledger.store import Ledger
from nightside.plan.values import Plan
from nightside_drivers.api import CardFile, Fetched

SESSION = "20180703-star-trail"
LARGE = ("frames", "copies", "events", "shots")

OFTEN: dict[str, Callable[[Ledger], object]] = {
    "the session's frames": lambda ledger: ledger.frames(session=SESSION),
    "a window's frames": lambda ledger: ledger.frames(1),
    "a window's shots": lambda ledger: ledger.shots(1),
    "a sheet of a window": lambda ledger: ledger.sheet(1, range(60)),
    "a window's best": lambda ledger: ledger.rated(1, range(3, 6), after=0, limit=60),
    "how many shots a window has": lambda ledger: ledger.shot_counts(1),
    "the state summary": lambda ledger: ledger.summary(),
    "the session's summary": lambda ledger: ledger.summary(SESSION),
    "the next to drain": lambda ledger: ledger.to_drain("2012345", 1),
    "the next to store": lambda ledger: ledger.owed("archive", 1),
    "the last night of a program": lambda ledger: ledger.shot_until("2012345", "star-trail"),
    "what a restart goes on with": lambda ledger: ledger.unfinished("2012345"),
    "what a sink was given last": lambda ledger: ledger.last_stored("archive", 50),
    "a window's story": lambda ledger: ledger.events(1),
}


def drained(ledger: Ledger, plan: Plan) -> None:
    window = ledger.begin(SESSION, "2012345", plan)
    for number in range(3):
        ledger.on_card(window.id, number, CardFile("/store", f"DSC_{number:04}.JPG"))
    ledger.drained(1, Fetched(5, "ab" * 32), "s/w/f.jpg")


@pytest.mark.parametrize("ask", OFTEN.values(), ids=OFTEN)
def test_what_is_asked_often_reads_no_table_from_end_to_end(
    ledger: Ledger, plan: Plan, ask: Callable[[Ledger], object]
) -> None:
    drained(ledger, plan)
    asked: list[tuple[str, Any]] = []
    engine = ledger._engine
    event.listen(engine, "before_cursor_execute", lambda *seen: asked.append((seen[2], seen[3])))
    ask(ledger)
    sqlite = engine.dialect.name == "sqlite"
    queries = [(statement, values) for statement, values in asked if statement.startswith("SELECT")]
    assert queries
    with engine.connect() as db:
        if not sqlite:
            db.execute(text("SET LOCAL enable_seqscan = off"))  # or it would not trouble an index for three rows
        for statement, values in queries:
            plan_ = db.exec_driver_sql(("EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN ") + statement, values).all()
            steps = "\n".join(str(row[-1]) for row in plan_)
            for table in LARGE:
                assert not re.search(rf"SCAN {table}\b|Seq Scan on {table}\b", steps), steps


def test_the_summary_counts_frames_and_bytes_by_state(ledger: Ledger, plan: Plan) -> None:
    assert ledger.summary() == {}
    drained(ledger, plan)
    expected = {FrameState.ON_CARD: Tally(2, 0), FrameState.DRAINED: Tally(1, 5)}
    assert ledger.summary() == expected
    assert ledger.summary(SESSION) == expected
    assert ledger.summary("another") == {}


def test_the_frames_of_a_session_are_those_of_all_its_windows(ledger: Ledger, plan: Plan) -> None:
    drained(ledger, plan)
    other = ledger.begin(SESSION, "2012346", plan)
    ledger.on_card(other.id, 0, CardFile("/store", "DSC_0001.JPG"))
    elsewhere = ledger.begin("20180704-star-trail", "2012346", plan)
    ledger.on_card(elsewhere.id, 0, CardFile("/store", "DSC_0002.JPG"))
    assert [frame.id for frame in ledger.frames(session=SESSION)] == [1, 2, 3, 4]
    assert [frame.id for frame in ledger.frames(session=SESSION, state=FrameState.DRAINED)] == [1]
