"""The truth table of bodies."""

from pathlib import Path

import pytest

from nightside_drivers import bodies
from nightside_drivers.api import Capabilities, ReleaseKind
from nightside_drivers.bodies.listing import listing

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "bodies.md"

TABLE = {capabilities.model: (names, capabilities) for names, capabilities in bodies.table()}


@pytest.mark.parametrize("model", TABLE)
def test_an_entry_is_complete_and_in_order(model: str) -> None:
    _, body = TABLE[model]
    assert list(body.shutter_speeds_s) == sorted(set(body.shutter_speeds_s))
    assert list(body.isos) == sorted(set(body.isos))
    assert body.releases
    assert body.source
    assert body.usb_gap_s > 0
    assert body.own_gap_s > 0
    assert (body.burst_frames > 1) is (ReleaseKind.BURST in body.releases)
    assert body.battery_frames


def test_no_two_entries_answer_to_one_name() -> None:
    names = [name for spoken, _ in TABLE.values() for name in spoken]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("maker", "model"), [("Nikon Corporation", "D3S"), ("", "Nikon D3s"), ("", "nikon d3s"), ("NIKON", "D3S")]
)
def test_a_d3s_is_known_by_every_name_it_gives(maker: str, model: str) -> None:
    found = bodies.find(maker, model)
    assert found is not None
    assert found.longest_exposure_s == 30.0
    assert ReleaseKind.USB_BULB not in found.releases


def test_an_unknown_body_gets_what_it_proves_and_no_more() -> None:
    assert bodies.find("Acme", "Box 1") is None
    body = bodies.unknown("Box 1", [0.1, 1.0], [100])
    assert isinstance(body, Capabilities)
    assert body.releases == {ReleaseKind.USB}
    assert "guess" in body.source


@pytest.mark.parametrize(
    ("maker", "model", "bulb"),
    [
        ("Nikon Corporation", "D4", False),
        ("Nikon Corporation", "D5", False),
        ("Nikon Corporation", "D700", False),
        ("Nikon Corporation", "D800", True),
        ("Nikon Corporation", "D800E", True),
        ("Nikon Corporation", "D750", True),
        ("Nikon Corporation", "D850", False),
        ("Nikon Corporation", "Z 6", True),
        ("Nikon Corporation", "Z 9", True),
        ("Canon.Inc", "Canon EOS R6", True),
        ("Canon Inc.", "Canon EOS 6D", True),
        ("Canon.Inc", "Canon EOS 80D", True),
        ("Sony Corporation", "ILCE-7", False),
    ],
)
def test_bulb_over_usb_is_promised_only_where_a_dump_proves_it(maker: str, model: str, bulb: bool) -> None:
    found = bodies.find(maker, model)
    assert found is not None
    assert (ReleaseKind.USB_BULB in found.releases) is bulb
    assert found.longest_exposure_s == 30


def test_a_body_that_agrees_with_its_entry_leaves_it_alone() -> None:
    entry = TABLE["Nikon D3s"][1]
    assert bodies.confronted(entry, [speed * 1.01 for speed in entry.shutter_speeds_s], entry.isos) == entry
    assert bodies.confronted(entry, [], []) == entry


def test_where_a_body_contradicts_its_entry_its_own_word_stands_and_that_is_said() -> None:
    entry = TABLE["Nikon D3s"][1]
    found = bodies.confronted(entry, [1.0, 60.0], [100, 200])
    assert found.longest_exposure_s == 60
    assert found.isos == (100, 200)
    assert len(found.doubts) == 2
    assert "up to 30 s" in found.doubts[0]


def test_the_reference_is_the_table() -> None:
    assert REFERENCE.read_text() == listing()
