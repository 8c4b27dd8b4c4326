"""`nightside verify`: bit flips, losses and strangers in a sink are found, with the ledger and without."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nightside.clock import VirtualClock
from nightside.errors import AlreadyRunning, ConfigRefused
from nightside.ledger.opening import open_ledger, sole_writer
from nightside.plan.values import Plan
from nightside.storage.manifests import manifests
from nightside.storage.sinks.marker import NOTES
from nightside.storage.sinks.sink import CopiesBad, SinkAbsent
from nightside_drivers.api import CardFile, Fetched
from tests.daemon.cli.conftest import Nightside, Said

Say = Callable[..., Said]

SESSION = "20180703-star-trail"
FRAMES = 4


@pytest.fixture
def stored(tmp_path: Path, config: Callable[..., Path], clock: VirtualClock, plan: Plan) -> Path:
    """A configuration, a ledger, and a sink that holds four frames; gives the folder of the frames."""
    config()
    ledger = open_ledger(tmp_path / "ledger.sqlite", clock)
    window = ledger.begin(SESSION, "2012345", plan)
    folder = tmp_path / "frames" / SESSION / window.name
    folder.mkdir(parents=True)
    sums: dict[str, str] = {}
    for index in range(FRAMES):
        content = f"frame {index}".encode() * 1000
        name = f"2012345-{index:05}-DSC_{index:04}.jpg"
        (folder / name).write_bytes(content)
        sums[f"{SESSION}/{window.name}/{name}"] = hashlib.sha256(content).hexdigest()
        ledger.on_card(window.id, index, CardFile("/c", f"DSC_{index:04}.JPG"))
        frame = ledger.frames(window.id)[-1]
        ledger.drained(frame.id, Fetched(len(content), hashlib.sha256(content).hexdigest()), f"{SESSION}/{window.name}/{name}")
        ledger.stored(frame.id, "frames", f"{SESSION}/{window.name}/{name}")
    ledger.close()
    for path, text in manifests(SESSION, sums).items():
        (tmp_path / "frames" / path).write_text(text)
    return folder


@pytest.fixture
def say(nightside: Nightside, tmp_path: Path) -> Say:
    """A command on that configuration."""
    return lambda *words: nightside(*words, "-c", tmp_path / "nightside.toml")


def found(said: Said) -> dict[str, str]:
    """What is wrong, by the file's name."""
    (sink,) = json.loads(said.out)["sinks"]
    findings: list[dict[str, Any]] = sink["findings"]
    return {one["path"].rpartition("/")[2]: one["verdict"] for one in findings if one["verdict"] != "good"}


def spoil(folder: Path) -> None:
    """Flip one bit, lose one file, and leave a stranger's."""
    first, second, *_ = sorted(folder.glob("*.jpg"))
    content = bytearray(first.read_bytes())
    content[1234] ^= 0x10
    first.unlink()
    first.write_bytes(content)
    second.unlink()
    (folder / "holiday.jpg").write_bytes(b"beach")


WRONG = {"2012345-00000-DSC_0000.jpg": "differs", "2012345-00001-DSC_0001.jpg": "missing", "holiday.jpg": "unknown"}


def test_a_sink_that_holds_what_it_was_given_is_good(stored: Path, say: Say) -> None:
    said = say("verify")
    assert said.code == 0
    assert "frames 4 good (28.0 kB)" in said.out


def test_flipped_bits_losses_and_strangers_are_found(stored: Path, say: Say) -> None:
    spoil(stored)
    said = say("verify", "frames", "--json")
    assert said.code == CopiesBad.exit_code
    assert found(said) == WRONG


def test_without_a_ledger_the_manifests_tell(stored: Path, say: Say, tmp_path: Path) -> None:
    spoil(stored)
    (tmp_path / "ledger.sqlite").rename(tmp_path / "gone")
    assert found(say("verify", "--json")) == WRONG
    (tmp_path / "gone").rename(tmp_path / "ledger.sqlite")
    assert found(say("verify", "--manifests", "--json")) == WRONG


def test_a_stranger_alone_is_told_and_is_no_failure(stored: Path, say: Say) -> None:
    (stored / "holiday.jpg").write_bytes(b"beach")
    said = say("verify")
    assert said.code == 0
    assert "holiday.jpg" in said.out


def test_a_manifest_that_was_tampered_with_is_found(stored: Path, say: Say, tmp_path: Path) -> None:
    manifest = tmp_path / "frames" / SESSION / "manifest-sha256.txt"
    manifest.write_text("".join(manifest.read_text().splitlines(keepends=True)[1:]))
    said = say("verify", "--json")
    assert said.code == CopiesBad.exit_code
    assert found(said) == {"2012345-00000-DSC_0000.jpg": "unlisted"}


def test_one_session_can_be_asked_for(stored: Path, say: Say) -> None:
    spoil(stored)
    assert found(say("verify", "--session", SESSION, "--json")) == WRONG
    assert found(say("verify", "--session", "20190101-star-trail", "--json")) == {}


def test_a_run_that_was_broken_off_is_gone_on_with(stored: Path, say: Say, tmp_path: Path) -> None:
    notes = tmp_path / "spool" / NOTES / "frames.verified"
    notes.parent.mkdir(parents=True)
    paths = [f"{SESSION}/{stored.name}/{path.name}" for path in sorted(stored.glob("*.jpg"))]
    lines = [json.dumps({"path": path, "verdict": "good", "bytes": 7000, "says": ""}) for path in paths[:2]]
    notes.write_text("\n".join(lines) + '\n{"path": "torn')  # the power failed in the middle of a line
    (stored / paths[0].rpartition("/")[2]).unlink()  # it would be found, if it were looked at again
    said = say("verify", "--resume", "--json")
    assert found(said) == {}
    assert len(json.loads(said.out)["sinks"][0]["findings"]) == FRAMES
    assert not notes.exists()
    assert found(say("verify", "--json")) == {paths[0].rpartition("/")[2]: "missing"}


def test_what_is_mended_is_owed_to_the_sink_again(stored: Path, say: Say, tmp_path: Path, clock: VirtualClock) -> None:
    spoil(stored)
    before = {path.name: path.read_bytes() for path in stored.iterdir()}
    assert say("verify", "--mend").code == CopiesBad.exit_code
    assert {path.name: path.read_bytes() for path in stored.iterdir()} == before  # no copy is touched
    ledger = open_ledger(tmp_path / "ledger.sqlite", clock)
    assert [frame.file.name for frame in ledger.owed("frames")] == ["DSC_0000.JPG", "DSC_0001.JPG"]
    ledger.close()


def test_nothing_is_mended_behind_a_daemons_back(stored: Path, say: Say, tmp_path: Path) -> None:
    spoil(stored)
    with sole_writer(tmp_path / "ledger.sqlite"):
        assert say("verify", "--mend").code == AlreadyRunning.exit_code


def test_a_sink_that_is_not_there_is_not_called_damaged(stored: Path, say: Say, tmp_path: Path) -> None:
    notes = tmp_path / "spool" / NOTES
    notes.mkdir(parents=True)
    (notes / "frames.id").write_text("0" * 32)
    assert say("verify").code == SinkAbsent.exit_code


def test_an_unknown_sink_is_refused_by_name(stored: Path, say: Say) -> None:
    said = say("verify", "cloud")
    assert said.code == ConfigRefused.exit_code
    assert "There are: frames." in said.err
