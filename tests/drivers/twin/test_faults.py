"""Every fault does what its word says, when it is told to, and goes away again."""

from pathlib import Path

import pytest

from nightside_drivers.testing.initiator import Initiator
from nightside_drivers.twin.codes import BULB, Operation, Property, Response
from nightside_drivers.twin.device import Unreachable
from nightside_drivers.twin.faults.effects import EFFECTS
from nightside_drivers.twin.faults.plan import FaultPlan
from nightside_drivers.twin.faults.vocabulary import PARAMETERS, BadFaults, Fault, Kind, check, read

TO_CARD = (Operation.INITIATE_CAPTURE_REC_IN_MEDIA, 0xFFFFFFFF, 0)


def plan(initiator: Initiator, kind: str, seed: int = 0, **said: object) -> FaultPlan:
    return FaultPlan(initiator.body, [check({"kind": kind, **said})], seed)


def test_every_word_has_its_parameters() -> None:
    assert set(PARAMETERS) == set(Kind)
    assert set(EFFECTS) <= set(Kind)


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"kind": "card-pulled", "slot": 3}, "no slot 3"),
        ({"kind": "wrong-dial"}, "no property 0x0000"),
        ({"kind": "wrong-dial", "property": 0x5013, "value": 77}, "cannot be 77"),
        ({"kind": "wrong-dial", "property": 0xD06B, "value": 1 << 40}, "cannot be 1099511627776"),
        ({"kind": "wrong-dial", "property": 0x5003, "value": 1}, "cannot be 1"),
    ],
)
def test_a_fault_that_a_body_cannot_have_is_refused(initiator: Initiator, said: dict[str, object], complaint: str) -> None:
    with pytest.raises(BadFaults, match=complaint):
        FaultPlan(initiator.body, [check(said)])


@pytest.mark.parametrize("offset_s", [float("inf"), float("nan"), 1e12])
def test_a_step_of_the_clock_is_an_amount(offset_s: float) -> None:
    with pytest.raises(BadFaults):
        check({"kind": "clock-wrong", "offset_s": offset_s})


def test_silence_lasts_as_long_as_it_should(initiator: Initiator) -> None:
    plan(initiator, "silent", seconds=60)
    assert initiator.body.silent
    initiator.wait(61)
    assert not initiator.body.silent


def test_a_busy_body_answers_everything_so(initiator: Initiator) -> None:
    plan(initiator, "busy", seconds=5)
    assert initiator.ask(Operation.GET_STORAGE_IDS).response == Response.DEVICE_BUSY
    initiator.wait(6)
    assert initiator.ask(Operation.GET_STORAGE_IDS).response == Response.OK


def test_in_progress_is_answered_so_many_times(initiator: Initiator) -> None:
    plan(initiator, "in-progress", times=2)
    answers = [initiator.ask(Operation.GET_STORAGE_IDS).response for _ in range(3)]
    assert answers == [Response.DEVICE_BUSY, Response.DEVICE_BUSY, Response.OK]


def test_a_truncated_file_is_shorter_than_it_was(initiator: Initiator) -> None:
    plan(initiator, "truncate", share=0.25)
    initiator.shoot()
    initiator.shoot()
    short, whole = (initiator.info(handle)[2] for handle in initiator.handles())
    assert short < whole / 3
    for handle in initiator.handles():
        assert len(initiator.ask(Operation.GET_OBJECT, handle).read()) == initiator.info(handle)[2]


