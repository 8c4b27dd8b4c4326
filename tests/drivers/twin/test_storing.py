"""What becomes of a frame: buffer, cards, names, events, and the body's own RAM."""

import itertools
import subprocess
import sys

import pytest

from nightside_drivers.testing.initiator import Initiator
from nightside_drivers.twin.codes import SDRAM_HANDLE, Operation, Property, ReleaseMode, Response
from nightside_drivers.twin.options import Options

TO_CARD = (Operation.INITIATE_CAPTURE_REC_IN_MEDIA, 0xFFFFFFFF, 0)
TO_RAM = (Operation.INITIATE_CAPTURE_REC_IN_MEDIA, 0xFFFFFFFF, 1)
NEF_AND_FINE = 7


def paths(initiator: Initiator, slot: int = 1) -> list[str]:
    card = initiator.body.bay.cards[slot - 1]
    return [card.path(item) for item in card.objects.values() if item.content is not None]


def test_a_frame_is_told_as_folders_then_file_then_complete(initiator: Initiator) -> None:
    initiator.shoot()
    assert initiator.happened() == [0x4006, 0x4002, 0x4002, 0x4002, 0x400D]
    initiator.shoot()
    assert initiator.happened() == [0x4006, 0x4002, 0x400D]
    assert paths(initiator) == ["DCIM/100ND3S_/DSC_0001.JPG", "DCIM/100ND3S_/DSC_0002.JPG"]


def test_a_pair_is_two_objects_and_two_events(initiator: Initiator) -> None:
    initiator.set(Property.COMPRESSION_SETTING, NEF_AND_FINE, size=1)
    initiator.shoot()
    added = [parameter for code, parameter in initiator.events() if code == 0x4002][-2:]
    assert [initiator.info(handle)[3] for handle in added] == ["DSC_0001.NEF", "DSC_0001.JPG"]
    assert initiator.body.truth[0].files == ("DCIM/100ND3S_/DSC_0001.NEF", "DCIM/100ND3S_/DSC_0001.JPG")


@pytest.mark.parametrize(
    ("setting", "names"),
    [
        (0, ["DSC_0001.JPG"]),
        (2, ["DSC_0001.JPG"]),
        (3, ["DSC_0001.TIF"]),
        (4, ["DSC_0001.NEF"]),
        (5, ["DSC_0001.NEF", "DSC_0001.JPG"]),
    ],
)
def test_the_compression_setting_says_which_files(initiator: Initiator, setting: int, names: list[str]) -> None:
    initiator.set(Property.COMPRESSION_SETTING, setting, size=1)
    initiator.shoot()
    assert initiator.names() == names
    for handle in initiator.handles():
        assert len(initiator.ask(Operation.GET_OBJECT, handle).read()) == initiator.info(handle)[2]


def test_adobe_rgb_moves_the_underscore(initiator: Initiator) -> None:
    initiator.set(Property.COLOR_SPACE, 1, size=1)
    initiator.shoot()
    assert initiator.names() == ["_DSC0001.JPG"]


def test_after_9999_comes_1_in_a_new_folder(initiator: Initiator) -> None:
    initiator.body.bay.last_number = 9998
    initiator.shoot()
    initiator.shoot()
    assert paths(initiator) == ["DCIM/100ND3S_/DSC_9999.JPG", "DCIM/101ND3S_/DSC_0001.JPG"]


def test_a_folder_holds_999_files(initiator: Initiator) -> None:
    for _ in range(1000):
        initiator.shoot()
    assert paths(initiator)[998:] == ["DCIM/100ND3S_/DSC_0999.JPG", "DCIM/101ND3S_/DSC_1000.JPG"]


def test_a_second_card_takes_over_when_the_first_is_full(initiator: Initiator) -> None:
    initiator.body.insert(2, inserted=True)
    initiator.body.bay.cards[0].hoarded = initiator.body.bay.cards[0].free_bytes
    initiator.shoot()
    assert (paths(initiator, 1), paths(initiator, 2)) == ([], ["DCIM/100ND3S_/DSC_0001.JPG"])


@pytest.mark.parametrize(
    ("mode", "first", "second"),
    [
        pytest.param(1, ["NEF", "JPG"], ["NEF", "JPG"], id="backup"),
        pytest.param(2, ["NEF"], ["JPG"], id="raw on the first, jpeg on the second"),
    ],
)
def test_the_second_card_has_a_mode(initiator: Initiator, mode: int, first: list[str], second: list[str]) -> None:
    initiator.body.insert(2, inserted=True)
    initiator.set(Property.SLOT_2_SAVE_MODE, mode, size=1)
    initiator.set(Property.COMPRESSION_SETTING, NEF_AND_FINE, size=1)
    initiator.shoot()
    assert [path[-3:] for path in paths(initiator, 1)] == first
    assert [path[-3:] for path in paths(initiator, 2)] == second


@pytest.mark.parametrize(("body", "buffered"), [("d3s", 84), ("d800e", 21)])
def test_the_buffer_holds_what_the_dump_says(body: str, buffered: int) -> None:
    assert Initiator(body=body).get(Property.BUFFER_SHOTS) == buffered


def test_free_space_counts_real_frames_whatever_the_size_of_the_twins(initiator: Initiator) -> None:
    assert initiator.get(Property.IMAGES_LEFT) == 4265
    for _ in range(20):
        initiator.shoot()
    assert initiator.get(Property.IMAGES_LEFT) == pytest.approx(4245, abs=1)


