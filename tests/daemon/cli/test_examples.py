"""Answers for programs, of commands that mostly speak to people."""

import json
from collections.abc import Callable
from pathlib import Path

from nightside.clock import SystemClock
from nightside.ledger.opening import open_ledger
from tests.daemon.cli.conftest import Nightside


def test_tokens_and_what_is_let_go_are_told_to_programs_too(nightside: Nightside, config: Callable[..., Path]) -> None:
    path = config()
    made = json.loads(nightside("token", "new", "phone", "--json", "-c", path).out)
    assert (made["name"], bool(made["token"])) == ("phone", True)
    assert json.loads(nightside("token", "revoke", "phone", "--json", "-c", path).out) == {"revoked": "phone"}
    assert json.loads(nightside("let-go", "--json", "-c", path).out) == {"let_go": None}
    recipe = json.loads(nightside("recipes", "lightning", "--json").out)
    assert recipe["text"] == nightside("recipes", "lightning").out


def test_what_an_install_would_do_is_told_to_programs_too(nightside: Nightside, tmp_path: Path) -> None:
    steps = json.loads(nightside("uninstall", "--dry-run", "--json", "--root", tmp_path).out)["steps"]
    assert f"remove {tmp_path}/etc/systemd/system/nightside.service" in steps
    assert not [step for step in steps if "toml" in step or step.startswith("run ")]


def test_a_copy_of_the_ledger_and_one_that_is_sound_are_told_to_programs_too(
    nightside: Nightside, config: Callable[..., Path], tmp_path: Path
) -> None:
    path = config()
    open_ledger(tmp_path / "ledger.sqlite", SystemClock()).close()
    copied = json.loads(nightside("ledger", "backup", tmp_path / "copy", "--json", "-c", path).out)
    assert copied == {"ledger": str(tmp_path / "ledger.sqlite"), "copy": str(tmp_path / "copy")}
    assert json.loads(nightside("ledger", "rebuild", "--json", "-c", path).out)["rebuilt"] is None
    done = json.loads(nightside("ledger", "rebuild", "--anyway", "--json", "-c", path).out)["rebuilt"]
    assert (done["windows"], done["frames"]) == (0, 0)
