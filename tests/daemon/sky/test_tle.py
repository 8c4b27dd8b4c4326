"""Two-line elements: what is read, and what is refused with its line."""

from datetime import timedelta
from pathlib import Path

import pytest

from nightside.errors import ElementsDamaged, ElementsMissing, NightsideError, SatelliteUnknown
from nightside.sky.elements import MeanElements, load_elements, parse_elements
from nightside.sky.elements.tle import catalogue_number, checksum
from tests.daemon.sky.reference import table, utc
from tests.orbit import ISS_FILE

ISS = ISS_FILE.read_text().splitlines()
HST = next([r["line1"], r["line2"]] for r in table("satellites.csv") if r["satellite"] == "HST2019")


def summed(line: str) -> str:
    """A line with its checksum put right."""
    return f"{line[:68]}{checksum(line)}"


def write(folder: Path, *lines: str) -> Path:
    path = folder / "set.tle"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_three_line_set_is_read_to_the_last_digit() -> None:
    elements = load_elements(ISS_FILE)

    assert (elements.name, elements.norad_id, elements.useable_until) == ("ISS (ZARYA)", 25544, None)
    assert abs(elements.epoch - utc("2018-07-03T19:25:57.304128")) < timedelta(microseconds=2)
    assert isinstance(elements.orbit, MeanElements)
    mean = elements.orbit
    assert (mean.inclination_deg, mean.raan_deg, mean.eccentricity) == (51.6414, 295.8524, 0.0003435)
    assert (mean.arg_perigee_deg, mean.mean_anomaly_deg, mean.mean_motion_rev_day) == (262.6267, 204.2868, 15.54005638)
    assert (mean.half_ndot, mean.sixth_nddot) == (0.00001614, 0.0)
    assert mean.bstar == pytest.approx(3.1745e-05)


@pytest.mark.parametrize("satellite", [25544, "25544", "ISS (ZARYA)", "iss (zarya)", "iss"])
def test_a_satellite_is_found_by_number_or_name(satellite: str | int) -> None:
    assert load_elements(ISS_FILE, satellite).norad_id == 25544


def test_of_many_satellites_the_named_one_is_taken_and_of_its_sets_the_newest(tmp_path: Path) -> None:
    newer = [summed(ISS[1].replace("18184.80969102", "18185.80969102")), ISS[2]]
    path = write(tmp_path, *newer, *ISS, "0 HST", *HST)

    assert load_elements(path, "hst").norad_id == 20580
    assert load_elements(path, 25544).epoch == utc("2018-07-04T19:25:57.304128")


def test_two_lines_are_enough_and_dos_line_ends_and_comments_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "set.tle"
    path.write_bytes("\r\n".join(["# fetched today", "", *HST, ""]).encode())

    assert load_elements(path).name == "object 20580"


def test_damage_to_one_set_does_not_take_the_others(tmp_path: Path) -> None:
    path = write(tmp_path, ISS[0], ISS[1][:-1] + "0", ISS[2], *HST)

    assert load_elements(path, 20580).norad_id == 20580
    with pytest.raises(ElementsDamaged, match=r"Line 2 of set\.tle has the checksum 0"):
        load_elements(path, 25544)


