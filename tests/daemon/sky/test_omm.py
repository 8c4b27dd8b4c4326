"""Mean-elements messages: one orbit in four dresses, and what is refused."""

import json
from pathlib import Path

import pytest

from nightside.errors import ElementsDamaged, NightsideError
from nightside.sky.elements import MeanElements, load_elements, parse_elements
from tests.orbit import ISS_FILE

FIELDS = {
    "OBJECT_NAME": "ISS (ZARYA)",
    "OBJECT_ID": "1998-067A",
    "CENTER_NAME": "EARTH",
    "REF_FRAME": "TEME",
    "TIME_SYSTEM": "UTC",
    "MEAN_ELEMENT_THEORY": "SGP4",
    "EPOCH": "2018-07-03T19:25:57.304128",
    "MEAN_MOTION": "15.54005638",
    "ECCENTRICITY": ".0003435",
    "INCLINATION": "51.6414",
    "RA_OF_ASC_NODE": "295.8524",
    "ARG_OF_PERICENTER": "262.6267",
    "MEAN_ANOMALY": "204.2868",
    "EPHEMERIS_TYPE": "0",
    "NORAD_CAT_ID": "25544",
    "BSTAR": ".31745E-4",
    "MEAN_MOTION_DOT": ".1614E-4",
    "MEAN_MOTION_DDOT": "0",
}


def as_json(fields: dict[str, str]) -> str:
    return json.dumps([fields])


def as_csv(fields: dict[str, str]) -> str:
    return ",".join(fields) + "\r\n" + ",".join(fields.values()) + "\r\n"


def as_kvn(fields: dict[str, str]) -> str:
    lines = [f"{key:<20} = {value}" + (" [deg]" if key == "INCLINATION" else "") for key, value in fields.items()]
    return "\n".join(["CCSDS_OMM_VERS = 2.0", "COMMENT MEAN_MOTION = 1 is only a comment", "", *lines, ""])


def as_xml(fields: dict[str, str]) -> str:
    leaves = "".join(f"<{key}>{value}</{key}>\n" for key, value in fields.items())
    return (
        f'<?xml version="1.0"?>\n<ndm:ndm xmlns:ndm="x"><omm id="a"><body><segment>\n{leaves}</segment></body></omm></ndm:ndm>'
    )


DRESSES = {"json": as_json, "csv": as_csv, "kvn": as_kvn, "xml": as_xml}


@pytest.mark.parametrize("dress", DRESSES)
def test_the_same_orbit_is_read_from_every_dress(tmp_path: Path, dress: str) -> None:
    path = tmp_path / f"elements.{dress}"
    path.write_text(DRESSES[dress](FIELDS))

    elements, published = load_elements(path, 25544), load_elements(ISS_FILE)

    assert (elements.name, elements.norad_id, elements.epoch) == (published.name, published.norad_id, published.epoch)
    assert isinstance(elements.orbit, MeanElements)
    assert isinstance(published.orbit, MeanElements)
    for key in MeanElements.__slots__:
        assert getattr(elements.orbit, key) == pytest.approx(getattr(published.orbit, key), rel=1e-12)


def test_a_json_number_is_as_good_as_a_text() -> None:
    numbers = {key: float(value) if key in {"MEAN_MOTION", "ECCENTRICITY"} else value for key, value in FIELDS.items()}

    (elements,), damaged = parse_elements(json.dumps(numbers), "one object")

    assert elements.norad_id == 25544
    assert not damaged


@pytest.mark.parametrize("dress", DRESSES)
def test_many_messages_come_in_one_file_and_the_damaged_are_named(dress: str) -> None:
    second = FIELDS | {"OBJECT_NAME": "OTHER", "NORAD_CAT_ID": "123456"}
    broken = FIELDS | {"NORAD_CAT_ID": "7", "ECCENTRICITY": "nan"}
    orbits = [FIELDS, broken, second]
    text = {
        "json": json.dumps(orbits),
        "csv": as_csv(FIELDS) + "".join(as_csv(fields).splitlines(keepends=True)[1] for fields in orbits[1:]),
        "kvn": "".join(map(as_kvn, orbits)),
        "xml": "<ndm>"
        + "".join(as_xml(fields).partition('"x">')[2].removesuffix("</ndm:ndm>") for fields in orbits)
        + "</ndm>",
    }[dress]

    found, damaged = parse_elements(text, "many")

    assert [elements.norad_id for elements in found] == [25544, 123456]
    assert len(damaged) == 1
    assert "ECCENTRICITY that is not finite" in damaged[0].what