@pytest.mark.parametrize(
    ("trouble", "answer"),
    [
        pytest.param({"hoarded": 1 << 40}, Response.STORE_FULL, id="full"),
        pytest.param({"write_protected": True}, Response.STORE_READ_ONLY, id="protected"),
        pytest.param({"inserted": False}, Response.STORE_NOT_AVAILABLE, id="out"),
    ],
)
def test_a_card_that_takes_nothing_refuses_the_release(initiator: Initiator, trouble: dict[str, int], answer: int) -> None:
    for name, value in trouble.items():
        setattr(initiator.body.bay.cards[0], name, value)
    assert initiator.ask(*TO_CARD).response == answer
    assert initiator.ask(*TO_RAM).response == Response.OK


def test_a_card_that_is_pulled_with_a_frame_in_the_buffer_loses_it(initiator: Initiator) -> None:
    initiator.ask(*TO_CARD)
    initiator.body.insert(1, inserted=False)
    initiator.wait(60)
    assert initiator.body.truth[0].files == ()
    assert 0x400A in initiator.happened()
    initiator.body.insert(1, inserted=True)
    assert initiator.handles() == []


def test_a_full_buffer_holds_up_a_continuous_release(initiator: Initiator) -> None:
    initiator.body.storing.slowness = 20.0
    initiator.set(Property.COMPRESSION_SETTING, 4, size=1)
    initiator.set(Property.RAW_BIT_MODE, 1, size=1)
    initiator.set(0x500D, 100)
    initiator.body.dial(Property.STILL_CAPTURE_MODE, ReleaseMode.CONTINUOUS_HIGH)
    initiator.body.button.press()
    initiator.wait(60)
    initiator.body.button.let_go()
    media = initiator.body.facts.file.media
    openings = [opening.opened for opening in initiator.body.truth]
    depth = media.buffer_bytes // media.nef_bytes
    at_full_rate = sum(later - earlier < 0.2 for earlier, later in itertools.pairwise(openings))
    assert at_full_rate == pytest.approx(depth, abs=4)
    assert openings[-1] - openings[-2] == pytest.approx(media.nef_bytes * 20 / media.card_bytes_per_s, rel=0.1)


def test_ram_gives_one_frame_after_the_other_under_one_handle(initiator: Initiator) -> None:
    initiator.set(Property.COMPRESSION_SETTING, NEF_AND_FINE, size=1)
    initiator.ask(*TO_RAM)
    initiator.wait(40)
    assert initiator.events()[1:] == [(0xC101, SDRAM_HANDLE), (0xC101, SDRAM_HANDLE), (0xC102, 0)]
    kinds: list[int] = []
    for _ in range(2):
        _, kind, size, _ = initiator.info(SDRAM_HANDLE)
        kinds.append(kind)
        assert initiator.ask(Operation.GET_OBJECT, SDRAM_HANDLE).size == size
    assert kinds == [0x3000, 0x3801]
    assert initiator.ask(Operation.DELETE_OBJECT, SDRAM_HANDLE).response == Response.OK
    assert initiator.ask(Operation.GET_OBJECT_INFO, SDRAM_HANDLE).response == Response.INVALID_OBJECT_HANDLE


def test_ram_that_nobody_empties_keeps_the_newest(initiator: Initiator) -> None:
    initiator.set(0x500D, 10_000)
    for _ in range(40):
        assert initiator.ask(*TO_RAM).response == Response.OK
        initiator.wait(5)
    kept = 0
    while initiator.ask(Operation.DELETE_OBJECT, SDRAM_HANDLE).response == Response.OK:
        kept += 1
    assert kept == 16


def test_image_size_changes_the_pixels(initiator: Initiator) -> None:
    packed = b"\x0b" + "2128x1416".encode("utf-16-le") + b"\0\0"
    wanted = bytes([10]) + packed[1:]
    assert initiator.ask(Operation.SET_DEVICE_PROP_VALUE, Property.IMAGE_SIZE, data=wanted).response == Response.OK
    assert initiator.body.framing.frame_px == (266, 177)


def test_several_bodies_share_nothing() -> None:
    first, second = Initiator(Options(serial="1")), Initiator(Options(serial="2"))
    first.shoot()
    assert (len(first.body.truth), len(second.body.truth)) == (1, 0)
    assert (len(first.handles()), len(second.handles())) == (1, 0)


TEN_THOUSAND_FRAMES = """
from nightside_drivers.testing.initiator import Initiator
from nightside_drivers.twin.codes import Operation

def resident():
    with open("/proc/self/statm") as said:
        return int(said.read().split()[1])

initiator = Initiator()
initiator.body.charge.mains = True
for number in range(10_000):
    initiator.shoot()
    (handle,) = initiator.handles()
    if number % 100 == 0:
        assert len(initiator.ask(Operation.GET_OBJECT, handle).read()) > 0
    initiator.ask(Operation.DELETE_OBJECT, handle)
    initiator.events()
    if number == 999:
        before = resident()
assert len(initiator.body.truth) == 10_000
print(resident() / before)
"""


def test_ten_thousand_frames_leave_memory_as_it_was() -> None:
    ran = subprocess.run([sys.executable, "-c", TEN_THOUSAND_FRAMES], capture_output=True, text=True, timeout=100, check=True)
    assert float(ran.stdout) < 1.10


@pytest.mark.parametrize(("mode", "bits"), [(0, 12), (1, 14)])
def test_raw_bit_mode_decides_how_fine_and_how_large_a_nef_is(initiator: Initiator, mode: int, bits: int) -> None:
    initiator.set(Property.COMPRESSION_SETTING, 4, 1)
    initiator.set(Property.RAW_BIT_MODE, mode, 1)
    initiator.shoot()
    (item,) = (initiator.body.bay.cards[0].objects[handle] for handle in initiator.handles())
    assert item.facts is not None
    assert item.facts.bits == bits
    assert 0.9 <= item.booked / (12_800_000 * bits / 14) <= 1