DAMAGED = [
    ("wrong checksum", [ISS[1][:-1] + "4", ISS[2]], r"Line 1 of .* has the checksum 4, but its digits add up to 3"),
    ("cut short", [ISS[1], ISS[2][:40]], r"Line 2 of .* is cut short: 40 characters of 69"),
    ("too long", [ISS[1] + "0", ISS[2]], r"Line 1 of .* is too long"),
    ("no second line", [ISS[1]], r"Line 1 of .* is the first line of a set without its second"),
    ("no first line", [ISS[2]], r"Line 1 of .* is the second line without its first"),
    ("another object", [ISS[1], HST[1]], r"Line 2 of .* belongs to object 20580, but the line before it to 25544"),
    ("epoch", [summed(ISS[1].replace("18184.80969102", "18x84.80969102")), ISS[2]], r"Line 1 of .* no readable epoch"),
    ("day 0", [summed(ISS[1].replace("18184.80969102", "18000.80969102")), ISS[2]], r"Line 1 of .* epoch on day 000"),
    ("day 366", [summed(ISS[1].replace("18184.80969102", "18366.80969102")), ISS[2]], r"epoch on day 366\.80969102 of 2018"),
    ("number", [summed(ISS[1].replace("25544U", "2I544U")), summed(ISS[2].replace("25544", "2I544"))], r"no catalogue number"),
    ("inclination", [ISS[1], summed(ISS[2].replace(" 51.6414", " 5l.6414"))], r"Line 2 of .* no readable inclination"),
    ("far inclination", [ISS[1], summed(ISS[2].replace(" 51.6414", "251.6414"))], r"inclination of .* is 251\.641 °"),
    ("nan", [ISS[1], summed(ISS[2].replace(" 51.6414", "     nan"))], r"no readable inclination"),
    ("drag", [summed(ISS[1].replace(" 31745-4", " 3x745-4")), ISS[2]], r"Line 1 of .* no readable drag term"),
    ("not ASCII", [ISS[1].replace("U", "Ü"), ISS[2]], r"Line 1 of .* characters that no TLE has"),
    ("underground", [ISS[1], summed(ISS[2].replace("0003435", "0903435"))], r"perigee of .* is \d+ km below the ground"),
    (
        "decayed",
        [ISS[1], summed(ISS[2].replace("15.54005638", "17.90000000"))],
        r"perigee of .* is 207 km below the ground.*decayed",
    ),
]


@pytest.mark.parametrize(("lines", "says"), [row[1:] for row in DAMAGED], ids=[row[0] for row in DAMAGED])
def test_damage_is_refused_with_its_line_and_reason(tmp_path: Path, lines: list[str], says: str) -> None:
    with pytest.raises(ElementsDamaged, match=says) as refusal:
        load_elements(write(tmp_path, *lines))

    assert refusal.value.means
    assert refusal.value.remedy


MISSING: list[tuple[bytes | None, type[NightsideError], str]] = [
    (None, ElementsMissing, "There is no element file"),
    (b"", ElementsMissing, "is empty"),
    (b" \n\n", ElementsMissing, "is empty"),
    (b"hello, world", ElementsDamaged, "no element set in a known format"),
    (b"\xff\xfe\x00", ElementsDamaged, "is not text"),
    (b"\x00" * 500, ElementsDamaged, "no element set in a known format"),
]


@pytest.mark.parametrize(("content", "error", "says"), MISSING)
def test_what_is_no_element_file_is_refused(
    tmp_path: Path, content: bytes | None, error: type[NightsideError], says: str
) -> None:
    path = tmp_path / "set.tle"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(error, match=says):
        load_elements(path)


def test_a_folder_is_no_element_file(tmp_path: Path) -> None:
    with pytest.raises(ElementsMissing, match="cannot be read"):
        load_elements(tmp_path)


def test_an_unknown_satellite_is_refused_with_what_is_there(tmp_path: Path) -> None:
    path = write(tmp_path, *ISS, *HST)

    with pytest.raises(SatelliteUnknown, match=r"does not hold satellite 99999.*ISS \(ZARYA\) \(25544\)"):
        load_elements(path, 99999)
    with pytest.raises(SatelliteUnknown, match=r"holds 2 satellites.*catalogue number"):
        load_elements(path)


@pytest.mark.parametrize(
    ("field", "number"), [("25544", 25544), ("    5", 5), ("A0000", 100000), ("Z9999", 339999), ("J1234", 181234)]
)
def test_catalogue_numbers_may_be_alpha_5(field: str, number: int) -> None:
    assert catalogue_number(field) == number


@pytest.mark.parametrize("field", ["I0000", "O0000", "A 000", "     ", "a0000", "A000٣"])
def test_other_letters_are_no_catalogue_number(field: str) -> None:
    assert catalogue_number(field) is None


def test_a_thousand_sets_are_read_in_one_go() -> None:
    text = "\n".join(ISS[1:] * 1000)

    found, damaged = parse_elements(text, "many")

    assert len(found) == 1000
    assert not damaged
