"""`nightside twin` is the twin's own command line, help and all."""

import subprocess
import sys


def nightside(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = (sys.executable, "-c", "from nightside.cli import main; main()", "twin", *arguments)
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_its_help_is_the_twins() -> None:
    shown = nightside("--help")
    assert shown.returncode == 0
    assert "--release-port" in shown.stdout
    assert "--faults" in shown.stdout


def test_its_complaints_and_exit_codes_are_the_twins() -> None:
    refused = nightside("--body", "f100")
    assert refused.returncode == 2
    assert "f100" in refused.stderr