def test_a_corrupted_file_has_its_size_and_other_bytes_wherever_one_begins_to_read(initiator: Initiator) -> None:
    twin = Initiator()
    twin.shoot()
    (handle,) = twin.handles()
    good = twin.ask(Operation.GET_OBJECT, handle).read()
    plan(initiator, "corrupt")
    initiator.shoot()
    bad = initiator.ask(Operation.GET_OBJECT, handle).read()
    assert len(bad) == len(good)
    assert bad != good
    assert bad[: len(bad) // 2] == good[: len(good) // 2]
    parts = [initiator.ask(Operation.GET_PARTIAL_OBJECT, handle, at, 1000).read() for at in range(0, len(bad), 1000)]
    assert b"".join(parts) == bad


@pytest.mark.parametrize(("kind", "times"), [("event-lost", 0), ("event-doubled", 2)])
def test_events_are_lost_and_doubled(initiator: Initiator, kind: str, times: int) -> None:
    initiator.shoot()
    initiator.events()
    plan(initiator, kind)
    initiator.shoot()
    assert initiator.happened().count(0x4002) == times
    initiator.shoot()
    assert initiator.happened().count(0x4002) == 1


def test_the_jpeg_of_a_pair_goes_missing(initiator: Initiator) -> None:
    initiator.set(Property.COMPRESSION_SETTING, 7, size=1)
    plan(initiator, "raw-without-jpeg")
    initiator.shoot()
    assert initiator.names() == ["DSC_0001.NEF"]


def test_the_jpeg_of_a_pair_comes_late_and_unannounced(initiator: Initiator) -> None:
    initiator.set(Property.COMPRESSION_SETTING, 7, size=1)
    plan(initiator, "jpeg-late", seconds=10)
    initiator.shoot()
    assert initiator.names() == ["DSC_0001.NEF"]
    assert 0x4002 in initiator.happened()
    initiator.wait(11)
    assert initiator.names() == ["DSC_0001.NEF", "DSC_0001.JPG"]
    assert 0x4002 not in initiator.happened()


def test_the_power_takes_a_late_jpeg_with_it(initiator: Initiator) -> None:
    initiator.set(Property.COMPRESSION_SETTING, 7, size=1)
    plan(initiator, "jpeg-late", seconds=30)
    initiator.shoot()
    plan(initiator, "power-cycle", seconds=5)
    initiator.wait(60)
    initiator.ask(Operation.OPEN_SESSION, 1)
    assert initiator.names() == ["DSC_0001.NEF"]


def test_a_deleted_object_stays_for_a_while(initiator: Initiator) -> None:
    initiator.shoot()
    plan(initiator, "stale-handle", seconds=10)
    (handle,) = initiator.handles()
    assert initiator.ask(Operation.DELETE_OBJECT, handle).response == Response.OK
    assert initiator.handles() == [handle]
    initiator.wait(11)
    assert initiator.handles() == []


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("card-full", Response.STORE_FULL),
        ("card-pulled", Response.STORE_NOT_AVAILABLE),
        ("card-protected", Response.STORE_READ_ONLY),
        ("mirror-error", Response.HARDWARE_ERROR),
    ],
)
def test_a_release_fails_until_the_trouble_is_over(initiator: Initiator, kind: str, answer: int) -> None:
    plan(initiator, kind, seconds=60)
    assert initiator.ask(*TO_CARD).response == answer
    initiator.wait(61)
    assert initiator.ask(*TO_CARD).response == Response.OK


def test_a_slow_card_takes_longer(initiator: Initiator) -> None:
    plan(initiator, "card-slow", factor=1000)
    initiator.set(0x500D, 10_000)
    initiator.ask(*TO_CARD)
    initiator.wait(60)
    assert initiator.handles() == []
    initiator.wait(60)
    assert len(initiator.handles()) == 1


def test_the_battery_falls_and_dies(initiator: Initiator) -> None:
    plan(initiator, "battery-low", percent=3)
    assert initiator.get(Property.BATTERY_LEVEL) == 3
    assert initiator.get(Property.WARNING_STATUS) == 1
    plan(initiator, "battery-dead")
    assert not initiator.body.reachable


@pytest.mark.parametrize("kind", ["asleep", "power-cycle", "cable-pulled"])
def test_a_body_is_off_the_bus_and_comes_back(initiator: Initiator, kind: str) -> None:
    plan(initiator, kind, seconds=30)
    assert not initiator.body.reachable
    with pytest.raises(Unreachable):
        initiator.ask(Operation.DEVICE_READY)
    initiator.wait(31)
    assert initiator.ask(Operation.DEVICE_READY).response == Response.SESSION_NOT_OPEN
    assert initiator.ask(Operation.OPEN_SESSION, 1).response == Response.OK


def test_a_finger_on_the_button_wakes_a_sleeping_body(initiator: Initiator) -> None:
    plan(initiator, "asleep")
    initiator.body.button.press()
    assert initiator.body.reachable
    assert len(initiator.body.truth) == 0 or initiator.body.shutter.busy


def test_the_counter_starts_again_in_a_new_folder(initiator: Initiator) -> None:
    initiator.shoot()
    plan(initiator, "counter-reset")
    initiator.shoot()
    assert [opening.files for opening in initiator.body.truth] == [
        ("DCIM/100ND3S_/DSC_0001.JPG",),
        ("DCIM/101ND3S_/DSC_0001.JPG",),
    ]


def test_the_bodys_clock_is_wrong_but_the_truth_is_not(initiator: Initiator) -> None:
    plan(initiator, "clock-wrong", offset_s=-86_400)
    initiator.shoot()
    item = next(item for item in initiator.body.bay.cards[0].objects.values() if item.facts)
    assert item.made.isoformat() == "2018-07-02T19:30:00+00:00"
    assert initiator.body.truth[0].opened_utc.isoformat() == "2018-07-03T19:30:00+00:00"


def test_a_stuck_shutter_closes_when_it_comes_free(initiator: Initiator) -> None:
    plan(initiator, "shutter-stuck", seconds=100)
    initiator.set(0x500D, 10_000)
    initiator.ask(*TO_CARD)
    initiator.wait(50)
    assert initiator.body.truth[0].closed is None
    assert initiator.ask(Operation.DEVICE_READY).response == Response.DEVICE_BUSY
    initiator.wait(51)
    assert initiator.body.truth[0].exposure_s == pytest.approx(100)


