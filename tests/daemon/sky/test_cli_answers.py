"""What the commands say beside the windows themselves: ages, local times, doubts, and options that do not go together."""

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest

from nightside.sky.report import Circumstances, as_ics
from nightside.sky.window import Window
from tests.daemon.sky.reference import satellite, utc
from tests.daemon.sky.test_choice import BROKEN
from tests.daemon.sky.test_cli import GREENWICH, RANGE, STATION, Nightside, nightside
from tests.daemon.sky.test_high_passes import GEO_LINES
from tests.daemon.sky.test_oem import in_segments
from tests.daemon.sky.test_tle import HST, ISS, summed, write
from tests.orbit import ISS_FILE

__all__ = ["nightside"]

FALLING = [
    summed(ISS[1][:33] + " .00500000" + ISS[1][43:53] + " 50000-2" + ISS[1][61:]),
    summed(ISS[2][:52] + "15.95005638" + ISS[2][63:]),
]
DUTY = "\r\n".join(
    [
        *("BEGIN:VCALENDAR", "VERSION:2.0", "BEGIN:VEVENT", "UID:1", "SUMMARY:duty"),
        *("DTSTART:20180704T060000", "DTEND:20180704T180000", "END:VEVENT", "END:VCALENDAR", ""),
    ]
)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "crew.ics").write_text(DUTY)
    (tmp_path / "tropics.geojson").write_text(
        '{"type": "Polygon", "coordinates": [[[-180, -23], [0, -23], [180, -23], [180, 23], [0, 23], [-180, 23], [-180, -23]]]}'
    )
    path = tmp_path / "nightside.toml"
    night = [
        'condition = "umbra & ~moon_up"',
        'calendars = { crew = "crew.ics" }',
        'calendar_timezone = "Asia/Tokyo"',
        'regions = ["tropics.geojson"]',
        'conditions = { off = "~calendar(crew)", deep = "umbra & off" }',
    ]
    tables = {
        "orbit": f'elements = "{ISS_FILE}"\nfresh_days = 0.1\nstale_days = 0.4\nearth = "sphere"',
        "night": "\n".join(night),
        "storage": 'spool = "spool"\nsinks = [{ name = "frames", path = "frames" }]',
        "ledger": 'path = "ledger.sqlite"',
    }
    path.write_text("".join(f"[{name}]\n{body}\n" for name, body in tables.items()))
    return path


def test_without_a_place_the_configured_one_is_used(nightside: Nightside, config: Path) -> None:
    said = nightside("windows", "--config", config, *RANGE, "--json").json

    assert said["condition"] == "umbra & ~moon_up"
    assert said["elements"]["name"] == "ISS (ZARYA)"
    assert said["freshness"] == "stale"


@pytest.mark.parametrize("text", ["deep", "off & umbra", "calendar(crew)", "umbra & over(tropics)", "mine"])
def test_what_the_configuration_names_can_be_asked_for(nightside: Nightside, config: Path, text: str) -> None:
    said = nightside("windows", "--config", config, *RANGE, "--condition", text, "--define", "mine=deep & off", "--json")

    assert said.code == 0
    assert said.json["condition"] == text.replace("(crew)", '("crew")').replace("(tropics)", '("tropics")')


def test_times_of_duty_plans_are_read_as_configured_or_as_asked(nightside: Nightside, config: Path) -> None:
    asked = ("windows", "--config", config, *RANGE, "--condition", "calendar(crew)", "--json")

    configured = nightside(*asked).json["windows"]
    shown_elsewhere = nightside(*asked, "--timezone", "America/New_York").json["windows"]
    other = nightside(*asked, "--calendar-timezone", "UTC").json["windows"]

    assert [w["end"][:16] for w in configured] == ["2018-07-04T09:00"]
    assert shown_elsewhere == configured
    assert [w["end"][:16] for w in other] == ["2018-07-04T18:00"]


def test_the_figure_of_the_earth_can_be_asked_for_beside_a_configuration(nightside: Nightside, config: Path) -> None:
    asked = ("windows", "--config", config, *RANGE, "--condition", "umbra", "--json")
    given = [nightside(*STATION, "--earth", earth, "--json").json["windows"][0]["start"] for earth in ("sphere", "wgs84")]

    assert [
        nightside(*asked).json["windows"][0]["start"],
        nightside(*asked, "--earth", "wgs84").json["windows"][0]["start"],
    ] == given


