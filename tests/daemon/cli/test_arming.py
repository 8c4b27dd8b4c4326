"""Arming from the command line."""

import json
from pathlib import Path

from nightside.engine.snapshot import Shutter
from nightside.errors import CommandRefused, PlanImpossible
from nightside.ledger.states import SessionPhase, WindowPhase
from tests.daemon.cli.test_daemon import Typed, typed
from tests.daemon.service.http.conftest import SERIAL, Service

__all__ = ["typed"]

TRAIL = 'kind = "star-trail"\nexposure_s = {exposure_s}\nshots = 4\nname = "short"\n'


async def test_what_is_armed_is_said_in_words_and_for_programs(typed: Typed) -> None:
    assert (await typed("armed")).out == f"{SERIAL}: star-trail (the configuration)\n"
    (one,) = json.loads((await typed("armed", "--json")).out)["armed"]
    assert (one["body"], one["kind"]) == (SERIAL, "configured")


async def test_a_file_is_armed_for_some_windows(typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "trail.toml"
    file.write_text(TRAIL.format(exposure_s=15))
    said = await typed("arm", str(file), "--windows", "2")
    assert said.code == 0, said.err
    assert said.out.startswith(f"{SERIAL}: short, for 2 windows, since 20")


async def test_a_recipe_is_armed_and_the_configuration_again(typed: Typed) -> None:
    assert "lightning" in (await typed("arm", "--recipe", "lightning")).out
    assert "(the configuration)" in (await typed("arm", "--configured")).out


async def test_disarming_says_that_no_window_is_begun(typed: Typed) -> None:
    assert "no window is begun" in (await typed("disarm")).out
    assert "no window is begun" in (await typed("armed")).out


async def test_disarming_while_a_window_is_in_flight_says_that_it_goes_on(typed: Typed, service: Service) -> None:
    for phase in (SessionPhase.PLANNING, SessionPhase.WAITING, SessionPhase.WORKING):
        service.controls.board.publish(session_phase=phase, phase=WindowPhase.SHOOTING, window="20180703T200634Z")
    assert "goes on" not in (await typed("disarm")).out  # its body is only made ready for it
    service.controls.board.publish(shutter=Shutter.OPEN)
    said = await typed("disarm")
    assert "no further window is begun" in said.out
    assert "20180703T200634Z goes on; `nightside tell abort` ends it" in said.out
    service.controls.board.publish(phase=WindowPhase.DRAINING)
    assert "goes on" not in (await typed("armed")).out


async def test_what_cannot_be_shot_is_refused_and_the_nearest_taken_if_asked(typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "trail.toml"
    file.write_text(TRAIL.format(exposure_s=31))
    refused = await typed("arm", str(file))
    assert refused.code == PlanImpossible.exit_code
    assert "--nearest" in refused.err
    assert "(the configuration)" in (await typed("armed")).out
    assert "short" in (await typed("arm", str(file), "--nearest")).out


async def test_a_body_that_is_not_there_is_refused(typed: Typed) -> None:
    said = await typed("disarm", "--body", "a b&c=d")
    assert said.code == CommandRefused.exit_code
    assert "No body a b&c=d" in said.err


async def test_only_one_thing_is_armed(typed: Typed) -> None:
    for words in ([], ["--configured", "--recipe", "lightning"], ["--configured", "--windows", "2"]):
        assert (await typed("arm", *words)).code == 2
