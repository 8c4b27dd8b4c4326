"""`nightside plan` and `nightside recipes`, as they are typed."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from icalendar import Calendar

from nightside import errors
from nightside.clock import SystemClock
from nightside.ledger.opening import open_ledger
from nightside.plan.values import Plan
from tests.daemon.cli.conftest import EPOCH, Nightside, Said
from tests.orbit import ISS_FILE

Config = Callable[..., Path]
CLOCK = f"start = {EPOCH}\nspeed = 1"


@pytest.fixture
def plan(nightside: Nightside, config: Config, tmp_path: Path) -> Callable[..., Said]:
    """Plan this program, written into a file; without one, the configuration's."""

    def typed(text: str | None, *words: str | Path, **tables: str) -> Said:
        file = tmp_path / "mine.toml"
        if text is not None:
            file.write_text(text)
        arguments = words if text is None else (file, *words)
        return nightside("plan", *arguments, "--config", config(**({"clock": CLOCK} | tables)))

    return typed


Typed = Callable[..., Said]

BAD = {
    "no TOML": ('kind = "star-trail"\niso = \n', errors.ProgramRefused, "line 2, column 7", "Mend that line"),
    "an unknown program": ('kind = "fireworks"', errors.ProgramRefused, "line 1, column 1", "star-trail"),
    "an unknown key": (
        'kind = "star-trail"\nexposure = 3',
        errors.ProgramRefused,
        "line 2, column 1",
        "Did you mean exposure_s",
    ),
    "anchors that cross": (
        'kind = "star-trail"\nstart = "window.end"\nend = "window.start"',
        errors.ProgramRefused,
        "its anchors cross",
        "programs.md",
    ),
    "an interval shorter than the exposure": (
        'kind = "interval"\nexposure_s = 30\nevery_s = 10',
        errors.ProgramRefused,
        "line 3, column 1: every_s is 10",
        "programs.md",
    ),
    "a total of zero": ('kind = "star-trail"\ntotal_s = 0', errors.ProgramRefused, "total_s is 0", "greater than 0"),
    "anchors that cross in every window": (
        'kind = "star-trail"\nstart = "umbra.start+30m"\nend = "umbra.end-30m"',
        errors.PlanImpossible,
        "anchors of star-trail cross",
        "Let start come before end",
    ),
    "no window is long enough": (
        'kind = "star-trail"\nmin_length_s = 7200',
        errors.PlanImpossible,
        "min_length_s = 7200",
        "Take it with --nearest",
    ),
    "no window holds one exposure": (
        'kind = "bulb"\nexposure_s = 3600',
        errors.PlanImpossible,
        "needs 3600 s",
        "Shorten the exposure",
    ),
    "an exposure that the body lacks": (
        'kind = "star-trail"\nexposure_s = 60',
        errors.PlanImpossible,
        "no exposure longer than 30 s",
        "Take it with --nearest",
    ),
    "an ISO that the body lacks": ('kind = "star-trail"\niso = 900', errors.PlanImpossible, "ISO 900", "nearest is ISO 800"),
    "a rate that the body lacks": (
        'kind = "time-lapse"\nexposure_s = 0.1\nframes_per_s = 9',
        errors.PlanImpossible,
        "at most 3.333",
        "frames_per_s = 3.333",
    ),
    "an anchor nobody knows": (
        'kind = "star-trail"\nstart = "umbar.start"',
        errors.PlanImpossible,
        "umbar",
        "Did you mean umbra",
    ),
    "a pass from the station": (
        'kind = "star-trail"\nstart = "pass.rise"',
        errors.PlanImpossible,
        "no satellite to pass",
        "[site]",
    ),
    "darks of nothing": ('kind = "darks"', errors.PlanImpossible, "names no exposure_s", "sequence"),
}


WIRED = 'port = "ptpip:127.0.0.1:9:9"\nanswer_within_s = 1\n[camera.release]\nport = "/dev/ttyUSB0"'


@pytest.mark.parametrize(("text", "error", "reason", "remedy"), BAD.values(), ids=BAD)
def test_a_bad_program_is_refused_with_reason_and_remedy_before_anything_is_armed(
    plan: Typed, tmp_path: Path, text: str, error: type[errors.NightsideError], reason: str, remedy: str
) -> None:
    said = plan(text, camera=WIRED)
    assert said.code == error.exit_code
    told = " ".join(said.err.split())
    assert reason in told
    assert remedy in told
    assert "Traceback" not in said.err
    assert not (tmp_path / "ledger.sqlite").exists()


@pytest.mark.parametrize("command", ["plan", "run"])
def test_a_bad_program_in_the_configuration_is_refused_with_its_line(
    nightside: Nightside, config: Config, command: str
) -> None:
    said = nightside(command, "--config", config(program='kind = "interval"\nexposure_s = 30\nevery_s = 10'))
    assert said.code == errors.ConfigRefused.exit_code
    assert "(line 11, column 1)" in " ".join(said.err.split())


