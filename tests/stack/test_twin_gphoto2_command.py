"""The gphoto2 command line, where it is installed, drives a twin and cannot tell. Debian's links libgphoto2 2.5.30."""

import io
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from nightside_drivers.testing import TwinProcess

GPHOTO2 = shutil.which("gphoto2")
pytestmark = pytest.mark.skipif(GPHOTO2 is None, reason="the gphoto2 command line is not installed")
FOLDER = "/store_00010001/DCIM/100ND3S_"
FAST = ("--speed", "20", "--start", "2018-07-03T19:30:00Z")


class Shell:
    """Somebody at a command line, in a folder of their own."""

    def __init__(self, twin: TwinProcess, folder: Path) -> None:
        self.twin = twin
        self.folder = folder

    def run(self, *arguments: str) -> str:
        ran = self.attempt(*arguments)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def attempt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        with self.start(*arguments) as running:
            said, complained = running.communicate(timeout=60)
        return subprocess.CompletedProcess(arguments, running.returncode, said, complained)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = (str(GPHOTO2), "--camera", "PTP/IP Camera", "--port", self.twin.gphoto_port, *arguments)
        environment = os.environ | {"LANG": "C", "HOME": str(self.folder)}
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder, env=environment
        )

    def picture(self, name: str) -> Image.Image:
        """A picture that was fetched; whole, or this raises."""
        picture = Image.open(self.folder / name)
        picture.load()
        return picture

    def here(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir() if path.is_file())


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with TwinProcess(*FAST) as twin:
        yield Shell(twin, tmp_path)


def test_it_summarises(shell: Shell) -> None:
    said = shell.run("--summary")
    assert "Model: D3S" in said
    assert "Free Space (Images): 4265" in said


def test_it_lists_gets_and_sets(shell: Shell) -> None:
    assert "/main/capturesettings/shutterspeed2" in shell.run("--list-config")
    assert "Current: 20" in shell.run("--set-config", "shutterspeed2=20", "--get-config", "shutterspeed2")
    assert "Readonly: 1" in shell.run("--get-config", "f-number")


def test_it_captures_to_the_card(shell: Shell) -> None:
    said = shell.run("--set-config", "capturetarget=1", "--set-config", "shutterspeed2=1", "--capture-image")
    assert f"{FOLDER}/DSC_0001.JPG" in said
    assert "DSC_0001.JPG" in shell.run("--list-files", "--folder", FOLDER)
    (opening,) = shell.twin.truth()
    assert opening["closed"] - opening["opened"] == pytest.approx(1.0)


def test_it_captures_to_ram_and_downloads_at_once(shell: Shell) -> None:
    shell.run("--set-config", "capturetarget=0", "--set-config", "shutterspeed2=1", "--capture-image-and-download")
    assert shell.here() == ["capt0000.jpg"]
    assert shell.picture("capt0000.jpg").size == (532, 354)
    assert shell.twin.control.state()["cards"][0]["files"] == []


def test_a_series_to_ram_fetches_every_frame(shell: Shell) -> None:
    shell.run(
        "--set-config",
        "capturetarget=0",
        "--set-config",
        "shutterspeed2=1",
        "--capture-image-and-download",
        "-F",
        "3",
        "-I",
        "1",
    )
    assert shell.here() == ["capt0000.jpg", "capt0001.jpg", "capt0002.jpg"]
    assert len({(shell.folder / name).read_bytes() for name in shell.here()}) == 3
    assert len(shell.twin.truth()) == 3


def test_a_series_keeps_its_interval(shell: Shell) -> None:
    shell.run(
        "--set-config",
        "capturetarget=1",
        "--set-config",
        "shutterspeed2=1/60",
        "--capture-image-and-download",
        "-F",
        "3",
        "-I",
        "1",
    )
    assert shell.here() == ["DSC_0001.JPG", "DSC_0002.JPG", "DSC_0003.JPG"]
    openings = [opening["opened"] for opening in shell.twin.truth()]
    assert openings[1] - openings[0] > 15  # one real second is twenty here
    assert shell.twin.control.state()["cards"][0]["files"] == []


