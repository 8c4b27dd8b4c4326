"""Rehearsals that cannot be: refused with a reason and a remedy, before anything is started or written."""

from collections.abc import Callable
from pathlib import Path

import pytest

from nightside import errors
from tests.daemon.cli.conftest import EPOCH, Nightside

Config = Callable[..., Path]

TIME_LAPSE = 'kind = "interval"\nexposure_s = 20\nevery_s = 30\nshots = 5'


def rehearse(nightside: Nightside, config: Path, *words: str, at: str = EPOCH) -> tuple[int, str]:
    folder = config.parent / "rehearsal"
    said = nightside("rehearse", config, "--at", at, "--folder", folder, *words)
    assert not folder.exists()
    return said.code, said.err


@pytest.mark.parametrize("speed", ["0", "0.5", "-60", "1e9", "nan", "inf"])
def test_an_absurd_speed_is_refused(nightside: Nightside, config: Config, speed: str) -> None:
    code, err = rehearse(nightside, config(), f"--speed={speed}")
    assert code == errors.RangeRefused.exit_code
    assert "1 to 400" in err


def test_a_speed_at_which_the_program_has_no_room_is_refused_with_the_fastest_that_has(
    nightside: Nightside, config: Config
) -> None:
    code, err = rehearse(nightside, config(program=TIME_LAPSE), "--speed=60")
    assert code == errors.PlanImpossible.exit_code
    assert "--speed 50" in err  # 10 s between two exposures, of which the body needs 0.2


def test_a_program_that_the_body_cannot_do_is_refused_as_it_would_be_tonight(nightside: Nightside, config: Config) -> None:
    code, err = rehearse(nightside, config(program='kind = "star-trail"\nexposure_s = 120'))
    assert code == errors.PlanImpossible.exit_code
    assert "--speed" not in err


def test_a_model_that_nobody_knows_is_refused(nightside: Nightside, config: Config) -> None:
    code, err = rehearse(nightside, config(camera='model = "Nikon D3x9"'))
    assert code == errors.ConfigRefused.exit_code
    assert "Nikon D3s" in err


def test_a_night_that_does_not_come_is_said_so(nightside: Nightside, config: Config) -> None:
    code, err = rehearse(
        nightside,
        config(orbit="", site="latitude_deg = 0\nlongitude_deg = 0", night='condition = "sun < -89"\nmin_length_s = 80000'),
    )
    assert code == errors.NoNight.exit_code
    assert "Widen the condition" in err


def test_elements_that_are_stale_at_that_instant_are_refused(nightside: Nightside, config: Config) -> None:
    code, _ = rehearse(nightside, config(), at="2019-07-03T19:25:57Z")
    assert code == errors.ElementsStale.exit_code


FAULTS = {
    "no such file": (None, "cannot be read"),
    "not TOML": ("[[fault", "Expected"),
    "an unknown fault": ('[[fault]]\nkind = "ghosts"', "ghosts"),
    "a parameter that it does not take": ('[[fault]]\nkind = "silent"\nslot = 1', "does not take slot"),
}


@pytest.mark.parametrize(("text", "says"), FAULTS.values(), ids=FAULTS)
def test_faults_that_make_no_sense_are_refused(
    nightside: Nightside, config: Config, tmp_path: Path, text: str | None, says: str
) -> None:
    path = tmp_path / "faults.toml"
    if text is not None:
        path.write_text(text)
    code, err = rehearse(nightside, config(), f"--faults={path}")
    assert code == errors.ConfigRefused.exit_code
    assert says in err


def test_a_file_that_is_not_there_is_refused(nightside: Nightside, tmp_path: Path) -> None:
    assert nightside("rehearse", tmp_path / "nowhere.toml").code == errors.ConfigRefused.exit_code
