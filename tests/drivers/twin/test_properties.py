"""What a body says of its properties, and which values it refuses."""

import pytest

from nightside_drivers.testing.initiator import Initiator
from nightside_drivers.twin import facts
from nightside_drivers.twin.codes import BULB, Operation, Property, Response
from nightside_drivers.twin.datasets import DataType, Reader, string

NOTHING = b""


@pytest.mark.parametrize(
    ("code", "data", "answer"),
    [
        pytest.param(0x500D, (300_000).to_bytes(4, "little"), Response.OK, id="a speed from the list"),
        pytest.param(0x500D, (299_999).to_bytes(4, "little"), Response.INVALID_DEVICE_PROP_VALUE, id="a speed between two"),
        pytest.param(0x500D, b"\x01\x00", Response.INVALID_DEVICE_PROP_FORMAT, id="a speed of two bytes"),
        pytest.param(0x500D, bytes(8), Response.INVALID_DEVICE_PROP_FORMAT, id="a speed of eight bytes"),
        pytest.param(0x500D, NOTHING, Response.INVALID_DEVICE_PROP_FORMAT, id="no speed at all"),
        pytest.param(0x500D, BULB.to_bytes(4, "little"), Response.SHUTTER_SPEED_BULB, id="bulb over the bus"),
        pytest.param(0xD100, BULB.to_bytes(4, "little"), Response.SHUTTER_SPEED_BULB, id="bulb as a ratio"),
        pytest.param(0x5007, b"\x18\x01", Response.ACCESS_DENIED, id="the aperture, which is on the lens"),
        pytest.param(0x5013, b"\x02\x00", Response.ACCESS_DENIED, id="the release-mode dial"),
        pytest.param(0x5018, b"\x68\x00", Response.INVALID_DEVICE_PROP_VALUE, id="104 frames in a burst"),
        pytest.param(0x5018, b"\x67\x00", Response.OK, id="103 frames in a burst"),
        pytest.param(0xD109, b"\xff", Response.INVALID_DEVICE_PROP_VALUE, id="an odd step of two"),
        pytest.param(0xD109, b"\xfe", Response.OK, id="a negative even step"),
        pytest.param(0xFFFF, b"\x00", Response.DEVICE_PROP_NOT_SUPPORTED, id="a property that is not there"),
        pytest.param(0x5011, string("20180703T203000"), Response.OK, id="a date"),
        pytest.param(0x5011, string("the other day"), Response.INVALID_DEVICE_PROP_VALUE, id="not a date"),
        pytest.param(0xD090, string("x" * 37), Response.INVALID_DEVICE_PROP_VALUE, id="a comment of 37 characters"),
        pytest.param(0xD090, b"\x05a", Response.INVALID_DEVICE_PROP_FORMAT, id="a string shorter than it says"),
    ],
)
def test_a_body_takes_what_it_can_and_says_why_not(initiator: Initiator, code: int, data: bytes, answer: int) -> None:
    assert initiator.ask(Operation.SET_DEVICE_PROP_VALUE, code, data=data).response == answer


@pytest.mark.parametrize("body", sorted(facts.BODIES))
def test_every_property_describes_itself_and_its_value_is_one_it_allows(body: str) -> None:
    initiator = Initiator(body=body)
    for code, fact in initiator.body.facts.properties.items():
        reader = Reader(initiator.ask(Operation.GET_DEVICE_PROP_DESC, code).read())
        assert (reader.u16(), reader.u16(), reader.u8()) == (code, fact.type.code, 0 if fact.read_only else 1)
        if code != Property.DATE_TIME and fact.choices != ():
            assert initiator.body.properties.fits(code, initiator.body.properties.get(code)), hex(code)


def test_every_writable_property_takes_the_value_it_has(initiator: Initiator) -> None:
    for code, fact in initiator.body.facts.properties.items():
        value = initiator.ask(Operation.GET_DEVICE_PROP_VALUE, code).read()
        expected = Response.ACCESS_DENIED if fact.read_only else Response.OK
        assert initiator.ask(Operation.SET_DEVICE_PROP_VALUE, code, data=value).response == expected, hex(code)


def test_a_written_value_reads_back(initiator: Initiator) -> None:
    for code, fact in initiator.body.facts.properties.items():
        if fact.read_only or fact.type is DataType.STRING or fact.choices is None or code == Property.RECORDING_MEDIA:
            continue
        last = [choice for choice in fact.choices if isinstance(choice, int)][-1]
        size = 1 if fact.type in {DataType.UINT8, DataType.INT8} else 2 if "16" in fact.type else 4
        assert initiator.set(code, last % (1 << 8 * size), size) == Response.OK, hex(code)
        assert initiator.get(code) == last % (1 << 8 * size), hex(code)


def test_a_comment_is_filled_up_with_spaces(initiator: Initiator) -> None:
    initiator.ask(Operation.SET_DEVICE_PROP_VALUE, 0xD090, data=string("window 17"))
    said = Reader(initiator.ask(Operation.GET_DEVICE_PROP_VALUE, 0xD090).read()).string()
    assert said == "window 17".ljust(36)


@pytest.mark.parametrize(
    ("tenths_of_ms", "ratio"),
    [(300_000, 0x001E_0001), (10_000, 0x0001_0001), (13_000, 0x000D_000A), (166, 0x0001_003C), (1, 0x0001_1F40)],
)
def test_both_shutter_speeds_say_the_same(initiator: Initiator, tenths_of_ms: int, ratio: int) -> None:
    initiator.set(0x500D, tenths_of_ms)
    assert initiator.get(0xD100) == ratio
    initiator.set(0x500D, 20_000)
    initiator.set(0xD100, ratio)
    assert initiator.get(0x500D) == tenths_of_ms


def test_bulb_is_listed_in_manual_mode_only(initiator: Initiator) -> None:
    assert BULB in (initiator.body.properties.choices(0x500D) or ())
    initiator.set(0x500E, 4, size=2)
    assert BULB not in (initiator.body.properties.choices(0x500D) or ())


def test_nothing_is_taken_while_the_shutter_is_open(initiator: Initiator) -> None:
    initiator.ask(Operation.INITIATE_CAPTURE)
    initiator.wait(0.01)
    assert initiator.set(0x500F, 800, size=2) == Response.DEVICE_BUSY


def test_the_clock_is_the_bodys_own(initiator: Initiator) -> None:
    initiator.ask(Operation.SET_DEVICE_PROP_VALUE, 0x5011, data=string("20180703T203000"))
    initiator.wait(61)
    assert Reader(initiator.ask(Operation.GET_DEVICE_PROP_VALUE, 0x5011).read()).string() == "20180703T203101"
    assert initiator.body.clock_error_s == pytest.approx(3600)


def test_a_turned_dial_is_told(initiator: Initiator) -> None:
    initiator.events()
    initiator.body.dial(Property.STILL_CAPTURE_MODE, 2)
    assert initiator.events() == [(0x4006, 0x5013)]
    assert initiator.get(0x5013) == 2