@pytest.mark.parametrize("month", ["01", "07"])
def test_local_times_have_the_machine_s_own_summer_time(
    nightside: Nightside, monkeypatch: pytest.MonkeyPatch, month: str
) -> None:
    monkeypatch.setenv("TZ", "Europe/Zurich")
    monkeypatch.setattr("tzlocal.unix._cache_tz", None)
    span = "--start", f"2018-{month}-04T12:00", "--end", f"2018-{month}-05T12:00"
    asked = ("windows", "--site", GREENWICH, *span, "--condition", "civil_night")

    assert nightside(*asked).out == nightside(*asked, "--timezone", "Europe/Zurich").out


def test_a_machine_without_a_zone_still_answers(nightside: Nightside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    monkeypatch.setattr("tzlocal.unix._cache_tz", None)

    assert nightside("windows", "--site", GREENWICH, *RANGE, "--condition", "civil_night").code == 0


def test_every_answer_says_how_old_its_elements_are(nightside: Nightside) -> None:
    asked = ("windows", "--elements", ISS_FILE, "--start", "2018-07-17T00:00Z", "--end", "2018-07-18T12:00Z")

    windows = nightside(*asked, "--json").json
    rows = list(csv.DictReader(io.StringIO(nightside(*asked, "--csv").out)))
    calendar = icalendar.Calendar.from_ical(nightside(*asked, "--ics").out)

    kinds = [window["freshness"] for window in windows["windows"]]
    assert (kinds[0], kinds[-1], windows["freshness"]) == ("ageing", "stale", "stale")
    assert windows["windows"][0]["age_days"] == pytest.approx(13.2, abs=0.1)
    assert [row["freshness"] for row in rows] == kinds
    assert [float(row["age_days"]) for row in rows] == [window["age_days"] for window in windows["windows"]]
    assert "stale elements\\, 14." in calendar.to_ical().decode().replace("\r\n ", "")


def test_what_needs_no_satellite_has_no_age(nightside: Nightside) -> None:
    said = nightside("windows", "--elements", ISS_FILE, *RANGE, "--condition", "moon_fraction > 0", "--json").json

    assert (said["windows"][0]["age_days"], said["windows"][0]["freshness"], said["freshness"]) == (None, None, None)


def test_the_next_night_far_ahead_has_its_uncertainty_and_a_warning(nightside: Nightside) -> None:
    said = nightside(*STATION, "--condition", "umbra & beta < -55", "--json")

    following = said.json["next"]
    assert (said.code, following["start"], following["freshness"]) == (15, said.json["no_night_until"], "stale")
    assert following["uncertainty_s"] > 10
    assert "are stale" in said.err
    assert f"UTC (± {following['uncertainty_s']:.1f} s)" in said.err


def test_limits_of_age_can_be_given(nightside: Nightside) -> None:
    def freshness(*words: str) -> Any:
        return nightside(*STATION, *words, "--json").json["freshness"]

    assert freshness() == "fresh"
    assert freshness("--fresh-days", "0.5") == "ageing"
    assert freshness("--stale-days", "0.5") == "stale"
    passes = nightside("passes", "--elements", ISS_FILE, "--site", GREENWICH, *RANGE, "--stale-days", "0.5", "--json")
    assert (passes.json["freshness"], "are stale" in passes.err) == ("stale", True)
    assert nightside(*STATION, "--fresh-days", "5", "--stale-days", "4").code == 17
    assert nightside(*STATION, "--stale-days", "1e300").code == 17


def test_the_search_ends_where_the_satellite_falls(nightside: Nightside, tmp_path: Path) -> None:
    path = write(tmp_path, *FALLING)

    said = nightside("windows", "--elements", path, *RANGE, "--condition", "umbra & beta > 70", "--json")

    assert (said.code, said.json["next"]) == (15, None)
    assert "the orbit cannot be computed any further" in said.err


@pytest.mark.parametrize(("days", "says"), [("05", "within a year either"), ("2020", "within a year after that either")])
def test_never_is_said_of_the_time_that_was_searched(nightside: Nightside, days: str, says: str) -> None:
    end = "2018-07-05" if days == "05" else "2020-07-04"

    said = nightside("windows", "--site", GREENWICH, "--start", "2018-07-04", "--end", end, "--condition", "sun < -80")

    assert said.code == 15
    assert says in " ".join(said.err.split())


BESIDE = [
    (("--json", "--csv"), 2, "choose one"),
    (("--csv", "--ics"), 2, "choose one"),
    (("--earth", "banana"), 17, "called 'banana'"),
    (("--sun", "nonsense"), 17, "called 'nonsense'"),
    (("--calendar-timezone", "Mars"), 17, "There is no time zone 'Mars'"),
    (("--satellite", "25544"), 17, "--satellite is given without --elements"),
]


@pytest.mark.parametrize(("words", "code", "says"), BESIDE)
def test_no_option_is_passed_over_in_silence(nightside: Nightside, words: tuple[str, ...], code: int, says: str) -> None:
    said = nightside("windows", "--site", GREENWICH, *RANGE, *words)

    assert said.code == code
    assert says in " ".join(said.err.split())


def test_names_with_markup_are_printed_as_they_are(nightside: Nightside, tmp_path: Path) -> None:
    path = write(tmp_path, "0 X[/foo][bold]\x1b[31m", *ISS[1:])

    windows = nightside("windows", "--elements", path, *RANGE)
    passes = nightside("passes", "--elements", path, "--site", GREENWICH, *RANGE)
    stale = nightside("windows", "--elements", path, "--start", "2018-09-01", "--end", "2018-09-02")
    unknown = nightside("windows", "--elements", path, "--satellite", "7", *RANGE)

    for said in (windows.out, passes.out, stale.err, unknown.err):
        assert "X[/foo][bold] [31m" in said
    assert (windows.code, passes.code, stale.code, unknown.code) == (0, 0, 0, 13)


def test_doubts_about_elements_are_said(nightside: Nightside, tmp_path: Path) -> None:
    path = write(tmp_path, *BROKEN, "HST", *HST)
    start = f"{satellite('HST2019').epoch:%Y-%m-%d}"

    said = nightside("windows", "--elements", path, "--satellite", "hst", "--start", start, "--json")
    wrong = nightside("windows", "--elements", path, "--start", start)

    assert (said.code, wrong.code) == (0, 13)
    assert "has the checksum 0" in said.err
    assert said.json["elements"]["note"].startswith("Another element set was left out")


def test_a_table_without_a_number_is_found_by_number(nightside: Nightside, tmp_path: Path) -> None:
    path = tmp_path / "iss.oem"
    path.write_text(in_segments(slice(0, 80)))

    said = nightside("windows", "--elements", path, "--satellite", "25544", "--start", "2018-07-04", "--json")

    assert (said.code, said.json["elements"]["designator"]) == (0, "1998-067A")
    assert "cannot be checked" in said.err


def test_no_pass_is_no_night(nightside: Nightside) -> None:
    asked = ("passes", "--elements", ISS_FILE, "--site", "89,0", *RANGE)

    said, shown = nightside(*asked, "--json"), nightside(*asked)

    assert (said.code, said.json["passes"], said.json["freshness"]) == (15, [], None)
    assert (shown.code, shown.out) == (15, "")
    assert "there is no pass of ISS (ZARYA) above 10°" in " ".join(shown.err.split())


def test_a_window_longer_than_a_day_shows_when_it_ends(nightside: Nightside, tmp_path: Path) -> None:
    polar = nightside("windows", "--site", "80,0", "--condition", "sun < -6", "--start", "2018-10-01", "--end", "2019-03-27")
    up = nightside(
        *("passes", "--elements", write(tmp_path, *GEO_LINES), "--site", "10,-90"),
        *("--start", "2018-07-04", "--end", "2018-07-07", "--timezone", "UTC"),
    )

    assert " 2019-02-" in polar.out
    assert "Sat 07-07 00:00:00" in up.out


def test_newer_elements_replace_the_nights_that_older_ones_put_into_a_calendar(nightside: Nightside, tmp_path: Path) -> None:
    moved = write(tmp_path, ISS[0], ISS[1], summed(ISS[2].replace("204.2868", "204.3100")))
    asked = ("--condition", "umbra", "--ics")

    def uids(path: Path) -> list[str]:
        said = nightside("windows", "--elements", path, *RANGE, *asked)
        return [str(event["UID"]) for event in icalendar.Calendar.from_ical(said.out).events]

    one, other = uids(ISS_FILE), uids(moved)
    assert len(set(one)) == len(one) == len(other)
    assert len(set(one) & set(other)) >= len(one) - 2


def test_windows_within_one_minute_have_ids_of_their_own() -> None:
    start = utc("2018-07-04T00:00:00")
    short = [Window(start + timedelta(seconds=i), start + timedelta(seconds=i + 0.5)) for i in range(3)]
    sky = Circumstances(0.0, 0.0, None, None, None)

    text = as_ics(short, [sky] * 3, "Night", start)

    uids = [str(event["UID"]) for event in icalendar.Calendar.from_ical(text).events]
    assert len(set(uids)) == 3
