"""Whatever is asked of the control face, it does or says why not, and the body still answers its initiator."""

from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nightside_drivers.testing.initiator import Initiator
from nightside_drivers.twin.codes import Operation, Response
from nightside_drivers.twin.control.actions import ACTIONS, Behind
from nightside_drivers.twin.control.http import BadRequest
from nightside_drivers.twin.faults.plan import FaultPlan
from nightside_drivers.twin.faults.vocabulary import Kind

NAMES = st.sampled_from(
    sorted(
        {"property", "value", "on", "slot", "file", "inserted", "write_protected", "free_bytes", "plugged", "battery_percent"}
    )
    + sorted({"mains", "ambient_c", "name", "focal_length_mm", "f_number", "kind", "seconds", "times", "step_s", "offset_s"})
)
NUMBERS = st.integers(-(1 << 70), 1 << 70) | st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 3)
CODES = st.sampled_from(["0x5011", "0x500d", "0xd100", "0x5003", "0xd1a2", "0x5001", "0x5013", "nonsense"])
VALUES = NUMBERS | st.booleans() | st.none() | st.text(max_size=8) | CODES | st.sampled_from(sorted(map(str, Kind)))
REQUESTS = st.lists(st.tuples(st.sampled_from(sorted(ACTIONS)), st.dictionaries(NAMES, VALUES, max_size=4)), max_size=8)


@given(REQUESTS)
def test_no_request_breaks_the_control_face_or_the_body(requests: list[tuple[tuple[str, str], dict[str, Any]]]) -> None:
    initiator = Initiator()
    behind = Behind(initiator.body, FaultPlan(initiator.body))
    for name, said in requests:
        with suppress(BadRequest):
            ACTIONS[name](behind, said)
        initiator.wait(1)
    ACTIONS["GET", "/state"](behind, {})
    ACTIONS["DELETE", "/faults"](behind, {})
    ACTIONS["POST", "/cable"](behind, {"plugged": True})
    ACTIONS["POST", "/power"](behind, {"on": True, "battery_percent": 50.0})
    initiator.body.wake()
    initiator.ask(Operation.OPEN_SESSION, 1)
    for code in initiator.body.facts.properties:
        assert initiator.ask(Operation.GET_DEVICE_PROP_DESC, code).response == Response.OK


def test_every_dial_takes_only_what_fits_it() -> None:
    initiator = Initiator()
    behind = Behind(initiator.body, FaultPlan(initiator.body))
    for code in initiator.body.facts.properties:
        for value in (-1, 0, 255, 256, 1 << 31, (1 << 32) - 1, 1 << 32, "", "x" * 300, "20991231T235959", "99991231T235959"):
            with suppress(BadRequest):
                ACTIONS["POST", "/dial"](behind, {"property": code, "value": value})
            initiator.wait(2)
            assert initiator.ask(Operation.GET_DEVICE_PROP_DESC, code).response == Response.OK, (hex(code), value)
    assert ACTIONS["GET", "/state"](behind, {})