def test_tethered_capture_fetches_what_the_wire_takes(shell: Shell) -> None:
    shell.run("--set-config", "shutterspeed2=1")
    with shell.start("--capture-tethered=FILEADDED", "--keep") as tethered:
        while tethered.poll() is None:  # pressed until a frame is told of: one that was before its session is not
            shell.twin.control.press()
            shell.twin.control.let_go()
        said, _ = tethered.communicate()
    (name,) = shell.here()
    assert tethered.returncode == 0
    assert f"Saving file as {name}" in said
    assert shell.picture(name).size == (532, 354)
    assert f"DCIM/100ND3S_/{name}" in [file for opening in shell.twin.truth() for file in opening["files"]]
    assert {opening["release"] for opening in shell.twin.truth()} == {"wired"}


def test_live_view_is_a_jpeg(shell: Shell) -> None:
    shell.run("--capture-preview")
    assert shell.picture("capture_preview.jpg").size == (640, 426)


def test_live_view_is_a_film(shell: Shell) -> None:
    shell.run("--capture-movie=5")
    _, *pictures = (shell.folder / "movie.mjpg").read_bytes().split(b"\xff\xd8\xff")
    assert len(pictures) >= 5  # it takes one more
    for picture in pictures:
        with Image.open(io.BytesIO(b"\xff\xd8\xff" + picture)) as seen:
            assert seen.size == (640, 426)
            seen.load()
    assert not shell.twin.control.state()["live_view"]


def test_a_second_command_is_turned_away_and_a_killed_one_makes_room(shell: Shell) -> None:
    exposing = ("--set-config", "capturetarget=1", "--set-config", "shutterspeed2=30", "--capture-image")
    with shell.start(*exposing) as first:
        while not shell.twin.truth():
            assert first.poll() is None
        refused = shell.attempt("--summary")
        first.kill()
    assert refused.returncode != 0
    while (opening := shell.twin.truth()[0])["closed"] is None:
        pass
    assert opening["closed"] - opening["opened"] == pytest.approx(30)
    assert "Model: D3S" in shell.run("--summary")
    assert "DSC_0001.JPG" in shell.run("--list-files", "--folder", FOLDER)


def test_a_file_is_fetched_and_deleted(shell: Shell) -> None:
    shell.run("--set-config", "capturetarget=1", "--set-config", "shutterspeed2=1", "--capture-image")
    shell.run("--folder", FOLDER, "--get-file", "DSC_0001.JPG")
    shell.run("--folder", FOLDER, "--get-thumbnail", "DSC_0001.JPG")
    assert shell.here() == ["DSC_0001.JPG", "thumb_DSC_0001.jpg"]
    assert shell.picture("DSC_0001.JPG").size == (532, 354)
    assert shell.picture("thumb_DSC_0001.jpg").size == (160, 120)
    shell.run("--folder", FOLDER, "--delete-file", "DSC_0001.JPG")
    assert "There is no file in folder" in shell.run("--list-files", "--folder", FOLDER)


def test_an_upload_is_refused(shell: Shell) -> None:
    (shell.folder / "up.txt").write_text("hello")
    shell.run("--set-config", "capturetarget=1", "--set-config", "shutterspeed2=1", "--capture-image")
    refused = shell.attempt("--folder", FOLDER, "--upload-file", "up.txt")
    assert refused.returncode != 0
    assert "Invalid Object Format Code" in refused.stderr
    assert shell.twin.control.state()["cards"][0]["files"] == ["DCIM/100ND3S_/DSC_0001.JPG"]


@pytest.mark.parametrize("setting", ["shutterspeed=53", "bulb=1"])
def test_bulb_is_refused_as_a_real_d3s_refuses_it(shell: Shell, setting: str) -> None:
    refused = shell.attempt("--set-config", setting)
    assert refused.returncode != 0
    assert shell.twin.truth() == []
