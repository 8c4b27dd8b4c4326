"""`nightside windows` and `nightside passes`: the contract with programs, and what people see."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import icalendar
import pytest

from nightside.cli import main
from tests.daemon.sky.reference import site_range, table, utc
from tests.daemon.sky.test_oem import message
from tests.daemon.sky.test_tle import HST, ISS
from tests.orbit import ISS_FILE

RANGE = ("--start", "2018-07-04T00:00:00Z", "--end", "2018-07-05T00:00:00Z")
STATION = ("windows", "--elements", str(ISS_FILE), *RANGE)
GREENWICH = "51.4779,0.0,46"


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Nightside = Callable[..., Said]


@pytest.fixture
def nightside(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Nightside:
    """Type a command on a wide terminal."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str | Path) -> Said:
        monkeypatch.setattr("sys.argv", ["nightside", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return Said(ended.value.code if isinstance(ended.value.code, int) else 0, said.out, said.err)

    return run


def test_windows_are_printed_as_the_contract_says(nightside: Nightside) -> None:
    said = nightside(*STATION, "--condition", "umbra", "--earth", "sphere", "--sun", "geometric", "--json")

    entries = [row for row in table("eclipses.csv") if row["satellite"] == "ISS2018" and row["event"] == "umbra_entry"]
    first = said.json["windows"][0]
    assert said.code == 0
    assert first["start"].endswith("Z")
    assert len(first["start"]) == len("2018-07-04T00:00:00.000000Z")
    assert {"start", "end", "clipped_start", "clipped_end", "uncertainty_s"} <= set(first)
    found = [datetime.fromisoformat(w["start"]) for w in said.json["windows"] if not w["clipped_start"]]
    expected = [datetime.fromisoformat(row["sphere_geometric"]) for row in entries]
    assert found == pytest.approx([e for e in expected if e < utc("2018-07-05")], abs=datetime.resolution * 1000)


def test_the_answer_says_whose_elements_were_used_and_how_old_they_are(nightside: Nightside) -> None:
    said = nightside(*STATION, "--json").json

    assert said["condition"] == "umbra"
    assert said["elements"]["norad_id"] == 25544
    assert said["elements"]["freshness"] == "fresh"
    assert said["elements"]["epoch"] == "2018-07-03T19:25:57.304128Z"


def test_a_site_needs_no_elements_and_says_what_its_night_is(nightside: Nightside) -> None:
    said = nightside("windows", "--site", GREENWICH, *RANGE, "--condition", "sun < -12", "--json").json

    rows = {row["event"]: row["utc"] for row in table("ground.csv")[:2]}
    assert said["elements"] is None
    assert [w["end"][:22] for w in said["windows"] if not w["clipped_end"]] == [rows["nautical_dawn"][:22]]


def test_people_see_a_table_with_local_times_and_a_strip_of_the_days(nightside: Nightside) -> None:
    said = nightside(*STATION, "--timezone", "Europe/Zurich")

    assert "16 windows of umbra, ISS (ZARYA), elements of 2018-07-03 19:25:57 UTC" in said.out
    assert "Wed 07-04 00:44:34 01:20:20 02:44:34 35 min 47 s 72% up +5.5° 0.2 s" in " ".join(said.out.split())
    assert "2018-07-04 ▏" in said.out
    assert "β" in said.out
    assert not said.err


def test_csv_can_be_read_back(nightside: Nightside) -> None:
    rows = list(csv.DictReader(io.StringIO(nightside(*STATION, "--csv").out)))
    windows = nightside(*STATION, "--json").json["windows"]

    assert [row["start"] for row in rows] == [window["start"] for window in windows]
    assert [float(row["duration_s"]) for row in rows] == [window["duration_s"] for window in windows]


def test_nights_can_be_put_into_a_calendar(nightside: Nightside) -> None:
    calendar = icalendar.Calendar.from_ical(nightside(*STATION, "--ics", "--condition", "umbra & ~moon_up").out)
    again = icalendar.Calendar.from_ical(nightside(*STATION, "--ics", "--condition", "umbra & ~moon_up").out)

    windows = nightside(*STATION, "--json", "--condition", "umbra & ~moon_up").json["windows"]
    assert [event.start for event in calendar.events] == [
        datetime.fromisoformat(window["start"]).replace(microsecond=0) for window in windows
    ]
    assert {str(event["SUMMARY"]) for event in calendar.events} == {"Night: umbra & ~moon_up"}
    assert [event["UID"] for event in calendar.events] == [event["UID"] for event in again.events]


def test_duty_plans_and_regions_can_be_named(nightside: Nightside, tmp_path: Path) -> None:
    plan = tmp_path / "crew.ics"
    plan.write_text(
        "BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:1\nSUMMARY:duty\nDTSTART:20180704T060000Z\nDTEND:20180704T180000Z\n"
        "END:VEVENT\nEND:VCALENDAR\n".replace("\n", "\r\n")
    )
    area = tmp_path / "tropics.geojson"
    area.write_text(
        '{"type": "Polygon", "coordinates": [[[-180, -23], [0, -23], [180, -23], [180, 23], [0, 23], [-180, 23], [-180, -23]]]}'
    )

    duty = nightside(*STATION, "--condition", "umbra & ~calendar(crew)", "--calendar", f"crew={plan}", "--json").json
    named = nightside(
        *(*STATION, "--calendar", f"crew={plan}", "--define", "off_duty=~calendar(crew)"),
        *("--condition", "umbra & off_duty", "--json"),
    ).json
    tropics = nightside(*STATION, "--condition", "umbra & over(tropics)", "--region", area, "--json").json

    assert (named["windows"], named["condition"]) == (duty["windows"], "umbra & off_duty")
    assert all(not "06" <= window["start"][11:13] < "18" for window in duty["windows"])
    between = nightside(*STATION, "--condition", "umbra & -23 < latitude < 23", "--json").json
    assert [w["duration_s"] for w in tropics["windows"]] == pytest.approx(
        [w["duration_s"] for w in between["windows"]], abs=0.1
    )


def test_stale_elements_are_never_used_silently(nightside: Nightside) -> None:
    said = nightside("windows", "--elements", ISS_FILE, "--start", "2018-09-01", "--end", "2018-09-02", "--json")

    assert "are stale" in said.err
    assert said.json["elements"]["freshness"] == "stale"
    assert said.json["windows"][0]["uncertainty_s"] > 400


def test_without_a_night_the_next_one_is_named(nightside: Nightside) -> None:
    said = nightside("windows", "--site", "78.22,15.63", "--start", "2018-07-04", "--json")

    assert said.code == 15
    assert said.json["windows"] == []
    assert said.json["no_night_until"].startswith("2018-10-")
    assert "No night until 2018-10-" in said.err


BAD = [
    (("--elements", "gone.tle"), 11, "There is no element file gone.tle"),
    (("--elements", str(ISS_FILE), "--satellite", "HST"), 13, "does not hold satellite HST"),
    (("--site", "here"), 17, "--site is 'here', which is no place"),
    (("--site", "1,2,3,4"), 17, "which is no place"),
    (("--site", "95,0"), 17, "latitude is 95°"),
    (("--site", GREENWICH, "--condition", "moonless"), 17, "Column 1 of the condition"),
    (("--site", GREENWICH, "--condition", "umbra"), 17, "only a ground site is given"),
    (("--site", GREENWICH, "--start", "today"), 14, "--start is 'today'"),
    (("--site", GREENWICH, "--start", "2018-07-04", "--end", "2018-07-03"), 14, "is empty"),
    (("--site", GREENWICH, "--timezone", "Mars"), 17, "There is no time zone 'Mars'"),
    (("--site", GREENWICH, "--calendar", "crew"), 17, "--calendar is 'crew'"),
    (("--site", GREENWICH, "--define", "dark"), 17, "--define is 'dark'"),
    (("--site", GREENWICH, "--define", "umbra=sun < 0"), 17, "No condition can be called 'umbra'"),
    (("--site", GREENWICH, "--define", "dark=sun <"), 17, "Column 6 of the condition"),
    (("--site", GREENWICH, "--calendar", "crew=gone.ics"), 17, "gone.ics cannot be used"),
    (("--elements", str(ISS_FILE), "--earth", "flat"), 17, "called 'flat'"),
    (("--config", "gone.toml"), 10, "gone.toml cannot be read"),
]


@pytest.mark.parametrize(("words", "code", "says"), BAD, ids=[" ".join(words[-2:])[-40:] for words, _, _ in BAD])
def test_bad_input_gets_a_sentence_and_an_exit_code_of_its_own(
    nightside: Nightside, words: tuple[str, ...], code: int, says: str
) -> None:
    said = nightside("windows", *words)

    assert said.code == code
    assert says in " ".join(said.err.split())
    assert "Traceback" not in said.err


def test_passes_are_printed_as_the_contract_says(nightside: Nightside) -> None:
    start, _ = site_range("Greenwich")
    said = nightside(
        *("passes", "--elements", ISS_FILE, "--site", GREENWICH, "--min-elevation", "10"),
        *("--start", start.isoformat(), "--end", "2018-07-14T00:00:00Z", "--json"),
    ).json

    rows = [row for row in table("passes.csv") if row["site"] == "Greenwich"]
    assert [one["culmination"][:21] for one in said["passes"]] == [row["culmination"][:21] for row in rows]
    assert [one["visible"] for one in said["passes"]] == [row["visible"] == "Y" for row in rows]
    assert {"rise", "culmination", "set", "max_elevation_deg", "visible"} <= set(said["passes"][0])


def test_people_may_ask_for_visible_passes_only(nightside: Nightside) -> None:
    said = nightside(
        "passes", "--elements", ISS_FILE, "--site", GREENWICH, "--start", "2018-07-04", "--end", "2018-07-11", "--visible"
    )

    assert said.code == 0
    assert "passes of ISS (ZARYA) above 10°" in said.out
    assert said.out.count("yes") == sum(
        row["visible"] == "Y" for row in table("passes.csv") if row["site"] == "Greenwich" and row["rise"] < "2018-07-11"
    )


def test_a_table_is_asked_no_further_than_it_reaches(nightside: Nightside, tmp_path: Path) -> None:
    path = tmp_path / "iss.oem"
    path.write_text(message())

    said = nightside("windows", "--elements", path, "--start", "2018-07-04T20:00", "--json")
    passes = nightside("passes", "--elements", path, "--site", "51.4779,0,46", "--start", "2018-07-04T20:00", "--json")
    beyond = nightside("windows", "--elements", path, "--start", "2018-07-06", "--json")

    assert (said.json["end"], passes.json["end"]) == ("2018-07-05T01:56:00.000000Z", "2018-07-05T01:56:00.000000Z")
    assert [one["name"] for one in said.json["elements"]["manoeuvres"]] == ["GMT185 Reboost", "65P Undock"]
    assert (beyond.code, "says nothing of 2018-07-06" in beyond.err) == (14, True)


def test_an_elevation_above_the_zenith_is_refused(nightside: Nightside) -> None:
    said = nightside("passes", "--elements", ISS_FILE, "--site", GREENWICH, "--min-elevation", "95")

    assert said.code == 17


def test_a_file_with_several_satellites_asks_which(nightside: Nightside, tmp_path: Path) -> None:
    path = tmp_path / "two.tle"
    path.write_text("\n".join([*ISS, *HST]) + "\n")

    assert nightside("windows", "--elements", path, *RANGE).code == 13
    assert (
        nightside("windows", "--elements", path, "--satellite", "20580", *RANGE, "--json").json["elements"]["norad_id"] == 20580
    )
