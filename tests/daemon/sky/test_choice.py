"""Which satellite of a file is meant: never the wrong one, and never an old set where the new one is damaged."""

import json
from pathlib import Path

import pytest

from nightside.errors import ElementsDamaged, SatelliteUnknown
from nightside.sky.elements import load_elements, parse_elements
from nightside.sky.elements.identity import designator, plain
from tests.daemon.sky.test_oem import in_segments
from tests.daemon.sky.test_omm import FIELDS, as_kvn
from tests.daemon.sky.test_tle import HST, ISS, summed, write

BROKEN = [ISS[0], ISS[1][:-1] + "0", ISS[2]]
NEWER_BROKEN = [ISS[0], summed(ISS[1].replace("18184.80969102", "18185.80969102"))[:-1] + "x", ISS[2]]


def test_a_damaged_satellite_is_not_replaced_by_another_one(tmp_path: Path) -> None:
    path = write(tmp_path, *BROKEN, "HST", *HST)

    with pytest.raises(SatelliteUnknown, match=r"holds HST \(20580\), and another set that is damaged: Line 2 of set\.tle"):
        load_elements(path)


@pytest.mark.parametrize("satellite", [None, 25544, "25544", "iss", "1998-067A", "98067A"])
@pytest.mark.parametrize("order", [1, -1])
def test_an_old_set_does_not_stand_in_for_a_damaged_new_one(tmp_path: Path, satellite: str | int | None, order: int) -> None:
    first, second = [ISS, NEWER_BROKEN][::order]

    with pytest.raises(ElementsDamaged, match="has the checksum x"):
        load_elements(write(tmp_path, *first, *second), satellite)


@pytest.mark.parametrize("satellite", [20580, "hst", "1990-037-B"])
def test_damage_to_another_satellite_is_said(tmp_path: Path, satellite: str | int) -> None:
    elements = load_elements(write(tmp_path, *BROKEN, "HST", *HST), satellite)

    assert elements.norad_id == 20580
    assert "Another element set was left out: Line 2 of set.tle has the checksum 0" in elements.note


@pytest.mark.parametrize(
    "scrap",
    [["1 what is this"], [ISS[1].replace("25544U 98067A", " " * 13)[:60]], ["2 x"]],
    ids=["no set", "no number", "short"],
)
def test_damage_that_may_be_anybody_s_is_refused(tmp_path: Path, scrap: list[str]) -> None:
    with pytest.raises(ElementsDamaged):
        load_elements(write(tmp_path, *HST, *scrap), 20580)


def test_a_message_s_name_tells_whose_damage_it_is() -> None:
    other = FIELDS | {"OBJECT_NAME": "OTHER", "NORAD_CAT_ID": "7", "ECCENTRICITY": "nan"}
    found, complaints = parse_elements(json.dumps([FIELDS, other]), "two")

    assert len(found) == 1
    assert (set(complaints[0].numbers), set(complaints[0].names)) == ({7}, {"OTHER", "1998-067A"})


@pytest.mark.parametrize("satellite", [25544, "25544", "1998-067-A", "1998-067A", "98067A", "ISS", None])
def test_a_table_without_a_catalogue_number_can_be_asked_for(tmp_path: Path, satellite: str | int | None) -> None:
    path = tmp_path / "iss.oem"
    path.write_text(in_segments(slice(0, 40)))

    elements = load_elements(path, satellite)

    assert (elements.norad_id, elements.designator) == (0, "1998-067A")
    assert ("cannot be checked" in elements.note) == (str(satellite) == "25544")


@pytest.mark.parametrize("satellite", ["1998-067-B", "HST"])
def test_a_table_is_not_taken_for_another_object(tmp_path: Path, satellite: str) -> None:
    path = tmp_path / "iss.oem"
    path.write_text(in_segments(slice(0, 40)))

    with pytest.raises(SatelliteUnknown, match="does not hold satellite"):
        load_elements(path, satellite)


