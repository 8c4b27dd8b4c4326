"""The truth log against the clock of whoever released: over PTP/IP and by wire, in another process.

A release opens the shutter after it was asked for and before its answer comes: how close the two are is measured in
benchmarks/twin.py.
"""

import asyncio

import pytest
from serial import rfc2217

from nightside_drivers.clock import SystemClock
from nightside_drivers.testing import TwinProcess
from nightside_drivers.testing.wire import WireInitiator
from nightside_drivers.twin.codes import BULB, Operation, Response
from nightside_drivers.twin.datasets import u32

TO_CARD = (Operation.INITIATE_CAPTURE_REC_IN_MEDIA, 0xFFFFFFFF, 0)
SHOTS = 10


async def release(wire: WireInitiator) -> tuple[float, float]:
    """Release once the body is ready. Gives when that was asked for and when it was answered (machine time, s)."""
    while (await wire.ask(Operation.DEVICE_READY)).response != Response.OK:
        pass
    before = SystemClock().monotonic()
    assert (await wire.ask(*TO_CARD)).response == Response.OK
    return before, SystemClock().monotonic()


async def test_a_release_over_ptpip_is_in_the_truth_between_its_asking_and_its_answer() -> None:
    with TwinProcess() as twin:
        async with WireInitiator(twin.port) as wire:
            await wire.ask(Operation.OPEN_SESSION, 1)
            await wire.ask(Operation.SET_DEVICE_PROP_VALUE, 0x500D, data=u32(100))
            asked = [await release(wire) for _ in range(SHOTS)]
        truth = await asyncio.to_thread(twin.truth)
    assert len(truth) == SHOTS
    assert all(before <= opening["opened"] <= after for (before, after), opening in zip(asked, truth, strict=True))
    assert [opening["closed"] - opening["opened"] for opening in truth[:-1]] == pytest.approx([0.01] * (SHOTS - 1))


@pytest.mark.filterwarnings(r"ignore:set(Daemon|Name)\(\):DeprecationWarning")  # pyserial 3.5's own client
def test_a_wired_release_is_in_the_truth_after_each_movement_of_the_line() -> None:
    clock = SystemClock()
    with TwinProcess("--release-port", "0") as twin:
        twin.control.dial(0xD100, BULB)
        port = rfc2217.Serial(None, timeout=1)
        port.port = twin.release_url
        port.rts = port.dtr = False
        port.open()
        for _ in range(SHOTS):
            while twin.control.state()["phase"] != "idle":
                pass
            down = clock.monotonic()
            port.rts = True
            up = clock.monotonic()
            port.rts = False
            opening = twin.truth()[-1]
            assert opening["opened"] >= down
            assert opening["closed"] >= up
        port.close()
