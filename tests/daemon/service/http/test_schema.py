"""Every endpoint under whatever its description allows, and under what it does not: it answers as it says, and never fails."""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
# Schemathesis leaves some of its types open.

import asyncio
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import positive_data_acceptance
from schemathesis.specs.openapi.schemas import OpenApiSchema

from nightside.engine.controls import Controls
from nightside.engine.desk import Desk
from nightside.engine.notices import Notices
from nightside.engine.snapshot import Board
from nightside.ledger.journal import Journal
from nightside.ledger.opening import open_ledger, read_ledger
from nightside.ledger.states import SessionPhase
from nightside.plan.values import Plan
from nightside.pulse import Pulse
from nightside.service.agenda import Agenda
from nightside.service.arming import Arming, Crew
from nightside.service.findings.board import Findings
from nightside.service.http import problems
from nightside.service.http.access import Role
from nightside.service.http.application import build, unguarded
from nightside.service.http.guard import Bounds
from nightside.service.library import Library, Tried
from nightside.service.metrics.registry import Metrics
from nightside.service.offered import Offered
from nightside.service.outlook.outlooks import Outlooks
from nightside.service.tail import Tail
from tests.daemon.service.http.conftest import (
    SERIAL,
    Stores,
    d3s,
    filled,
    gallery,
    laid,
    next_plan,
    night,
    no_stores,
    nothing,
    verifying_of,
)
from tests.skies import sky_over

HOST = "testserver"
ELSEWHERE = {
    ("/api/v1/events", "get"),
    ("/api/v1/plan/preview", "post"),
    ("/api/v1/plan/preview/several", "post"),
    ("/api/v1/armed", "put"),
}
"""A stream without an end (test_stream.py listens to it), and programs, whose makers of nonsense are in tests/daemon/plan."""
EXAMPLES = 40
SLOWLY = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    """What lies on the disk, once for all endpoints."""
    with filled(tmp_path_factory.mktemp("described")) as stores:
        yield stores


@pytest.fixture(scope="module")
def described(shared: Stores) -> Iterator[OpenApiSchema]:
    """The API as it describes itself, and itself behind it: made once, since that takes longer than asking.

    In whatever state one endpoint's examples leave it, the next answers as it says.
    """
    stores, clock = shared, shared.clock

    async def ledger() -> Journal:
        return Journal(await asyncio.to_thread(read_ledger, stores.folder / "ledger.sqlite", clock))

    async def planning(after: datetime, tried: Tried) -> Plan:
        return await asyncio.to_thread(next_plan, after, tried)

    library = Library(ledger, planning, Agenda(clock), Tail(), clock)
    board = Board(clock)
    board.publish(body=SERIAL, session_phase=SessionPhase.WAITING)
    controls = Controls(board)
    desk = Desk([controls], Notices(clock))
    journal = Journal(open_ledger(stores.folder / "ledger.sqlite", clock))
    arming = Arming(journal, [Crew(controls, SERIAL, d3s)], laid, tuple, clock)
    outlooks, findings = Outlooks(sky_over(night), library), Findings([], [], stores.clock)
    pictures, verifying = gallery(stores, library), verifying_of(stores)
    offered = Offered(
        desk,
        library,
        findings,
        outlooks,
        arming,
        Metrics(nothing),
        no_stores(stores),
        pictures,
        Pulse(clock),
        verifying=verifying,
    )
    app = build(offered, stores.access, clock, [HOST], Bounds(burst=1_000_000))
    yield schemathesis.openapi.from_asgi("/api/openapi.json", app)
    asyncio.run(library.close())
    journal.close()


def operations() -> list[tuple[str, str, GenerationMode]]:
    """Every endpoint with what it allows, and with what it does not, where it takes anything."""
    found: list[tuple[str, str, GenerationMode]] = []
    for path, methods in unguarded().openapi()["paths"].items():
        for method, what in methods.items():
            takes = "requestBody" in what or any(one["in"] != "cookie" for one in what.get("parameters", []))
            modes = list(GenerationMode) if takes else [GenerationMode.POSITIVE]
            found += [(path, method.upper(), mode) for mode in modes if (path, method) not in ELSEWHERE]
    return found


@pytest.mark.parametrize(("path", "method", "mode"), operations())
def test_every_endpoint_answers_as_it_is_described(
    described: OpenApiSchema, shared: Stores, path: str, method: str, mode: GenerationMode
) -> None:
    token = {"Authorization": f"Bearer {shared.tokens[Role.OPERATE]}"}

    @settings(max_examples=EXAMPLES, suppress_health_check=SLOWLY)
    @given(case=described[path][method].as_strategy(generation_mode=mode))
    def answers(case: Case[Any]) -> None:
        case.call_and_validate(headers=token, excluded_checks=[positive_data_acceptance])

    answers()


def test_what_any_endpoint_may_answer_with_is_described_once() -> None:
    description = unguarded().openapi()
    answers = [
        answer for methods in description["paths"].values() for one in methods.values() for answer in one["responses"].values()
    ]
    assert not [answer for answer in answers if problems.MEDIA_TYPE in answer.get("content", {})]
    named = {answer["$ref"].rpartition("/")[2] for answer in answers if "$ref" in answer}
    assert named == set(description["components"]["responses"])
    assert description == unguarded().openapi()
