"""What a shell offers, asked as each shell asks; and what is said of a word that was misspelled."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.daemon.cli.conftest import Nightside


def offered(folder: Path, shell: str, *words: str) -> str:
    typed = " ".join(["nightside", *words])
    asked = {"_NIGHTSIDE_COMPLETE": f"complete_{shell}", "COMP_WORDS": typed, "COMP_CWORD": str(len(words))}
    asked |= {"_TYPER_COMPLETE_ARGS": typed, "_TYPER_COMPLETE_FISH_ACTION": "get-args"}
    code = "import sys; sys.argv = ['nightside']; from nightside.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
        env=os.environ | asked,
        timeout=120,
    )
    assert "Traceback" not in done.stderr
    return done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_is_offered_recipes(tmp_path: Path, shell: str) -> None:
    assert "iss-star-trail" in offered(tmp_path, shell, "plan", "--recipe", "iss")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["verify", "fr"], "frames"),
        (["verify", "--config", "nightside.toml", "fr"], "frames"),
        (["tell", "pause", "--body", "20"], "2012345"),
        (["frames", "--config", "ni"], "nightside.toml"),
        (["recipes", "milky"], "milky-way"),
        (["te"], "tell"),
        (["tell", "sto"], "stop-after-shot"),
    ],
)
def test_names_of_the_configuration_are_offered(config: Callable[..., Path], words: list[str], name: str) -> None:
    path = config(camera='port = "ptpip:127.0.0.1:9:9"\nserial = "2012345"')
    assert name in offered(path.parent, "bash", *words).split()


def test_where_there_is_no_configuration_nothing_is_offered(tmp_path: Path) -> None:
    assert offered(tmp_path, "bash", "verify", "fr").strip() == ""


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["stauts"], "status"),
        (["plan", "--recpie", "x"], "--recipe"),
        (["plan", "--recipe", "milkyway"], "milky-way"),
        (["tell", "stop"], "Did you mean stop-after-shot?"),
        (["tell", "puase"], "Did you mean pause?"),
    ],
)
def test_a_misspelled_word_is_answered_with_the_right_one(
    nightside: Nightside, config: Callable[..., Path], words: list[str], meant: str
) -> None:
    config()
    said = nightside(*words)
    assert said.code != 0
    assert meant in said.err