def test_two_objects_without_numbers_are_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "two.oem"
    one = in_segments(slice(0, 40))
    path.write_text(one + one.partition("\n")[2].replace("1998-067-A", "1998-067-B"))

    with pytest.raises(SatelliteUnknown, match="does not hold satellite 25544"):
        load_elements(path, 25544)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("1998-067-A", "1998-067A"),
        ("1998-067a", "1998-067A"),
        ("98067A  ", "1998-067A"),
        ("10016A", "2010-016A"),
        ("1998067ABC", "1998-067ABC"),
        ("ISS", ""),
        ("", ""),
        ("１998067A", ""),
    ],
)
def test_designators_are_told_in_every_spelling(text: str, normal: str) -> None:
    assert designator(text) == normal


def test_names_hold_nothing_that_a_terminal_would_obey(tmp_path: Path) -> None:
    assert plain("a\x1b[31m\x07\n b\u202e\\[x]") == "a [31m b [x]"
    assert load_elements(write(tmp_path, "0 X\x1b[2J Y", *ISS[1:])).name == "X [2J Y"
    with pytest.raises(ElementsDamaged, match="characters that no TLE has"):
        load_elements(write(tmp_path, ISS[0], ISS[1].replace(" .0000", "\x1b.0000"), ISS[2]))


@pytest.mark.parametrize("end", ["\r", "\r\n", "\n"])
def test_lines_may_end_as_they_do_anywhere(end: str) -> None:
    texts = ["\n".join(ISS), as_kvn(FIELDS), ",".join(FIELDS) + "\n" + ",".join(FIELDS.values()), in_segments(slice(0, 40))]

    for text in texts:
        found, complaints = parse_elements(f"{text}\n".replace("\n", end), "file")
        assert (len(found), complaints) == (1, [])


TWICE = [
    json.dumps(FIELDS)[:-1] + ', "MEAN_MOTION": "14.0"}',
    as_kvn(FIELDS) + "MEAN_MOTION = 14.0\n",
    ",".join([*FIELDS, "MEAN_MOTION"]) + "\n" + ",".join([*FIELDS.values(), "14.0"]) + "\n",
    "<omm>" + "".join(f"<{key}>{value}</{key}>" for key, value in (FIELDS | {"X": "1"}).items()) + "<X>2</X></omm>",
    in_segments(slice(0, 40)).replace("META_STOP", "REF_FRAME = EME2000\nMETA_STOP"),
]


@pytest.mark.parametrize("text", TWICE, ids=["json", "kvn", "csv", "xml", "oem"])
def test_a_keyword_that_comes_twice_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "twice"
    path.write_text(text)

    with pytest.raises(ElementsDamaged, match="twice"):
        load_elements(path)


@pytest.mark.parametrize(
    "change",
    [
        {"NORAD_CAT_ID": "1e300"},
        {"NORAD_CAT_ID": "1000000000000"},
        {"NORAD_CAT_ID": "２５５４４"},
        {"BSTAR": "１e-5"},
        {"EPOCH": "２018-07-03T00:00:00"},
        {"EPOCH": "0001-01-01T00:00:00"},
        {"EPOCH": "1956-12-31T23:59:59"},
        {"EPOCH": "9999-12-31T23:59:59"},
    ],
    ids=str,
)
def test_absurd_numbers_and_years_are_refused(change: dict[str, str]) -> None:
    found, complaints = parse_elements(json.dumps(FIELDS | change), "message")

    assert not found
    assert "has no readable" in complaints[0].what


SPACES = " " * 60_000
HOSTILE = [
    as_kvn(FIELDS).replace("COMMENT", f"A = x{SPACES}y\nCOMMENT"),
    in_segments(slice(0, 40)).replace("META_START", f"COMMENT a{SPACES}b\nMETA_START"),
    f"<omm><a>{'x' * 60_000 * 40}</a></omm>",
]


@pytest.mark.parametrize("text", HOSTILE, ids=["omm", "oem", "xml"])
def test_lines_without_end_are_not_chewed(text: str) -> None:
    with pytest.raises(ElementsDamaged, match="longer"):
        raise_first(text)


def raise_first(text: str) -> None:
    _, complaints = parse_elements(text, "hostile")
    raise complaints[0].error