REFUSED = [
    ({"EPOCH": "yesterday"}, "has no readable EPOCH: 'yesterday' is no time"),
    ({"EPOCH": "2018-400T00:00:00"}, "on a day that its year does not have"),
    ({"EPOCH": "2018-13-01T00:00:00"}, "has no readable EPOCH"),
    ({"EPOCH": ""}, "has no EPOCH"),
    ({"MEAN_MOTION": "fast"}, "has no readable MEAN_MOTION: 'fast'"),
    ({"MEAN_MOTION": "1_5"}, "has no readable MEAN_MOTION"),
    ({"MEAN_MOTION": "0"}, "mean motion"),
    ({"ECCENTRICITY": "1.5"}, "eccentricity"),
    ({"BSTAR": "inf"}, "BSTAR that is not finite"),
    ({"REF_FRAME": "EME2000"}, "says REF_FRAME = 'EME2000', and only TEME can be used"),
    ({"MEAN_ELEMENT_THEORY": "DSST"}, "MEAN_ELEMENT_THEORY"),
    ({"EPHEMERIS_TYPE": "4"}, "EPHEMERIS_TYPE"),
    ({"CENTER_NAME": "MARS"}, "CENTER_NAME"),
    ({"NORAD_CAT_ID": "12.5"}, "NORAD_CAT_ID"),
    ({"NORAD_CAT_ID": "-5"}, "NORAD_CAT_ID"),
]


@pytest.mark.parametrize("dress", DRESSES)
@pytest.mark.parametrize(("change", "says"), REFUSED)
def test_a_message_that_cannot_be_trusted_is_refused(dress: str, change: dict[str, str], says: str) -> None:
    found, damaged = parse_elements(DRESSES[dress](FIELDS | change), "message")

    assert not found
    assert says in damaged[0].what


BOMB = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><omm>&c;</omm>'
HOSTILE = [
    ("entities", BOMB, "declares a document type"),
    ("external entity", '<!DOCTYPE a SYSTEM "file:///etc/passwd"><omm/>', "declares a document type"),
    ("undeclared entity", "<omm>&what;</omm>", "undefined entity"),
    ("deep XML", "<a>" * 100_000, "more than any such message"),
    ("broken XML", "<omm><EPOCH>", "no element found"),
    ("other XML", "<html><body/></html>", "without an orbit message"),
    ("deep JSON", "[" * 200_000, "nests too deep|is no JSON"),
    ("broken JSON", '[{"EPOCH": ]', r"line 1 of .*is no JSON from column 12"),
    ("long number", '[{"MEAN_MOTION": ' + "9" * 10_000 + "}]", "number is too long"),
    ("JSON of other things", "[1, null, [], {}]", "has no EPOCH"),
    ("empty JSON", "[]", "does not hold any satellite"),
    ("broken CSV", 'EPOCH,MEAN_MOTION\n"2018', "is no CSV"),
    ("header only", "EPOCH,MEAN_MOTION\n", "does not hold any satellite"),
    ("NUL in CSV", "EPOCH,MEAN_MOTION\n\x00,1\n", ""),
]


@pytest.mark.parametrize(("text", "says"), [row[1:] for row in HOSTILE], ids=[row[0] for row in HOSTILE])
def test_hostile_files_get_a_sentence_and_no_traceback(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "hostile"
    path.write_text(text)

    with pytest.raises(NightsideError, match=f"(?i){says}"):
        load_elements(path)


def test_a_file_larger_than_any_catalogue_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nightside.sky.elements.load.MAX_BYTES", 1000)
    path = tmp_path / "huge"
    path.write_text("1 " * 1000)

    with pytest.raises(ElementsDamaged, match="is larger than"):
        load_elements(path)