def test_a_program_without_a_wire_is_refused_and_its_nearest_can_be_taken_and_saved(plan: Typed) -> None:
    text = 'kind = "bulb"\nname = "lightning"\nexposure_s = 60\nshots = 15'
    refused = plan(text)
    assert refused.code == errors.PlanImpossible.exit_code
    assert "No release is wired" in refused.err
    assert "lightning: 29 × 30 s" in refused.err
    taken = plan(text, "--nearest")
    assert taken.code == 0
    assert "lightning: 29 × 30 s" in " ".join(taken.out.split())
    saved = plan(text, "--nearest", "--toml")
    assert "total_s = 900" in saved.out
    assert plan(saved.out).code == 0


def test_a_refusal_for_programs_names_what_is_offered(plan: Typed) -> None:
    said = plan('kind = "star-trail"\niso = 900', "--json")
    assert said.code == errors.PlanImpossible.exit_code
    told = json.loads(said.out)
    assert told["refused"]["code"] == "plan-impossible"
    assert "iso = 800" in told["offered"]
    assert told["plan"]["shots"]


def test_a_plan_is_a_table_and_a_strip_and_says_what_it_takes(plan: Typed) -> None:
    said = plan('kind = "star-trail"\nfocal_mm = 24\niso = 800\naperture = 4')
    assert said.code == 0
    words = " ".join(said.out.split())
    assert "star-trail: 71 × 30 s on a Nikon D3s" in words
    assert "█" * 70 in said.out
    assert "1.0 MB" not in words
    assert "994.0 MB on the card" in words
    assert "Turn the lens ring to f/4" in words
    assert "0.6 px of a trail dark at 24 mm" in words
    assert said.out.count(" usb") == 71


def test_a_sequence_shows_its_parts_and_what_hands_do_in_between(plan: Typed) -> None:
    said = plan('kind = "sequence"\n[[parts]]\nkind = "star-trail"\n[[parts]]\nkind = "darks"\nshots = 5')
    assert "Put the lens cap on." in said.out
    assert "darks" in said.out
    assert "Afterwards: Take the lens cap off." in " ".join(said.out.split())


def test_a_plan_of_thousands_is_shortened_unless_all_of_it_is_asked_for(plan: Typed) -> None:
    text = 'kind = "interval"\nexposure_s = 1\nevery_s = 2'
    short, whole = plan(text), plan(text, "--all")
    assert "--all prints every one" in short.out
    assert len(short.out.splitlines()) < 80 < 1000 < len(whole.out.splitlines())


def test_a_plan_as_json_is_a_plan(plan: Typed) -> None:
    found = json.loads(plan('kind = "star-trail"\nshots = 3', "--json").out)
    assert found.pop("id") == "20180703T200634Z"
    assert found.pop("expected_bytes") == 42_000_000
    assert len(Plan.model_validate(found).shots) == 3


def test_a_plan_as_a_calendar_has_an_event_a_part_one_a_prompt_and_an_alarm(plan: Typed) -> None:
    said = plan('kind = "sequence"\n[[parts]]\nkind = "star-trail"\n[[parts]]\nkind = "darks"\nshots = 5', "--ics")
    calendar = Calendar.from_ical(said.out)
    events = calendar.events
    assert [str(event["SUMMARY"]).split(":")[0] for event in events] == ["star-trail", "darks", "Put the lens cap on."]
    assert said.out.count("BEGIN:VALARM") == 2
    assert len({str(event["UID"]) for event in events}) == 3
    assert "DTSTART:20180703T200634Z" in said.out


def test_what_changed_is_told_against_a_saved_plan(plan: Typed, tmp_path: Path) -> None:
    saved = tmp_path / "plan.json"
    saved.write_text(plan('kind = "star-trail"\nshots = 5', "--json").out)
    assert "Nothing changed." in plan('kind = "star-trail"\nshots = 5', "--against", saved).out
    changed = plan('kind = "star-trail"\nshots = 6\niso = 800', "--against", saved)
    assert "ISO 800" in changed.out
    told = json.loads(plan('kind = "star-trail"\nstart = "window.start+9s"\nshots = 5', "--against", saved, "--json").out)
    assert told["changes"]["moved"] == 5
    assert told["changes"]["earliest_s"] == pytest.approx(9, abs=0.5)


def test_what_changed_since_the_elements_were_refreshed_is_told_against_the_ledger(plan: Typed, tmp_path: Path) -> None:
    recorded = json.loads(plan(None, "--json").out)
    del recorded["id"], recorded["expected_bytes"]
    ledger = open_ledger(tmp_path / "ledger.sqlite", SystemClock())
    ledger.begin("20180703-star-trail", "2012345", Plan.model_validate(recorded))
    ledger.close()
    assert "Nothing changed." in plan(None, "--diff").out
    refreshed = tmp_path / "later.tle"
    lines = ISS_FILE.read_text().splitlines()
    second = next(index for index, line in enumerate(lines) if line.startswith("2 "))
    lines[second] = _with_mean_anomaly(lines[second], 0.5)
    refreshed.write_text("\n".join(lines) + "\n")
    said = plan(None, "--diff", orbit=f'elements = "{refreshed}"')
    assert "window start" in said.out
    assert "shots moved" in said.out


