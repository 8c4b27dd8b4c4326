"""Ready is a daemon that could shoot with every body that it has."""

from typing import Any

import pytest

from nightside.ledger.states import SessionPhase
from tests.daemon.service.http.conftest import SERIAL, Service


@pytest.mark.parametrize(
    ("changes", "waits_for"),
    [
        ([{"session_phase": SessionPhase.WAITING}], []),
        ([{"session_phase": SessionPhase.WAITING}, {"session_phase": SessionPhase.WORKING}], []),
        ([], [f"Body {SERIAL} is looked for."]),
        ([{"body": ""}], ["A body is looked for."]),
        ([{"trouble": "The dial is off."}], [f"Body {SERIAL} is in trouble: The dial is off."]),
        (
            [{"session_phase": SessionPhase.WAITING}, {"session_phase": SessionPhase.OVER}],
            [f"Body {SERIAL} is watched no longer; the log says why."],
        ),
    ],
)
async def test_what_a_daemon_waits_for_is_said_by_body(
    service: Service, changes: list[dict[str, Any]], waits_for: list[str]
) -> None:
    for change in changes:
        service.controls.board.publish(**change)
    async with service.client() as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503 if waits_for else 200, {"ready": not waits_for, "waits_for": waits_for})


async def test_a_daemon_of_which_a_part_hangs_does_not_live(service: Service) -> None:
    service.controls.board.publish(session_phase=SessionPhase.WAITING)
    with service.pulse.part("The feeder of the sink nas") as part:
        async with service.client("192.168.1.9", "cupola") as client:
            assert (await client.get("/healthz")).json() == {"alive": True}
            part._silent_until = part._pulse.now - 1
            alive = await client.get("/healthz")
        async with service.client() as client:
            ready = await client.get("/readyz")
    assert (alive.status_code, alive.json()) == (503, {"alive": False})  # what hangs is for those who may watch
    assert ready.json()["waits_for"] == ["The feeder of the sink nas hangs in this: its start."]
