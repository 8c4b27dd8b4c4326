"""Kill −9 at random instants of storing, on every kind of sink: nothing lost, nothing doubled, no torn final file."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from nightside.clock import SystemClock
from nightside.ledger.opening import open_ledger
from nightside.ledger.states import FrameState
from nightside.plan.values import Plan
from nightside_drivers.api import CardFile, Fetched
from tests.daemon.storage.sinks.conftest import options_of
from tests.daemon.storage.sinks.servers import Sshd, Store

ROOT = Path(__file__).parents[4]
KILLS = int(os.environ.get("NIGHTSIDE_KILLS", "4"))
"""Per kind of sink. `NIGHTSIDE_KILLS=70` makes more than two hundred, and takes some ten minutes on a quiet machine."""
FRAMES = 6
LONGEST_S = {"folder": 0.15, "sftp": 0.6, "s3": 1.0}
"""About how long it takes to store what is drained before each kill, on a slow machine."""
SOONER = 0.6
"""What is left of that for the next kill, where one came too late: a quick machine is killed as often as a slow one."""
SESSION = "20180703-star-trail"

Held = Callable[[], Mapping[str, bytes]]


def drain(folder: Path, plan: Plan, number: int, content: bytes) -> str:
    """One more frame in the spool; gives its SHA-256."""
    ledger = open_ledger(folder / "ledger.sqlite", SystemClock())
    window = ledger.begin(SESSION, "2012345", plan)
    ledger.on_card(window.id, None, CardFile("/c", f"DSC_{number:04}.JPG"))
    frame = ledger.frames(window.id)[-1]
    path = f"{SESSION}/{window.name}/2012345-extra-DSC_{number:04}.jpg"
    (folder / "spool" / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / "spool" / path).write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    ledger.drained(frame.id, Fetched(len(content), sha256), path)
    ledger.close()
    return sha256


def in_folder(root: Path) -> Held:
    return lambda: {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*.jpg")}


def in_store(store: Store) -> Held:
    def held() -> Mapping[str, bytes]:
        keys = store.backend.head_bucket("frames").keys
        return {key: bytes(found.value) for key, found in keys.items() if key.startswith("kill/") and key.endswith(".jpg")}

    return held


def set_up(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Mapping[str, object], Held]:
    spool, root = tmp_path / "spool", tmp_path / "sink"
    if kind == "folder":
        return options_of({"kind": kind, "path": root}, spool), in_folder(root)
    if kind == "sftp":
        sshd: Sshd = request.getfixturevalue("sshd")
        server = sshd.server(root)
        about = {"host": server.host, "port": server.port, "user": server.user, "path": server.root, "key": server.key}
        return options_of({"kind": kind, **about, "host_key": server.host_key}, spool), in_folder(root)
    store: Store = request.getfixturevalue("object_store")
    bucket = {"bucket": "frames", "prefix": "kill", "endpoint": f"http://127.0.0.1:{store.port}", "allow_http": True}
    return options_of({"kind": kind, **bucket, "credentials": store.credentials, "part_mb": 5}, spool), in_store(store)


@pytest.mark.timeout(120 + 15 * KILLS)
@pytest.mark.parametrize("kind", LONGEST_S)
def test_a_feeder_that_is_killed_at_random_instants_loses_doubles_and_tears_nothing(
    request: pytest.FixtureRequest, tmp_path: Path, plan: Plan, kind: str
) -> None:
    options, held = set_up(kind, tmp_path, request)
    dice = random.Random(kind)  # noqa: S311 — the same instants, as far as a machine repeats itself
    expected: list[str] = []

    def feed(dies_after_s: float) -> int:
        words = [sys.executable, "-m", "tests.daemon.storage.sinks.victim", str(tmp_path), json.dumps(dict(options))]
        return subprocess.run([*words, str(dies_after_s)], cwd=ROOT, check=False).returncode

    killed, longest_s = 0, LONGEST_S[kind]
    while killed < KILLS:
        expected += [drain(tmp_path, plan, len(expected) + frame, dice.randbytes(400_000)) for frame in range(FRAMES)]
        code = feed(dice.uniform(0.001, longest_s))
        assert code in {0, -signal.SIGALRM}
        killed += code != 0
        longest_s *= SOONER if code == 0 else 1
        found = [hashlib.sha256(content).hexdigest() for content in held().values()]
        assert set(found) <= set(expected), "a torn file has a final name"
        assert len(set(found)) == len(found), "a frame is there twice"
    assert feed(0) == 0
    assert sorted(hashlib.sha256(content).hexdigest() for content in held().values()) == sorted(expected)
    ledger = open_ledger(tmp_path / "ledger.sqlite", SystemClock())
    assert {frame.state for frame in ledger.frames()} == {FrameState.SAFE}
    ledger.close()
    if kind != "s3":
        assert not list((tmp_path / "sink").rglob("*.part"))
        manifest = tmp_path / "sink" / SESSION
        proof = subprocess.run(
            ["sha256sum", "--quiet", "-c", "manifest-sha256.txt"], cwd=manifest, check=False, capture_output=True
        )
        assert proof.returncode == 0
        assert len((manifest / "manifest-sha256.txt").read_text().splitlines()) == len(expected)
