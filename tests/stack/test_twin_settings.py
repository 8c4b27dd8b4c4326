"""Every setting that libgphoto2 offers to write, through both of its versions: written, and read back.

Nothing is left out in silence: `UNLIKE_SETTINGS` and `REFUSED` say what is treated otherwise, and a test of its own does it.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import gphoto2 as gp
import pytest

from nightside_drivers.testing import TwinProcess
from tests.stack.twin_tether import FAST, Tether, leaves, tethered

GPHOTO2 = shutil.which("gphoto2")

UNLIKE_SETTINGS = {
    "bulb": "opens the shutter; test_twin_gphoto2 does",
    "autofocusdrive": "moves the lens",
    "manualfocusdrive": "moves the lens, in live view only",
    "changeafarea": "looks elsewhere, in live view only",
    "controlmode": "hands the dials to the initiator and back",
    "viewfinder": "starts and ends live view",
    "opcode": "sends any operation that one likes",
    "datetime": "is a clock, and goes on",
    "5011": "is the same clock",
}
"""What libgphoto2 shows among the settings and is not one, and what it does instead."""

REFUSED = {("shutterspeed", "Bulb"), ("shutterspeed2", "Bulb"), ("500d", "-1"), ("d100", "-1")}
"""What a D3S lists and does not take over USB: Bulb, four times over."""

NUMBERS_AS_TEXT = {"d191", "d192", "d193"}
"""Numbers of any size, which libgphoto2 shows as text."""

CHOSEN = {gp.GP_WIDGET_RADIO, gp.GP_WIDGET_MENU}


@pytest.fixture(autouse=True)
def a_home_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """libgphoto2 keeps its settings in the home of whoever runs it."""
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def d3s() -> Iterator[Tether]:
    with tethered() as tether:
        yield tether


def writable(d3s: Tether, kinds: set[int]) -> list[gp.CameraWidget]:
    found = [widget for widget in leaves(d3s.camera.get_config()) if widget.get_type() in kinds and not widget.get_readonly()]
    return [widget for widget in found if widget.get_name() not in UNLIKE_SETTINGS]


def test_every_writable_entry_is_of_a_kind_that_is_tried_here(d3s: Tether) -> None:
    kinds = {*CHOSEN, gp.GP_WIDGET_RANGE, gp.GP_WIDGET_TEXT, gp.GP_WIDGET_TOGGLE, gp.GP_WIDGET_DATE}
    every = [widget for widget in leaves(d3s.camera.get_config()) if not widget.get_readonly()]
    assert {widget.get_type() for widget in every} <= kinds
    assert set(UNLIKE_SETTINGS) <= {widget.get_name() for widget in every}


def test_every_choice_of_every_entry_is_taken_and_reads_back(d3s: Tether) -> None:
    tried = 0
    for widget in writable(d3s, CHOSEN):
        name = widget.get_name()
        for choice in map(widget.get_choice, range(widget.count_choices())):
            if (name, choice) not in REFUSED:
                assert d3s.set(name, choice) == choice, name
                tried += 1
    assert tried > 1600


@pytest.mark.parametrize(("name", "choice"), sorted(REFUSED))
def test_what_a_d3s_lists_and_does_not_take_changes_nothing(d3s: Tether, name: str, choice: str) -> None:
    code = "0x500d" if name in {"shutterspeed", "500d"} else "0xd100"
    before = d3s.twin.control.properties()[code]
    widget = d3s.camera.get_single_config(name)
    assert choice in {widget.get_choice(number) for number in range(widget.count_choices())}
    widget.set_value(choice)
    with suppress(gp.GPhoto2Error):  # libgphoto2 tells of it for entries with names only
        d3s.camera.set_single_config(name, widget)
    assert d3s.twin.control.properties()[code] == before


def test_every_number_takes_both_its_ends(d3s: Tether) -> None:
    ranges = writable(d3s, {gp.GP_WIDGET_RANGE})
    for widget in ranges:
        low, high, _ = widget.get_range()
        for limit in (low, high):
            assert d3s.set(widget.get_name(), limit) == pytest.approx(limit), widget.get_name()
    assert len(ranges) > 20


def test_every_text_is_kept(d3s: Tether) -> None:
    texts = writable(d3s, {gp.GP_WIDGET_TEXT})
    for widget in texts:
        text = "7" if widget.get_name() in NUMBERS_AS_TEXT else "night watch"
        assert str(d3s.set(widget.get_name(), text)).rstrip() == text, widget.get_name()
    assert len(texts) > 20


def test_every_switch_is_kept(d3s: Tether) -> None:
    (switch,) = writable(d3s, {gp.GP_WIDGET_TOGGLE})
    assert switch.get_name() == "fastfs"  # libgphoto2's own
    for position in (0, 1):
        assert d3s.set("fastfs", position) == position


@pytest.mark.parametrize("name", ["datetime", "5011"])
def test_the_clock_is_set_and_goes_on(d3s: Tether, name: str) -> None:
    d3s.set(name, 1_893_456_000 if name == "datetime" else "20300101T000000")
    assert str(d3s.twin.control.properties()["0x5011"]).startswith(("2030", "2029"))  # the zone is the initiator's


def test_live_view_is_a_switch_and_what_needs_it_works_in_it(d3s: Tether) -> None:
    with pytest.raises(gp.GPhoto2Error):
        d3s.set("manualfocusdrive", 100.0)
    d3s.twin.control.dial(0x500A, 0x8010)
    d3s.set("viewfinder", 1)
    assert d3s.twin.control.state()["live_view"]
    d3s.set("manualfocusdrive", 100.0)
    d3s.set("changeafarea", "100x200")
    d3s.set("viewfinder", 0)
    assert not d3s.twin.control.state()["live_view"]


def test_focus_and_dials_are_the_initiators_when_it_asks(d3s: Tether) -> None:
    d3s.set("autofocusdrive", 1)  # the switch is on M: there is nothing to do
    for mode in ("1", "0"):
        d3s.set("controlmode", mode)
    d3s.set("opcode", "0x1001")
    assert d3s.get("iso") == "200"


def entries(listed: str) -> Iterator[tuple[str, str, list[str]]]:
    """Name, kind and values to try of every writable entry in what --list-all-config says."""
    for entry in listed.split("\nEND\n"):
        said = dict(re.findall(r"^(Readonly|Type|Bottom|Top): (.*)$", entry, re.MULTILINE))
        name = entry.strip().partition("\n")[0].rpartition("/")[2]
        if said.get("Readonly") == "0" and name not in UNLIKE_SETTINGS:
            choices = re.findall(r"^Choice: \d+ (.*)$", entry, re.MULTILINE)
            yield name, said["Type"], choices or [said[end] for end in ("Bottom", "Top") if end in said]


@pytest.mark.skipif(GPHOTO2 is None, reason="the gphoto2 command line is not installed")
def test_the_command_line_sets_every_choice_of_every_entry() -> None:
    def run(*arguments: str) -> str:
        command = (str(GPHOTO2), "--camera", "PTP/IP Camera", "--port", twin.gphoto_port, *arguments)
        ran = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"LANG": "C"}, timeout=100, check=False)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    with TwinProcess(*FAST) as twin:
        listed = entries(run("--list-all-config"))
        wanted = [(name, value) for name, kind, values in listed for value in values if kind in {"RADIO", "MENU", "RANGE"}]
        wanted = [(name, value) for name, value in wanted if (name, value) not in REFUSED]
        asked = [word for name, value in wanted for word in ("--set-config-value", f"{name}={value}", "--get-config", name)]
        now = re.findall(r"^Current: (.*)$", run(*asked), re.MULTILINE)
    assert len(wanted) > 1600
    assert [(name, value) for (name, _), value in zip(wanted, now, strict=True)] == wanted