def _with_mean_anomaly(line: str, more_deg: float) -> str:
    """The second line of a TLE for a satellite that is further on its orbit."""
    anomaly = (float(line[43:51]) + more_deg) % 360
    body = f"{line[:43]}{anomaly:8.4f}{line[51:68]}"
    return body + str(sum(int(one) if one.isdigit() else one == "-" for one in body) % 10)


def test_without_anything_to_compare_with_that_is_said(plan: Typed, tmp_path: Path) -> None:
    said = plan(None, "--diff")
    assert said.code == errors.ConfigRefused.exit_code
    assert "--against" in said.err
    assert not (tmp_path / "ledger.sqlite").exists()
    assert plan(None, "--against", tmp_path / "none.json").code == errors.ProgramRefused.exit_code


def test_several_programs_of_a_configuration_share_its_window(nightside: Nightside, config: Config) -> None:
    path = config(program="", clock=CLOCK)
    burst = '{ kind = "burst", exposure_s = 1, frames = 9, bursts = 1, start = "window.start+10m", priority = 3 }'
    path.write_text(f'programs = [{{ kind = "star-trail" }}, {burst}]\n{path.read_text()}')
    said = nightside("plan", "--config", path)
    assert said.code == 0, said.err
    words = " ".join(said.out.split())
    assert "star-trail+burst" in words
    assert "star-trail leaves 20:16:34 to 20:16:" in words
    assert "whose priority is 3, not 0." in words


@pytest.mark.parametrize(
    ("programs", "says"),
    [
        ('["iss-star-trail", "iss-star-trail"]', "same name"),
        ('["iss-star-trail", { kind = "star-trail", total_s = 0 }]', "programs[1].total_s is 0"),
        ('["no-such-recipe"]', "no recipe called"),
    ],
)
def test_several_programs_are_refused_like_one(nightside: Nightside, config: Config, programs: str, says: str) -> None:
    path = config(program="", clock=CLOCK)
    path.write_text(f"programs = {programs}\n{path.read_text()}")
    said = nightside("plan", "--config", path)
    assert said.code in {errors.ConfigRefused.exit_code, errors.ProgramRefused.exit_code}
    assert says in " ".join(said.err.split())


def test_a_configuration_may_name_a_recipe_or_a_file(nightside: Nightside, config: Config, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('kind = "star-trail"\nshots = 3\n')
    for name, says in (("iss-star-trail", "iss-star-trail: 29 ×"), ("mine.toml", "star-trail: 3 ×")):
        path = config(program="", clock=CLOCK)
        path.write_text(f'program = "{name}"\n{path.read_text()}')
        assert says in nightside("plan", "--config", path).out
    path = config(program="", clock=CLOCK)
    path.write_text(f'program = "his.toml"\n{path.read_text()}')
    assert nightside("plan", "--config", path).code == errors.ProgramRefused.exit_code


def test_a_pass_over_a_site_is_planned_from_its_recipe(nightside: Nightside, config: Config) -> None:
    site = f'latitude_deg = 46.5475\nlongitude_deg = 7.985\nelevation_m = 3571\nelements = "{ISS_FILE}"'
    path = config(orbit="", site=site, night='condition = "sun < -6"', clock=CLOCK)
    said = nightside("plan", "--recipe", "iss-pass", "--config", path)
    assert said.code == 0, said.err
    assert "iss-pass:" in said.out


def test_recipes_are_listed_and_printed_to_be_copied(nightside: Nightside, plan: Typed) -> None:
    assert "lightning" in nightside("recipes").out
    assert len(json.loads(nightside("recipes", "--json").out)["recipes"]) >= 6
    printed = nightside("recipes", "iss-star-trail")
    assert "Pettit" in printed.out
    assert plan(printed.out).code == 0
    assert nightside("recipes", "nothing").code == errors.ProgramRefused.exit_code


@pytest.mark.parametrize("words", [("--json", "--ics"), ("--recipe", "lightning")])
def test_two_answers_at_once_are_not_given(plan: Typed, words: tuple[str, ...]) -> None:
    assert plan('kind = "star-trail"', *words).code == 2


def test_among_several_programs_only_the_refused_one_is_replaced(nightside: Nightside, config: Config) -> None:
    path = config(program="", clock=CLOCK)
    path.write_text(
        'programs = ["iss-star-trail", { kind = "interval", exposure_s = 1, every_s = 10, iso = 900 }]\n' + path.read_text()
    )
    assert nightside("plan", "--config", path).code == errors.PlanImpossible.exit_code
    said = nightside("plan", "--nearest", "--config", path)
    assert said.code == 0
    assert "iss-star-trail+interval" in said.out
