"""Programs as people write them, and what they are told when they wrote them badly."""

from pathlib import Path

import pytest

from nightside.errors import ProgramRefused
from nightside.plan.reading import LARGEST, load_program, program_text, read_program
from tests.daemon.plan.scenes import toml

FAULTS: dict[str, tuple[str, str]] = {
    "no TOML": ('kind = "star-trail"\niso = \n', r"line 2, column 7: this is not TOML"),
    "an open text": ('kind = "star-trail', r"line 1, its end|line 1, column \d+"),
    "no kind": ("iso = 800", "kind is missing"),
    "an unknown kind": ('iso = 800\nkind = "star-trial"', r"line 2, column 1: kind is 'star-trial'.*Did you mean star-trail"),
    "a misspelt key": (
        'kind = "star-trail"\n\n  exposure = 30',
        r"line 3, column 3: exposure is not.*Did you mean exposure_s",
    ),
    "a missing key": ('kind = "interval"\nexposure_s = 3', r"every_s is missing"),
    "a total of zero": ('kind = "star-trail"\ntotal_s = 0', r"line 2, column 1: total_s is 0: input should be greater than 0"),
    "a negative exposure": ('kind = "star-trail"\nexposure_s = -1', r"line 2, column 1: exposure_s is -1"),
    "no number": ('kind = "star-trail"\nexposure_s = nan', r"line 2, column 1: exposure_s is nan"),
    "endless": ('kind = "star-trail"\ntotal_s = inf', r"line 2, column 1: total_s is inf"),
    "a text for a number": ('kind = "star-trail"\niso = "many"', r"line 2, column 1: iso is 'many'"),
    "an interval shorter than its exposure": (
        'kind = "interval"\nexposure_s = 10\nevery_s = 5',
        r"line 3, column 1: every_s is 5 and counts from start to start",
    ),
    "too long for their rate": (
        'kind = "time-lapse"\nexposure_s = 1\nframes_per_s = 2',
        r"line 3, column 1: frames_per_s is 2",
    ),
    "bursts shorter than their exposures": (
        'kind = "burst"\nexposure_s = 1\nframes = 10\nbursts = 2\nevery_s = 5',
        r"line 5, column 1: every_s is 5",
    ),
    "anchors that cross": (
        'kind = "star-trail"\nstart = "umbra.end"\nend = "umbra.start"',
        r"line 2, column 1: its anchors cross",
    ),
    "no anchor": ('kind = "star-trail"\nstart = "noon"', r"line 2, column 1: start is 'noon'.*column 5"),
    "an even bracket": ('kind = "bracket"\nexposure_s = 1\nframes = 4', r"line 3, column 1: frames is 4.*odd"),
    "a part with anchors": (
        'kind = "sequence"\n[[parts]]\nkind = "star-trail"\nstart = "moonset"',
        r"start of star-trail belongs to the whole",
    ),
    "a fault in a part": (
        'kind = "sequence"\n[[parts]]\nkind = "star-trail"\n[[parts]]\nkind = "darks"\nshots = 0',
        r"line 6, column 1: parts\[1\].shots is 0",
    ),
    "no parts": ('kind = "sequence"\nparts = []', r"line 2, column 1: parts"),
    "an endless repeat": ('kind = "repeat"\nprogram = {kind = "star-trail"}', "give it shots or total_s"),
    "a fallback with a priority": (
        'kind = "star-trail"\n[fallback]\nkind = "star-trail"\npriority = 3',
        "a fallback has the priority of what it stands in for",
    ),
    "a fallback of a fallback": (
        'kind = "star-trail"\nfallback = {kind = "star-trail", fallback = {kind = "star-trail"}}',
        "a fallback has no fallback of its own",
    ),
    "a name that is no folder": ('kind = "star-trail"\nname = "../x"', r"line 2, column 1: name is '../x'"),
    "a later version": ('kind = "star-trail"\nversion = 2', r"line 2, column 1: version is 2"),
    "deep nests": (f"kind = {'[' * 3000}", "nests values too deeply|not TOML"),
    "a number too long for anybody": (f'kind = "star-trail"\niso = {"9" * 5000}', "not TOML"),
}


@pytest.mark.parametrize(("text", "says"), FAULTS.values(), ids=FAULTS)
def test_a_bad_program_is_refused_with_its_place_and_reason(text: str, says: str) -> None:
    with pytest.raises(ProgramRefused, match=says) as refusal:
        read_program(text, "mine.toml")
    assert "mine.toml" in refusal.value.what
    assert refusal.value.remedy


def test_every_fault_is_told_at_once() -> None:
    with pytest.raises(ProgramRefused) as refusal:
        read_program('kind = "star-trail"\niso = 0\nshots = 0\n', "mine.toml")
    assert "line 2" in refusal.value.what
    assert "line 3" in refusal.value.what


def test_a_key_in_a_table_that_goes_over_lines_is_found_where_it_stands() -> None:
    text = 'kind = "exposure-series"\nseries = [\n  { exposure_s = 1 },\n  { exposure_s = 0 },\n]\n'
    with pytest.raises(ProgramRefused, match=r"series\[1\]\.exposure_s is 0") as refusal:
        read_program(text, "mine.toml")
    assert "line 3" in refusal.value.what or "line 4" in refusal.value.what


def test_a_file_that_is_not_there_no_text_or_far_too_long_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProgramRefused, match="cannot be read"):
        load_program(tmp_path / "none.toml")
    with pytest.raises(ProgramRefused, match="cannot be read"):
        load_program(tmp_path)
    (tmp_path / "bytes.toml").write_bytes(b'kind = "star-trail"\n\xff')
    with pytest.raises(ProgramRefused, match="line 2 is not UTF-8"):
        load_program(tmp_path / "bytes.toml")
    (tmp_path / "long.toml").write_text("#" * (LARGEST + 1))
    with pytest.raises(ProgramRefused, match="longer than"):
        load_program(tmp_path / "long.toml")


def test_a_program_written_down_says_its_kind_first_and_nothing_that_is_usual() -> None:
    program = toml(
        'exposure_s = 10; kind = "interval"; every_s = 30; priority = 0; fallback = {kind = "star-trail", iso = 800}'
    )
    text = program_text(program)
    assert text.startswith('kind = "interval"')
    assert "priority" not in text
    assert read_program(text, "again") == program


def test_a_configuration_that_is_taken_for_a_program_is_told_from_one() -> None:
    with pytest.raises(ProgramRefused, match=r"looks like a configuration.*--config"):
        read_program('[program]\nkind = "star-trail"\n[storage]\nspool = "spool"\n', "nightside.toml")


def test_programs_nest_five_deep_and_no_deeper() -> None:
    def nested(depth: int) -> str:
        inner = '{kind = "star-trail"}'
        for _ in range(depth - 2):
            inner = f'{{kind = "sequence", parts = [{inner}]}}'
        return f'kind = "sequence"\nparts = [{inner}]'

    assert read_program(nested(5), "mine.toml").depth == 5
    with pytest.raises(ProgramRefused, match="nest more than 5 deep"):
        read_program(nested(6), "mine.toml")


def test_a_long_file_full_of_faults_is_refused_with_the_first_of_them() -> None:
    text = 'kind = "sequence"\n' + '[[parts]]\nkind = "star-trail"\niso = 0\n' * 50
    with pytest.raises(ProgramRefused, match=r"line 4, column 1: parts\[0\]\.iso is 0") as refusal:
        read_program(text, "mine.toml")
    assert refusal.value.what.count("iso is 0") == 10
