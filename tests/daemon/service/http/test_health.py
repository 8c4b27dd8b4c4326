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
