"""Whatever is done to a body, some things hold: one shutter opens at a time, no name is given twice, and bytes add up."""

from collections.abc import Callable
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from nightside_drivers.testing.initiator import Initiator
from nightside_drivers.twin.codes import BULB, ExposureProgram, Operation, Property, ReleaseMode, Response
from nightside_drivers.twin.device import Unreachable
from nightside_drivers.twin.facts import BODIES
from nightside_drivers.twin.faults.plan import FaultPlan
from nightside_drivers.twin.faults.vocabulary import Fault, Kind
from nightside_drivers.twin.options import Options

Act = Callable[[Initiator], object]

MODES = [
    ReleaseMode.SINGLE,
    ReleaseMode.CONTINUOUS_HIGH,
    ReleaseMode.CONTINUOUS_LOW,
    ReleaseMode.SELF_TIMER,
    ReleaseMode.MIRROR_UP,
]
SPEEDS = [1, 10_000, 300_000, BULB]


def ask(operation: int, *parameters: int) -> Act:
    return lambda initiator: initiator.ask(operation, *parameters)


def dial(code: int, value: int) -> Act:
    return lambda initiator: initiator.body.dial(code, value)


def wait(seconds: float) -> Act:
    return lambda initiator: initiator.wait(seconds)


def press(initiator: Initiator) -> None:
    initiator.body.button.press()


def let_go(initiator: Initiator) -> None:
    initiator.body.button.let_go()


def delete_everything(initiator: Initiator) -> None:
    initiator.ask(Operation.DELETE_OBJECT, 0xFFFFFFFF)


def switch(on: bool) -> Act:
    return lambda initiator: initiator.body.switch(on=on)


def card(slot: int, inserted: bool) -> Act:
    return lambda initiator: initiator.body.insert(slot, inserted=inserted)


def again(initiator: Initiator) -> None:
    initiator.ask(Operation.OPEN_SESSION, 1)


def strike(kind: Kind, seconds: float) -> Act:
    fault = Fault(kind=kind, seconds=seconds)
    if kind is Kind.WRONG_DIAL:
        fault = Fault(kind=kind, seconds=seconds, property=Property.STILL_CAPTURE_MODE, value=ReleaseMode.CONTINUOUS_LOW)
    return lambda initiator: FaultPlan(initiator.body, [fault])


acts = st.one_of(
    st.sampled_from([press, let_go, delete_everything, again]),
    st.builds(ask, st.just(Operation.INITIATE_CAPTURE_REC_IN_MEDIA), st.just(0xFFFFFFFF), st.integers(0, 1)),
    st.builds(ask, st.sampled_from([Operation.TERMINATE_CAPTURE, Operation.START_LIVE_VIEW, Operation.GET_EVENT])),
    st.builds(wait, st.floats(0, 90)),
    st.builds(dial, st.just(Property.STILL_CAPTURE_MODE), st.sampled_from(MODES)),
    st.builds(dial, st.just(Property.EXPOSURE_TIME), st.sampled_from(SPEEDS)),
    st.builds(dial, st.just(Property.BURST_NUMBER), st.integers(1, 5)),
    st.builds(dial, st.just(Property.COMPRESSION_SETTING), st.integers(0, 7)),
    st.builds(dial, st.just(Property.SLOT_2_SAVE_MODE), st.integers(0, 2)),
    st.builds(dial, st.just(Property.LONG_EXPOSURE_NR), st.integers(0, 1)),
    st.builds(dial, st.just(Property.EXPOSURE_PROGRAM_MODE), st.sampled_from([ExposureProgram.MANUAL])),
    st.builds(switch, st.booleans()),
    st.builds(card, st.integers(1, 2), st.booleans()),
    st.builds(strike, st.sampled_from(list(Kind)), st.floats(0, 300)),
)


@settings(max_examples=150)
@given(st.sampled_from(sorted(BODIES)), st.lists(acts, max_size=40))
def test_a_body_keeps_its_books_in_order(body: str, done: list[Act]) -> None:
    initiator = Initiator(Options(mains=True), body=body)
    for act in done:
        try:
            act(initiator)
        except Unreachable:
            initiator.wait(1)
    initiator.body.button.let_go()
    initiator.wait(4000)
    model = initiator.body
    openings = list(model.truth)
    for opening in openings[:-1]:
        assert opening.closed is not None
        assert opening.closed >= opening.opened
    for earlier, later in pairwise(openings):
        assert earlier.closed is not None
        assert later.opened >= earlier.closed
    assert len(openings) == 0 or openings[-1].closed is not None or model.shutter.stuck or openings[-1].requested_s is None
    for each in model.bay.cards:
        assert each.used == sum(item.booked for item in each.objects.values())
        assert 0 <= each.free_bytes <= each.slot.capacity_bytes
        paths = [each.path(item) for item in each.objects.values()]
        assert len(paths) == len(set(paths))


@settings(max_examples=40)
@given(st.lists(st.floats(0.5, 100), min_size=1, max_size=15))
def test_a_release_that_was_accepted_opens_the_shutter_then_and_there(waits: list[float]) -> None:
    initiator = Initiator()
    initiator.set(Property.EXPOSURE_TIME, 10_000)
    accepted: list[float] = []
    for seconds in waits:
        initiator.wait(seconds)
        if initiator.ask(Operation.INITIATE_CAPTURE_REC_IN_MEDIA, 0xFFFFFFFF, 0).response == Response.OK:
            accepted.append(initiator.clock.monotonic())
    initiator.wait(10)
    assert [opening.opened for opening in initiator.body.truth] == accepted
    assert len(initiator.handles()) == len(accepted)
