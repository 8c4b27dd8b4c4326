"""What frames say of themselves, and what hostile ones cannot do."""

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nightside.clock import VirtualClock
from nightside.storage.exif import Facts, read_facts
from nightside_drivers.api import Exposure
from nightside_drivers.twin.at_hand import TwinBody
from nightside_drivers.twin.body import BodyModel
from nightside_drivers.twin.codes import Property
from nightside_drivers.twin.facts import load

START = datetime(2018, 7, 3, 20, 6, 34, tzinfo=UTC)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A JPEG and a NEF of one exposure of half a minute."""
    folder = tmp_path_factory.mktemp("pair")
    clock = VirtualClock(START)
    model = BodyModel(load("d3s"), clock)
    model.dial(Property.COMPRESSION_SETTING, 5)

    async def shoot() -> None:
        body = TwinBody(model)
        await body.open()
        await body.prepare(Exposure(30.0, 800))
        await body.shoot(10.0, 11.0, 40.0)
        await clock.sleep_until(60.0)
        for file in await body.files():
            with (folder / file.name).open("wb") as into:
                await body.fetch(file, into.fileno())

    clock.run(shoot())
    return {path.suffix.lower(): path for path in folder.iterdir()}


@pytest.mark.parametrize("kind", [".jpg", ".nef"])
def test_a_frame_says_when_and_how_and_by_which_body_it_was_made(pair: dict[str, Path], kind: str) -> None:
    found = read_facts(pair[kind])
    assert found.taken_at == pytest.approx(START.timestamp() + 10, abs=1.1)
    assert found.exposure_s == pytest.approx(30)
    assert (found.iso, found.serial, found.whole) == (800, "2012345", True)


@pytest.mark.parametrize("kind", [".jpg", ".nef"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_torn_frame_is_known_as_one(pair: dict[str, Path], kind: str, share: float, tmp_path: Path) -> None:
    torn = tmp_path / f"torn{kind}"
    content = pair[kind].read_bytes()
    torn.write_bytes(content[: int(len(content) * share)])
    assert read_facts(torn).whole is False


@pytest.mark.parametrize("content", [b"", b"\xff", b"\xff\xd8", b"II*\0", b"MM\0*\xff\xff\xff\xff", b"a text"])
def test_what_is_no_frame_says_nothing(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "odd"
    path.write_bytes(content)
    found = read_facts(path)
    assert (found.taken_at, found.serial) == (None, None)


def test_a_directory_that_names_itself_is_read_once(tmp_path: Path) -> None:
    """An Exif directory that is the main one, and four below it that are it too."""
    entry = b"\x69\x87\x04\x00\x01\x00\x00\x00\x08\x00\x00\x00"
    below = b"\x4a\x01\x04\x00\x01\x00\x00\x00\x08\x00\x00\x00"
    path = tmp_path / "loop"
    path.write_bytes(b"II*\0\x08\0\0\0\x02\x00" + below + entry)
    assert read_facts(path) == Facts(whole=True)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=16)), min_size=1, max_size=8), data=st.data())
def test_hostile_bytes_give_fewer_facts_and_never_an_error(
    pair: dict[str, Path], tmp_path: Path, cuts: list[tuple[float, bytes]], data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from([".jpg", ".nef"]))
    content = bytearray(pair[kind].read_bytes()[:20_000])
    for share, piece in cuts:
        at = int(share * 4000)
        content[at : at + len(piece)] = piece
    path = tmp_path / "hostile"
    path.write_bytes(content)
    found = read_facts(path)
    assert found.serial is None or len(found.serial) <= 256


def test_exiftool_reads_the_same(pair: dict[str, Path]) -> None:
    """Where it is installed, an independent reader agrees."""
    if shutil.which("exiftool") is None:
        return
    for path in pair.values():
        words = ["exiftool", "-s3", "-d", "%Y-%m-%dT%H:%M:%S", "-DateTimeOriginal", "-ExposureTime", "-ISO", str(path)]
        said = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
        found = read_facts(path)
        assert found.taken_at is not None
        assert said == [f"{datetime.fromtimestamp(int(found.taken_at), UTC):%Y-%m-%dT%H:%M:%S}", "30", "800"]