def test_a_dead_line_releases_nothing_and_a_dead_contact_says_nothing(initiator: Initiator) -> None:
    release = plan(initiator, "release-dead")
    initiator.body.button.press()
    initiator.wait(1)
    assert len(initiator.body.truth) == 0
    release.end()
    plan(initiator, "sync-dead")
    initiator.body.button.press()
    initiator.wait(1)
    assert initiator.body.shutter.opening is not None
    assert not initiator.body.sync


def test_a_wrong_dial_is_turned_and_turned_back(initiator: Initiator) -> None:
    plan(initiator, "wrong-dial", property=0x500D, value=BULB, seconds=10)
    assert initiator.ask(*TO_CARD).response == Response.SHUTTER_SPEED_BULB
    initiator.wait(11)
    assert initiator.ask(*TO_CARD).response == Response.OK


@pytest.mark.parametrize(
    ("trigger", "silent_from"),
    [
        pytest.param({}, 0, id="at once"),
        pytest.param({"after_shots": 0}, 0, id="after no shot"),
        pytest.param({"after_shots": 2}, 2, id="after two shots"),
        pytest.param({"at": 8.0}, 2, id="after eight seconds"),
        pytest.param({"probability": 1.0}, 1, id="with the first chance"),
        pytest.param({"probability": 0.0}, None, id="never"),
    ],
)
def test_faults_strike_when_they_are_told_to(initiator: Initiator, trigger: dict[str, float], silent_from: int | None) -> None:
    FaultPlan(initiator.body, [check({"kind": "silent", **trigger})])
    silent = [initiator.body.silent]
    for _ in range(4):
        initiator.shoot()
        silent.append(initiator.body.silent)
    assert silent == [silent_from is not None and shot >= silent_from for shot in range(5)]


def test_a_fault_can_strike_while_the_shutter_is_open(initiator: Initiator) -> None:
    plan(initiator, "cable-pulled", after_shots=1, moment="opened")
    initiator.ask(*TO_CARD)
    initiator.wait(0.1)
    assert not initiator.body.reachable
    initiator.wait(60)
    assert initiator.body.truth[0].closed is not None


@pytest.mark.parametrize("seed", range(5))
def test_chance_is_the_same_for_the_same_seed(seed: int) -> None:
    def lost(seed: int) -> list[int]:
        initiator = Initiator()
        plan(initiator, "event-lost", seed, probability=0.5, event=0x400D)
        counts: list[int] = []
        for _ in range(20):
            initiator.shoot()
            counts.append(initiator.happened().count(0x400D))
        return counts

    assert lost(seed) == lost(seed)
    assert 0 < sum(lost(seed)) < 20
    assert lost(seed) != lost(seed + 1)


def test_an_end_undoes_what_can_be_undone(initiator: Initiator) -> None:
    faults = FaultPlan(initiator.body)
    for kind in ("silent", "busy", "card-full", "card-protected", "card-slow", "mirror-error", "shutter-stuck", "in-progress"):
        faults.add(check({"kind": kind}))
    faults.end()
    initiator.shoot()
    assert initiator.names() == ["DSC_0001.JPG"]


def test_a_file_of_faults_is_read(tmp_path: Path) -> None:
    path = tmp_path / "faults.toml"
    path.write_text('[[fault]]\nkind = "silent"\nafter_shots = 3\nseconds = 1e9\n[[fault]]\nkind = "drop"\nbytes = 4096\n')
    assert read(path) == (Fault(kind=Kind.SILENT, after_shots=3), Fault(kind=Kind.DROP, bytes=4096))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[fault]]\nkind = 'quiet'\n", "Invalid enum value 'quiet'"),
        ("[[fault]]\nkind = 'silent'\nslot = 2\n", "silent does not take slot"),
        ("[[fault]]\nkind = 'silent'\nat = 1.0\nafter_shots = 2\n", "more than one of at, after_shots, probability"),
        ("[[fault]]\nkind = 'silent'\nseconds = -1\n", "Expected `float` >= 0"),
        ("[[fault]]\nseconds = 1\n", "missing required field `kind`"),
        ("[fault]\nkind = 'silent'\n", "only tables [[fault]]"),
        ("[[other]]\n", "only tables [[fault]]"),
        ("[[fault\n", "Expected ']]'"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_in_a_sentence(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "faults.toml"
    path.write_text(text)
    with pytest.raises(BadFaults) as refused:
        read(path)
    assert complaint in str(refused.value)
    assert str(path) in str(refused.value)


def test_a_file_can_hide_that_it_is_truncated(initiator: Initiator) -> None:
    plan(initiator, "truncate", share=0.25, hidden=True)
    initiator.shoot()
    (handle,) = initiator.handles()
    claimed = initiator.info(handle)[2]
    assert len(initiator.ask(Operation.GET_OBJECT, handle).read()) == claimed // 4
